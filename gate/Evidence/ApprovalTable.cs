using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Approvals (reference/kernel.md §9). Each change returns the digest of the new state, for the event that announces it.</summary>
internal sealed class ApprovalTable(Database database, CanonicalWriter writer)
{
    internal const string Columns =
        """
        approval_id, state, trace_id, principal, session_id, action_id, request_hash, plan, plan_hash, created_at, expires_at,
        claimed_by, claimed_at, claim_token_hash, decided_by, decided_at, receipt_id, reason
        """;

    private readonly Statement _select = database.Prepare($"SELECT {Columns} FROM approvals WHERE approval_id = ?");

    private readonly Statement _expired = database.Prepare(
        $"SELECT {Columns} FROM approvals WHERE state IN ('pending', 'claimed') AND expires_at <= ? ORDER BY expires_at LIMIT ?");

    private readonly Statement _undispatched = database.Prepare(
        $"""
        SELECT {Columns} FROM approvals WHERE state IN ('pending', 'claimed')
            AND (?1 IS NULL OR principal = ?1) AND (?2 IS NULL OR session_id = ?2)
        """);

    private readonly Statement _executing = database.Prepare($"SELECT {Columns} FROM approvals WHERE state = 'executing' LIMIT ?");

    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO approvals(approval_id, state, trace_id, principal, session_id, action_id, request_hash, plan, plan_hash, created_at, expires_at)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """);

    private readonly Statement _update = database.Prepare(
        """
        UPDATE approvals SET state = ?, claimed_by = ?, claimed_at = ?, claim_token_hash = nullif(?, x''), decided_by = ?, decided_at = ?,
            receipt_id = ?, reason = ? WHERE approval_id = ?
        """);

    /// <summary>Adds a new approval; null when the id is taken.</summary>
    internal Sha256Digest? TryInsert(StoredApproval approval) => _insert
        .Text(approval.ApprovalId).Text(approval.State.ToWire()).Text(approval.TraceId).Text(approval.Principal).Text(approval.SessionId)
        .Text(approval.ActionId).Blob(approval.RequestHash.Bytes).Blob(approval.Plan.Span).Blob(approval.PlanHash.Bytes)
        .Text(WireTime.Format(approval.CreatedAt)).Text(WireTime.Format(approval.ExpiresAt)).Run() == 1
            ? approval.ToCanonical(writer).Digest
            : null;

    internal Sha256Digest Update(StoredApproval approval)
    {
        _update.Text(approval.State.ToWire()).Text(approval.ClaimedBy).Text(Form(approval.ClaimedAt))
            .Blob(approval.ClaimTokenHash is { } hash ? hash.Bytes : []).Text(approval.DecidedBy).Text(Form(approval.DecidedAt))
            .Text(approval.ReceiptId).Text(approval.Reason).Text(approval.ApprovalId).Run();
        return approval.ToCanonical(writer).Digest;

        static string? Form(DateTimeOffset? time) => time is { } t ? WireTime.Format(t) : null;
    }

    internal StoredApproval? Find(string approvalId)
    {
        try
        {
            return _select.Text(approvalId).Step() ? Read(_select) : null;
        }
        finally
        {
            _select.Reset();
        }
    }

    /// <summary>An approval that is claimed under <paramref name="token"/> and no further.</summary>
    internal bool TryGetClaimed(string approvalId, string? token, [NotNullWhen(true)] out StoredApproval? approval)
    {
        approval = Find(approvalId);
        return approval is { State: ApprovalState.Claimed } && HoldsToken(approval, token);
    }

    internal static bool HoldsToken(StoredApproval approval, string? token) =>
        token is not null && approval.ClaimTokenHash is { } expected
        && CryptographicOperations.FixedTimeEquals(HashOf(token).Bytes, expected.Bytes);

    internal static Sha256Digest HashOf(string token) => Sha256Digest.Of(Encoding.UTF8.GetBytes(token));

    internal List<StoredApproval> Expired(DateTimeOffset now, int limit) => Collect(_expired.Text(WireTime.Format(now)).Integer(limit));

    /// <summary>Approvals whose call is, or was, under way.</summary>
    internal List<StoredApproval> Executing(int limit) => Collect(_executing.Integer(limit));

    /// <summary>Approvals that wait or are being decided, of one principal or session where one is given.</summary>
    internal List<StoredApproval> Undispatched(string? principal, string? sessionId) => Collect(_undispatched.Text(principal).Text(sessionId));

    private static List<StoredApproval> Collect(Statement rows)
    {
        var approvals = new List<StoredApproval>();
        try
        {
            while (rows.Step())
            {
                approvals.Add(Read(rows));
            }
        }
        finally
        {
            rows.Reset();
        }

        return approvals;
    }

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    /// <exception cref="DatabaseException">A column does not hold what this code wrote: the file was changed by someone else.</exception>
    internal static StoredApproval Read(Statement row)
    {
        if (!ApprovalStateExtensions.TryParse(row.Bytes(1), out var state)
            || row.Digest(6) is not { } requestHash
            || row.Digest(8) is not { } planHash
            || !WireTime.TryParse(row.String(9), out var createdAt)
            || !WireTime.TryParse(row.String(10), out var expiresAt))
        {
            throw new DatabaseException(SQLitePCL.raw.SQLITE_CORRUPT, "An approval holds values that no gate writes.");
        }

        return new StoredApproval
        {
            ApprovalId = row.String(0),
            State = state,
            TraceId = row.String(2),
            Principal = row.String(3),
            SessionId = row.String(4),
            ActionId = row.String(5),
            RequestHash = requestHash,
            Plan = row.Bytes(7).ToArray(),
            PlanHash = planHash,
            CreatedAt = createdAt,
            ExpiresAt = expiresAt,
            ClaimedBy = row.StringOrNull(11),
            ClaimedAt = Time(row, 12),
            ClaimTokenHash = row.Digest(13),
            DecidedBy = row.StringOrNull(14),
            DecidedAt = Time(row, 15),
            ReceiptId = row.StringOrNull(16),
            Reason = row.StringOrNull(17),
        };
    }

    private static DateTimeOffset? Time(Statement row, int column) => WireTime.TryParse(row.String(column), out var time) ? time : null;
}
