using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Tests.Identity;

/// <summary>An agent's key held by the base library, and proofs with any header and payload, made without the gate's own factory.</summary>
internal sealed class TestKey : IDisposable
{
    private readonly ECDsa _ecdsa;

    internal TestKey() : this(ECDsa.Create(ECCurve.NamedCurves.nistP256))
    {
    }

    private TestKey(ECDsa ecdsa)
    {
        _ecdsa = ecdsa;
        var q = _ecdsa.ExportParameters(false).Q;
        X = Base64Url.EncodeToString(q.X!);
        Y = Base64Url.EncodeToString(q.Y!);
        Jwk = $$"""{"kty":"EC","crv":"P-256","x":"{{X}}","y":"{{Y}}"}""";
        var canonical = $$"""{"crv":"P-256","kty":"EC","x":"{{X}}","y":"{{Y}}"}""";
        ThumbprintText = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(canonical)));
        Assert.True(JwkThumbprint.TryParse(ThumbprintText, out var thumbprint));
        Thumbprint = thumbprint;
    }

    internal string X { get; }

    internal string Y { get; }

    internal string Jwk { get; }

    internal string ThumbprintText { get; }

    internal JwkThumbprint Thumbprint { get; }

    internal string Header => $$"""{"typ":"dpop+jwt","alg":"ES256","jwk":{{Jwk}}}""";

    internal static TestKey FromPem(string pem)
    {
        var ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(pem);
        return new TestKey(ecdsa);
    }

    public void Dispose() => _ecdsa.Dispose();

    internal string Sign(string header, string payload) =>
        SignSegments(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)), Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload)));

    internal string SignSegments(string header, string payload)
    {
        var input = $"{header}.{payload}";
        var signature = _ecdsa.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{input}.{Base64Url.EncodeToString(signature)}";
    }

    internal byte[] SignRaw(string input) =>
        _ecdsa.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
}

internal static class TestProofs
{
    internal const long Now = 1_800_000_000;
    internal const string Token = "lease.token.value";
    internal const string RequestPath = "/v1/actions/http_fetch/execute";
    internal const string RequestUri = "http://localhost:3000/v1/actions/http_fetch/execute";

    internal static string Ath(string token) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    internal static string Payload(
        string jti = "01890000-0000-7000-8000-000000000001", string htm = "POST", string htu = RequestUri, long iat = Now, string token = Token) =>
        $$"""{"jti":"{{jti}}","htm":"{{htm}}","htu":"{{htu}}","iat":{{iat}},"ath":"{{Ath(token)}}"}""";
}
