using LatchGate.Config;

namespace LatchGate.RateLimits;

/// <summary>
/// Who may ask how often (reference/wire.md §1.4). Everything is counted by who the kernel or a proof says is asking, never by what a
/// request merely claims (reference/kernel.md D-110), and on the monotonic clock, which nobody can set.
/// </summary>
/// <remarks>
/// <code>
/// execute    user ── its sessions, by the claimed id      before authentication
///              └──── its requests without session
/// leases     user, before identification; principal, after it
/// operators  operator, after authentication; failed authentication: user, before it
/// records    user: failed authentications of any kind that get an event each
/// </code>
/// </remarks>
internal sealed class RateLimiter
{
    // So many seconds' worth of failures at once: a tool that tries every route is told why each refuses it, one that guesses is stopped.
    private const int FailureBurstSeconds = 10;

    private const int MaxUidChars = 10;

    private readonly BucketTable _peers;
    private readonly BucketTable _sessions;
    private readonly BucketTable _anonymous;
    private readonly BucketTable _leasePeers;
    private readonly BucketTable _leasePrincipals;
    private readonly BucketTable _reads;
    private readonly BucketTable _writes;
    private readonly BucketTable _failures;
    private readonly BucketTable _recorded;
    private readonly BucketTable _announcements;

    internal RateLimiter(RateLimitsConfig limits, TimeProvider time)
    {
        BucketTable Of(int rps, int? burst = null) => new(new BucketRate(rps, burst ?? rps, time), time);
        _peers = Of(limits.ExecuteRpsPerPeer);
        _sessions = Of(limits.ExecuteRpsPerSession);
        _anonymous = Of(limits.ExecuteRpsAnonymous);
        _leasePeers = Of(limits.LeaseRps);
        _leasePrincipals = Of(limits.LeaseRps);
        _reads = Of(limits.OperatorReadRps);
        _writes = Of(limits.OperatorWriteRps);
        _failures = Of(limits.OperatorFailureRps, FailureBurstSeconds * limits.OperatorFailureRps);
        _recorded = Of(limits.OperatorFailureRps, FailureBurstSeconds * limits.OperatorFailureRps);
        _announcements = Of(1);
    }

    /// <summary>
    /// Takes an execution before it is authenticated: from the session's bucket and its user's. A request that names no session takes from
    /// the one that all such requests of the user share.
    /// </summary>
    /// <param name="uid">The connection's user.</param>
    /// <param name="authorization">The <c>Authorization</c> header; empty when absent.</param>
    internal bool TakeExecute(uint uid, ReadOnlySpan<byte> authorization)
    {
        Span<char> key = stackalloc char[MaxUidChars + 1 + SessionHint.MaxChars];
        var user = Uid(uid, key);

        // Looked at before a session's bucket is made: so a user can make no more of them than it has tokens.
        if (!_peers.HasToken(key[..user]))
        {
            return false;
        }

        var session = SessionHint.Read(authorization, key[(user + 1)..]);
        key[user] = ':';
        var taken = session == 0 ? _anonymous.TryTake(key[..user]) : _sessions.TryTake(key[..(user + 1 + session)]);
        return taken && _peers.TryTake(key[..user]);
    }

    /// <summary>Takes an execution from the bucket of the session that was verified, unless the header named it: then it was taken from already.</summary>
    internal bool TakeVerified(uint uid, ReadOnlySpan<byte> authorization, string sessionId)
    {
        Span<char> key = stackalloc char[MaxUidChars + 1 + SessionHint.MaxChars];
        var user = Uid(uid, key);
        var hint = SessionHint.Read(authorization, key[(user + 1)..]);
        if (key.Slice(user + 1, hint).SequenceEqual(sessionId))
        {
            return true;
        }

        var session = Math.Min(sessionId.Length, SessionHint.MaxChars);
        key[user] = ':';
        sessionId.AsSpan(0, session).CopyTo(key[(user + 1)..]);
        return _sessions.TryTake(key[..(user + 1 + session)]);
    }

    /// <summary>Takes a lease request of a user.</summary>
    internal bool TakeLease(uint uid) => Take(_leasePeers, uid);

    /// <summary>Takes a lease request of a principal: several users may be one.</summary>
    internal bool TakeLease(string principal) => _leasePrincipals.TryTake(principal);

    /// <summary>Takes a read of an operator.</summary>
    internal bool TakeRead(string @operator) => _reads.TryTake(@operator);

    /// <summary>Takes a change by an operator.</summary>
    internal bool TakeWrite(string @operator) => _writes.TryTake(@operator);

    /// <summary>Whether a user has failed to authenticate as an operator too often.</summary>
    internal bool FailsTooOften(uint uid)
    {
        Span<char> key = stackalloc char[MaxUidChars];
        return !_failures.HasToken(key[..Uid(uid, key)]);
    }

    /// <summary>Counts a failed authentication of an operator.</summary>
    internal void CountFailure(uint uid) => Take(_failures, uid);

    /// <summary>Whether a failed authentication of a user, as an agent or as an operator, gets an event of its own; those beyond are announced.</summary>
    internal bool RecordsFailure(uint uid) => Take(_recorded, uid);

    /// <summary>Whether a refusal of a user is to be recorded: one a second, or a flood of them would fill the ledger.</summary>
    internal bool Announces(uint uid) => Take(_announcements, uid);

    private static bool Take(BucketTable table, uint uid)
    {
        Span<char> key = stackalloc char[MaxUidChars];
        return table.TryTake(key[..Uid(uid, key)]);
    }

    private static int Uid(uint uid, Span<char> destination) => uid.TryFormat(destination, out var written) ? written : 0;
}
