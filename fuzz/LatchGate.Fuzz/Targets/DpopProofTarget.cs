using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;
using LatchGate.Identity;

namespace LatchGate.Fuzz.Targets;

/// <summary>
/// DPoP proofs. The first byte chooses: even, the rest is a proof; odd, the rest is a header, a NUL and a payload, which are encoded and
/// signed first, since no mutation finds a signature.
/// </summary>
internal sealed class DpopProofTarget : FuzzTarget
{
    private const long Now = 1_800_000_000;
    private const string Path = "/v1/actions/http_fetch/execute";

    private static readonly byte[] _token = "lease.token.value"u8.ToArray();

    private readonly ECDsa _key = NaiveProof.ExampleKey();
    private readonly DpopVerifier _verifier = new(new AcceptedBaseUrls("http://localhost:3000", "https://gate.example"));
    private readonly JwkThumbprint _bound;

    public DpopProofTarget()
    {
        var q = _key.ExportParameters(includePrivateParameters: false).Q;
        _bound = JwkThumbprint.Of(q.X, q.Y);
    }

    internal override string Name => "dpop-proof";

    internal override string Property => "a proof is accepted only when a naive verifier accepts it, signature included; every refusal is a known fault with a printable reason";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Identity.Dpop", "LatchGate.Identity.VerifiedProof", "LatchGate.Identity.Htu", "LatchGate.Identity.AcceptedBaseUrls", "LatchGate.Crypto.Jw", "LatchGate.Crypto.Json", "LatchGate.Crypto.StrictBase64Url", "LatchGate.Crypto.P256PublicKey"];

    internal override int MaxLength => 2048;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var proof = input[0] % 2 == 0 ? input[1..].ToArray() : Sign(input[1..]);
        var accepted = _verifier.TryVerify(new DpopContext(proof, _token, "POST", Path, _bound), Now, out var verified, out var rejection);
        Check.Equal(accepted, verified is not null, "a proof, or a refusal");
        if (accepted)
        {
            Check.Holds(NaiveProof.IsGood(proof, _key, _token, "POST", Path, Now), "an accepted proof is good");
            Check.Holds(verified!.Key == _bound, "the proof is of the bound key");
            return;
        }

        Check.Holds(rejection.Fault != DpopFault.None && Enum.IsDefined(rejection.Fault), "the fault is a known one");
        Check.Holds(Encoding.UTF8.GetByteCount(rejection.Reason) is > 0 and <= 200 && !rejection.Reason.Any(char.IsControl), "the reason is one short line");
    }

    private byte[] Sign(ReadOnlySpan<byte> parts)
    {
        var cut = parts.IndexOf((byte)0);
        var header = cut < 0 ? parts : parts[..cut];
        var payload = cut < 0 ? default : parts[(cut + 1)..];
        var signed = Base64Url.EncodeToString(header) + "." + Base64Url.EncodeToString(payload);
        var signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return Encoding.ASCII.GetBytes(signed + "." + Base64Url.EncodeToString(signature));
    }
}
