using System.Security.Cryptography;
using System.Text;
using LatchGate.Pipeline;
using LatchGate.Policy.Bundles;
using static LatchGate.Tests.Policy.BundleMaker;

namespace LatchGate.Tests.Policy;

/// <summary>With a key, a bundle is what the key's owner signed: every file, unchanged, and nothing else.</summary>
public sealed class BundleSignatureTests : IDisposable
{
    // As a person would write it; below it, the form that OPA hashes: sorted by code point, no spaces, numbers as written, and
    // of the escapes only those that JSON demands.
    private const string Data = """
        { "z": [1.50, 1e3, true, null],
          "é<&>": "\u003c\u00e9\/\u2028\u0001\n\"\\", "\ud83d\ude00": 1, "\uffee": {} }
        """;

    private const string SignedData = """{"z":[1.50,1e3,true,null],"é<&>":"<é/\u2028\u0001\n\"\\","￮":{},"😀":1}""";
    private const string Manifest = """{ "roots" : ["z", "é<&>", "￮", "😀"], "revision" : "quickbrownfaux" }""";
    private const string SignedManifest = """{"revision":"quickbrownfaux","roots":["z","é<&>","￮","😀"]}""";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static string[] Entries => [Entry("plan.json", Plan), Entry("data.json", Bytes(SignedData)), Entry(".manifest", Bytes(SignedManifest))];

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("ES512")]
    [InlineData("RS256")]
    [InlineData("RS512")]
    [InlineData("PS384")]
    public void A_bundle_that_is_signed_with_the_key_is_taken(string algorithm)
    {
        var (key, sign) = Pair(algorithm);
        using (key)
        {
            Assert.Equal("quickbrownfaux", PolicyBundle.Read(Signed(algorithm, Payload(Entries), sign), key).Revision);
        }
    }

    [Fact]
    public void Names_with_a_leading_slash_are_the_same_names()
    {
        var entries = Entries.Select(static e => e.Replace("\"name\":\"", "\"name\":\"/", StringComparison.Ordinal));

        Assert.Equal("quickbrownfaux", Read(Signed("ES256", Payload([.. entries]), Sign)).Revision);
    }

    // The digest of this manifest is a vector of OPA's own tests, for MD5: 128 bits that this gate does not take.
    [Fact]
    public void A_digest_that_is_too_weak_is_refused() => Refused(
        "none of SHA-256",
        Signed("ES256", Payload([Entries[0], Entries[1], """{"name":".manifest","hash":"a005c38a509dc2d5a7407b9494efb2ad","algorithm":"MD5"}"""]), Sign));

    [Fact]
    public void A_bundle_without_a_signature_is_refused() => Refused("is not signed", Pack([.. Files()]));

    [Fact]
    public void A_bundle_that_another_key_signed_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Refused("is not signed with the configured key", Signed("ES256", Payload(Entries), input => Sign(other, input)));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("RS256")]
    [InlineData("ES384")]
    [InlineData("ES256 ")]
    [InlineData("")]
    public void An_algorithm_that_is_not_the_keys_is_refused(string algorithm) =>
        Refused("is not signed with the configured key", Signed(algorithm, Payload(Entries), Sign));

    [Fact]
    public void A_shared_secret_made_of_the_public_key_is_no_signature()
    {
        var pem = Bytes(_key.ExportSubjectPublicKeyInfoPem());

        Refused("is not signed with the configured key", Signed("HS256", Payload(Entries), input => HMACSHA256.HashData(pem, input)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_file_that_the_signature_does_not_cover_is_refused(int left) =>
        Refused("does not cover", Signed("ES256", Payload([.. Entries.Where((_, i) => i != left)]), Sign));

    [Fact]
    public void A_file_that_is_missing_is_refused() =>
        Refused("lacks 'gone.rego'", Signed("ES256", Payload([.. Entries, Entry("gone.rego", [])]), Sign));

    [Theory]
    [InlineData("plan.json")]
    [InlineData("data.json")]
    [InlineData(".manifest")]
    public void A_file_that_was_changed_is_refused(string name)
    {
        var entries = Entries.Select(e => e.Contains($"\"{name}\"", StringComparison.Ordinal) ? Entry(name, Bytes("other")) : e);

        Refused($"'{name}' that is not the one", Signed("ES256", Payload([.. entries]), Sign));
    }

    [Fact]
    public void A_file_that_is_covered_twice_is_refused() =>
        Refused("covers a file twice", Signed("ES256", Payload([.. Entries, Entries[0].Replace("\"plan.json", "\"/plan.json", StringComparison.Ordinal)]), Sign));

    [Theory]
    [InlineData("""{"signatures":[]}""", "exactly one")]
    [InlineData("""{"signatures":["a.b.c","a.b.c"]}""", "exactly one")]
    [InlineData("""{"signatures":[5]}""", "exactly one")]
    [InlineData("""{"signatures":["a.b"]}""", "no JWS")]
    [InlineData("""{"signatures":["!.!.!"]}""", "cannot be read")]
    [InlineData("""{"signatures":["e30.e30.e30"]}""", "no JWS")]
    [InlineData("{", "cannot be read")]
    [InlineData("[]", "exactly one")]
    public void A_malformed_signature_is_refused(string content, string reason) => Refused(reason, Pack([.. Files(), Text("/.signatures.json", content)]));

    [Fact]
    public void A_signature_with_critical_headers_is_refused() =>
        Refused("no JWS", Pack([.. Files(), Signatures("ES256", Payload(Entries), Sign, ""","crit":["exp"]""")]));

    [Fact]
    public void A_signature_for_a_scope_is_refused() =>
        Refused("scope", Signed("ES256", $$"""{"scope":"write","files":[{{string.Join(',', Entries)}}]}""", Sign));

    [Theory]
    [InlineData("{}", "covers no files")]
    [InlineData("""{"files":{}}""", "covers no files")]
    [InlineData("""{"files":[1]}""", "without a name")]
    public void A_payload_that_covers_no_files_is_refused(string payload, string reason) => Refused(reason, Signed("ES256", payload, Sign));

    [Fact]
    public void A_key_that_is_too_small_is_refused()
    {
        using var rsa = RSA.Create(1024);

        Assert.Contains("2048", Assert.Throws<StartupException>(() => BundleKey.Parse(Bytes(rsa.ExportSubjectPublicKeyInfoPem()))).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_private_key_is_refused() =>
        Assert.Contains("PUBLIC KEY", Assert.Throws<StartupException>(() => BundleKey.Parse(Bytes(_key.ExportPkcs8PrivateKeyPem()))).Detail, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")]
    public void What_is_no_key_is_refused(string pem) =>
        Assert.Equal(StartupError.PolicyLoadFailed, Assert.Throws<StartupException>(() => BundleKey.Parse(Bytes(pem))).Error);

    private static (string, byte[])[] Files() => [("/plan.json", Plan), Text("/data.json", Data), Text("/.manifest", Manifest)];

    private static string Payload(string[] entries) => $$"""{"files":[{{string.Join(',', entries)}}],"keyid":"any","iat":1592248027}""";

    private static byte[] Signed(string algorithm, string payload, Func<byte[], byte[]> sign) => Pack([.. Files(), Signatures(algorithm, payload, sign)]);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Sign(ECDsa key, byte[] input) => key.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    private static (BundleKey Key, Func<byte[], byte[]> Sign) Pair(string algorithm)
    {
        var hash = new HashAlgorithmName($"SHA{algorithm[2..]}");
        if (algorithm[0] == 'E')
        {
            var ecdsa = ECDsa.Create(algorithm switch { "ES256" => ECCurve.NamedCurves.nistP256, "ES384" => ECCurve.NamedCurves.nistP384, _ => ECCurve.NamedCurves.nistP521 });
            return (BundleKey.Parse(Bytes(ecdsa.ExportSubjectPublicKeyInfoPem())), input => ecdsa.SignData(input, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        }

        var rsa = RSA.Create(2048);
        return (BundleKey.Parse(Bytes(rsa.ExportSubjectPublicKeyInfoPem())),
            input => rsa.SignData(input, hash, algorithm[0] == 'R' ? RSASignaturePadding.Pkcs1 : RSASignaturePadding.Pss));
    }

    private byte[] Sign(byte[] input) => Sign(_key, input);

    private PolicyBundle Read(byte[] packed)
    {
        using var key = BundleKey.Parse(Bytes(_key.ExportSubjectPublicKeyInfoPem()));
        return PolicyBundle.Read(packed, key);
    }

    private void Refused(string reason, byte[] packed)
    {
        var refusal = Assert.Throws<StartupException>(() => Read(packed));
        Assert.Equal(StartupError.PolicyLoadFailed, refusal.Error);
        Assert.Contains(reason, refusal.Detail, StringComparison.Ordinal);
    }
}
