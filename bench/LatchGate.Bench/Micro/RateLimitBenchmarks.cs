using System.Buffers.Text;
using System.Text;
using BenchmarkDotNet.Attributes;
using LatchGate.Config;
using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Pipeline;
using LatchGate.RateLimits;

namespace LatchGate.Bench.Micro;

/// <summary>What a call pays before anything about it is known, and what it pays to be told that nothing was revoked.</summary>
public class RateLimitBenchmarks
{
    private const string Session = "0190a000-0000-7000-8000-000000000000";

    private readonly RateLimiter _limits = new(
        RateLimitsConfig.Default with { ExecuteRpsPerSession = 100_000_000, ExecuteRpsPerPeer = 100_000_000 }, TimeProvider.System);

    private readonly Revocations _revocations = new();
    private readonly CallSubject _subject = new("t", "agent:bench", Session, "j1", "k", HasBudget: false, IdentityMethod: null, Owner: null);

    private readonly byte[] _header = Encoding.UTF8.GetBytes("DPoP eyJh." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        $$"""{"iss":"latchgate","sub":"agent:bench","aud":"latchgate","iat":1,"nbf":1,"exp":2,"jti":"j1","session_id":"{{Session}}","scope":["tools:call"],"cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"} }""")) + ".c2ln");

    public RateLimitBenchmarks() => _revocations.Set(new Revocation(RevocationKind.Lease, "another", 0, false, DateTimeOffset.MaxValue));

    /// <summary>Both takes of an execution: before authentication and after it.</summary>
    [Benchmark]
    public bool Take() => _limits.TakeExecute(1000, _header) & _limits.TakeVerified(1000, _header, Session);

    /// <summary>One question whether a call is revoked.</summary>
    [Benchmark]
    public bool Refuses() => _revocations.Refuses(_subject, 0, "g1");
}
