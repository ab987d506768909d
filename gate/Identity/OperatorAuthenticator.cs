using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>
/// Authenticates requests of operators: <c>Authorization: DPoP api-key</c> and a proof by the key that the credential names
/// (reference/wire.md §6). There is no other scheme; only in the insecure posture is the API key alone enough.
/// </summary>
public sealed class OperatorAuthenticator
{
    private readonly OperatorCredential[] _credentials;
    private readonly DpopVerifier _proofs;
    private readonly IReplayStore _replays;
    private readonly WallClock _clock;
    private readonly bool _acceptsSharedKeys;

    /// <summary>Takes the credentials.</summary>
    /// <param name="credentials">The operators.</param>
    /// <param name="proofs">Verifies proofs.</param>
    /// <param name="replays">Knows used proofs.</param>
    /// <param name="clock">The time.</param>
    /// <param name="acceptsSharedKeys">The insecure posture: a request without proof is let in by its API key. A proof that is sent is verified all the same.</param>
    /// <exception cref="ArgumentException">Two credentials have the same name or the same API key.</exception>
    public OperatorAuthenticator(IReadOnlyList<OperatorCredential> credentials, DpopVerifier proofs, IReplayStore replays, WallClock clock, bool acceptsSharedKeys = false)
    {
        for (var i = 0; i < credentials.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (credentials[i].Name == credentials[j].Name || credentials[i].SharesApiKeyWith(credentials[j]))
                {
                    throw new ArgumentException(
                        $"Operators {credentials[j].Name} and {credentials[i].Name} have the same name or the same API key.", nameof(credentials));
                }
            }
        }

        (_credentials, _proofs, _replays, _clock, _acceptsSharedKeys) = ([.. credentials], proofs, replays, clock, acceptsSharedKeys);
    }

    internal static AuthRejection NotBound { get; } =
        new(AuthFault.KeyBindingFailed, DpopFault.KeyBinding, "DPoP proof thumbprint does not match configured dpop_jkt");

    /// <summary>Authenticates one request; parameters as for <see cref="AgentAuthenticator"/>.</summary>
    public ValueTask<AuthOutcome<VerifiedOperator>> AuthenticateAsync(
        ReadOnlySpan<byte> authorization, ReadOnlySpan<byte> dpop, string method, string path, CancellationToken cancellation = default)
    {
        if (_acceptsSharedKeys && dpop.IsEmpty && DpopScheme.TryGetToken(authorization, out var token) && Find(token) is { } shared)
        {
            return ValueTask.FromResult(VerifiedOperator.AdmitSharedKey(shared));
        }

        var rejection = Verify(authorization, dpop, method, path, out var credential, out var proof);
        if (rejection.Fault != AuthFault.None)
        {
            return ValueTask.FromResult(new AuthOutcome<VerifiedOperator>(rejection));
        }

        var recording = _replays.RecordAsync(proof!, cancellation);
        return recording.IsCompletedSuccessfully
            ? ValueTask.FromResult(VerifiedOperator.Admit(credential!, proof!, recording.Result))
            : AdmitAsync(credential!, proof!, recording);
    }

    /// <summary>The same for headers that are strings; null or empty when absent.</summary>
    public ValueTask<AuthOutcome<VerifiedOperator>> AuthenticateAsync(
        string? authorization, string? dpop, string method, string path, CancellationToken cancellation = default)
    {
        // Nothing of the headers is used once the call has returned: only the replay store is awaited.
        using var headers = new HeaderBytes(authorization, dpop);
        return AuthenticateAsync(headers.Authorization, headers.Dpop, method, path, cancellation);
    }

    /// <summary>
    /// Whether the header carries the API key of a credential: no proof of anything, but nothing that is guessed either. Where the key
    /// alone lets in, this says no: to answer a good guess and not a bad one would be to let guess without end.
    /// </summary>
    internal bool KnowsKey(ReadOnlySpan<byte> authorization) => !_acceptsSharedKeys && DpopScheme.TryGetToken(authorization, out var token) && Find(token) is not null;

    private static async ValueTask<AuthOutcome<VerifiedOperator>> AdmitAsync(
        OperatorCredential credential, VerifiedProof proof, ValueTask<ReplayVerdict> recording) =>
        VerifiedOperator.Admit(credential, proof, await recording.ConfigureAwait(false));

    private AuthRejection Verify(
        ReadOnlySpan<byte> authorization, ReadOnlySpan<byte> dpop, string method, string path,
        out OperatorCredential? credential, out VerifiedProof? proof)
    {
        (credential, proof) = (null, null);
        if (authorization.IsEmpty)
        {
            return new AuthRejection(AuthFault.MissingAuthHeader);
        }

        if (!DpopScheme.TryGetToken(authorization, out var token))
        {
            return new AuthRejection(AuthFault.InvalidAuthScheme);
        }

        if (dpop.IsEmpty)
        {
            return new AuthRejection(AuthFault.MissingDpopHeader);
        }

        if (!_clock.TryGetUnixSeconds(out var now))
        {
            return new AuthRejection(AuthFault.ClockError);
        }

        credential = Find(token);
        if (credential is null)
        {
            return new AuthRejection(AuthFault.InvalidOperatorToken);
        }

        if (credential.Key is not { } key)
        {
            return NotBound;
        }

        if (_proofs.TryVerify(new DpopContext(dpop, token, method, path, key), now, out proof, out var rejection))
        {
            return default;
        }

        return rejection.Fault.Kind() == DpopRejectKind.BadKey ? NotBound with { Dpop = rejection.Fault } : AuthRejection.OfProof(rejection);
    }

    /// <summary>Compares with every credential, so that time does not tell which one came close.</summary>
    private OperatorCredential? Find(ReadOnlySpan<byte> apiKey)
    {
        var digest = Sha256Digest.Of(apiKey);
        OperatorCredential? found = null;
        foreach (var credential in _credentials)
        {
            if (credential.HasApiKeyDigest(digest))
            {
                found = credential;
            }
        }

        return found;
    }
}
