namespace LatchGate.Identity;

/// <summary>Authenticates requests of agents: lease, proof, replay, in the precedence of reference/wire.md §4.1.</summary>
/// <remarks>
/// <code>
/// Authorization: DPoP lease      absent → missing_auth_header      other scheme, empty → invalid_lease
/// DPoP: proof                    absent → missing_auth_header
/// clock                                 → clock_error
/// lease                                 → invalid_lease | lease_expired | revoked
/// lease of another principal            → invalid_lease
/// proof                                 → invalid_dpop
/// replay                                → replay_detected | invalid_dpop | replay_cache_unavailable
/// </code>
/// </remarks>
public sealed class AgentAuthenticator(
    LeaseVerifier leases, DpopVerifier proofs, IReplayStore replays, IdentityProvider identities, Revocations revocations, WallClock clock)
{
    /// <summary>Authenticates one request.</summary>
    /// <param name="authorization">The value of the <c>Authorization</c> header; empty when absent.</param>
    /// <param name="dpop">The value of the <c>DPoP</c> header; empty when absent. Several such headers are the caller's to refuse.</param>
    /// <param name="method">Upper case.</param>
    /// <param name="path">Without query.</param>
    /// <param name="peerUid">The connection's user, where the kernel told it.</param>
    /// <param name="cancellation">Cancels a wait for the replay store.</param>
    public ValueTask<AuthOutcome<VerifiedCaller>> AuthenticateAsync(
        ReadOnlySpan<byte> authorization, ReadOnlySpan<byte> dpop, string method, string path, uint? peerUid, CancellationToken cancellation = default)
    {
        var rejection = Verify(authorization, dpop, method, path, peerUid, out var lease, out var proof);
        if (rejection.Fault != AuthFault.None)
        {
            return ValueTask.FromResult(new AuthOutcome<VerifiedCaller>(rejection));
        }

        var recording = replays.RecordAsync(proof!, cancellation);
        return recording.IsCompletedSuccessfully
            ? ValueTask.FromResult(VerifiedCaller.Admit(lease!, proof!, recording.Result))
            : AdmitAsync(lease!, proof!, recording);
    }

    /// <summary>The same for headers that are strings; null or empty when absent.</summary>
    public ValueTask<AuthOutcome<VerifiedCaller>> AuthenticateAsync(
        string? authorization, string? dpop, string method, string path, uint? peerUid, CancellationToken cancellation = default)
    {
        // Nothing of the headers is used once the call has returned: only the replay store is awaited.
        using var headers = new HeaderBytes(authorization, dpop);
        return AuthenticateAsync(headers.Authorization, headers.Dpop, method, path, peerUid, cancellation);
    }

    private static async ValueTask<AuthOutcome<VerifiedCaller>> AdmitAsync(VerifiedLease lease, VerifiedProof proof, ValueTask<ReplayVerdict> recording) =>
        VerifiedCaller.Admit(lease, proof, await recording.ConfigureAwait(false));

    private AuthRejection Verify(
        ReadOnlySpan<byte> authorization, ReadOnlySpan<byte> dpop, string method, string path, uint? peerUid,
        out VerifiedLease? lease, out VerifiedProof? proof)
    {
        (lease, proof) = (null, null);
        if (authorization.IsEmpty)
        {
            return new AuthRejection(AuthFault.MissingAuthHeader);
        }

        if (!DpopScheme.TryGetToken(authorization, out var token))
        {
            return new AuthRejection(AuthFault.InvalidLease);
        }

        if (dpop.IsEmpty)
        {
            return new AuthRejection(AuthFault.MissingAuthHeader);
        }

        if (!clock.TryGetUnixSeconds(out var now))
        {
            return new AuthRejection(AuthFault.ClockError);
        }

        var fault = leases.Verify(token, now, out lease) switch
        {
            LeaseFault.None when !identities.MayPresent(lease!, peerUid) => AuthFault.InvalidLease,
            LeaseFault.None => revocations.Refuses(lease!) ? AuthFault.Revoked : AuthFault.None,
            LeaseFault.Expired => AuthFault.LeaseExpired,
            LeaseFault.Revoked => AuthFault.Revoked,
            _ => AuthFault.InvalidLease,
        };
        if (fault != AuthFault.None)
        {
            return new AuthRejection(fault);
        }

        return proofs.TryVerify(new DpopContext(dpop, token, method, path, lease!.Key), now, out proof, out var rejection)
            ? default
            : AuthRejection.OfProof(rejection);
    }
}
