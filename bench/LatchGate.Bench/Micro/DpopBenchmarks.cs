using System.Text;
using BenchmarkDotNet.Attributes;
using LatchGate.Crypto;
using LatchGate.Identity;

namespace LatchGate.Bench.Micro;

/// <summary>One DPoP proof, every rule but replay: with a key seen before, and with one never seen.</summary>
public class DpopBenchmarks
{
    private const string Path = "/v1/actions/http_fetch/execute";
    private const string Token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZ2VudDpiZW5jaCJ9.c2lnbmF0dXJl";

    private readonly AcceptedBaseUrls _urls = new("http://localhost");
    private readonly byte[] _token = Encoding.ASCII.GetBytes(Token);
    private readonly byte[] _proof;
    private readonly JwkThumbprint _key;
    private readonly long _now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    private readonly DpopVerifier _warm;

    public DpopBenchmarks()
    {
        using var key = P256SigningKey.Generate();
        _key = key.PublicKey.Thumbprint;
        _proof = Encoding.ASCII.GetBytes(new DpopProofFactory(key).Create("POST", "http://localhost" + Path, Token));
        _warm = new DpopVerifier(_urls);
    }

    [Benchmark(Description = "DPoP verify, cached key")]
    public VerifiedProof Cached() => Verify(_warm);

    [Benchmark(Description = "DPoP verify, cold key")]
    public VerifiedProof Cold() => Verify(new DpopVerifier(_urls));

    private VerifiedProof Verify(DpopVerifier verifier) =>
        verifier.TryVerify(new DpopContext(_proof, _token, "POST", Path, _key), _now, out var proof, out var rejection)
            ? proof
            : throw new InvalidOperationException($"{rejection}");
}
