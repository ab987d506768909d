using BenchmarkDotNet.Attributes;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Grants;

namespace LatchGate.Bench.Micro;

/// <summary>A grant: its canonical terms signed, and everything checked again at dispatch.</summary>
public class GrantBenchmarks
{
    private readonly Ed25519Signer _key = Sample.Signer();
    private readonly ResolvedTask _task;
    private readonly GrantTerms _terms;
    private readonly SignedGrant _grant;
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    public GrantBenchmarks()
    {
        using var request = Sample.Request();
        _task = Sample.Task(request);
        _terms = new GrantTerms
        {
            GrantId = Sample.NewId(),
            TraceId = Sample.NewId(),
            Subject = "agent:bench",
            SessionId = Sample.NewId(),
            SenderBinding = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
            ActionId = Sample.Action.Id,
            ActionVersion = Sample.Action.Version,
            ActionDigest = Sample.Action.Digest,
            ModuleDigest = Sample.Action.ModuleDigest,
            RequestHash = request.Canonical.Digest,
            TaskHash = _task.Hash,
            PolicyVersion = "v1",
            ApprovedTargets = Sample.Action.SideEffects,
            ApprovedSecrets = [],
            CallsAfter = null,
            IssuedAt = _now,
            ExpiresAt = _now.AddMinutes(1),
            RevocationEpoch = 0,
        };
        _grant = SignedGrant.Sign(_terms, _key);
    }

    [Benchmark(Description = "grant sign")]
    public SignedGrant Sign() => SignedGrant.Sign(_terms, _key);

    [Benchmark(Description = "grant re-validation with verify")]
    public GrantFault Verify()
    {
        var fault = _grant.Terms.Validate(Sample.Action, _task.Bytes.Span, _now, 0);
        return fault == GrantFault.None && VerifiedGrant.TryVerify(_grant, _key) is not null ? fault : throw new InvalidOperationException($"{fault}");
    }

    [GlobalCleanup]
    public void Wipe() => _key.Dispose();
}
