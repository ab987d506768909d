using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Identity;

namespace LatchGate.Conformance.Suites;

/// <summary>The DPoP scenarios: each id names a set-up, the file says what must come of it; and the normalisation of <c>htu</c> by data.</summary>
internal static class DpopSuite
{
    internal static readonly Suite Suite = new("dpop", "dpop", Run);

    private const long Now = 1_800_000_000;
    private const string Url = "https://gate.example/v1/actions/x/execute";

    private static IEnumerable<CaseResult> Run(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.TryGetProperty("test_cases", out var cases))
            {
                foreach (var test in cases.EnumerateArray())
                {
                    yield return RunScenario(test);
                }
            }

            if (document.RootElement.TryGetProperty("htu_normalisation_cases", out var normalisations))
            {
                foreach (var test in normalisations.EnumerateArray())
                {
                    yield return RunNormalisation(test);
                }
            }
        }
    }

    private static CaseResult RunNormalisation(JsonElement test)
    {
        var input = test.GetProperty("input").GetString()!;
        var wanted = test.GetProperty("normalised").GetString();
        return Htu.TryNormalise(input, out var got) && got == wanted
            ? CaseResult.Pass($"htu/{input}")
            : CaseResult.Fail($"htu/{input}", $"expected '{wanted}', got '{got}'");
    }

    private static CaseResult RunScenario(JsonElement test)
    {
        var id = test.GetProperty("id").GetString()!;
        using var a = P256SigningKey.Generate();
        using var b = P256SigningKey.Generate();
        if (SetUp(id, a, b) is not { } set)
        {
            return CaseResult.Fail(id, "no set-up is known for this id");
        }

        var verifier = new DpopVerifier(new AcceptedBaseUrls("https://gate.example"));
        var context = new DpopContext(
            Encoding.UTF8.GetBytes(set.Proof), Encoding.UTF8.GetBytes(set.Token), set.Method, "/v1/actions/x/execute", set.Bound.PublicKey.Thumbprint);
        var allowed = verifier.TryVerify(context, Now, out _, out var rejection);
        var expected = test.GetProperty("expected").GetString();
        var wantsReason = test.TryGetProperty("error_contains", out var reason);
        return expected != (allowed ? "ALLOW" : "DENY") ? CaseResult.Fail(id, $"expected {expected}, got {(allowed ? "ALLOW" : rejection.Reason)}")
            : wantsReason && !rejection.Reason.Contains(reason.GetString()!, StringComparison.Ordinal)
                ? CaseResult.Fail(id, $"the reason '{rejection.Reason}' does not say '{reason.GetString()}'")
            : CaseResult.Pass(id);
    }

    private static Scenario? SetUp(string id, P256SigningKey a, P256SigningKey b)
    {
        var good = Sign(HeaderOf(a), Payload(), a);
        return id switch
        {
            "valid_proof" => new Scenario(good, a),
            "wrong_method" => new Scenario(good, a, Method: "GET"),
            "wrong_url" => new Scenario(Sign(HeaderOf(a), Payload(htu: Url + "/other"), a), a),
            "expired_iat" => new Scenario(Sign(HeaderOf(a), Payload(iat: Now - 61), a), a),
            "future_iat" => new Scenario(Sign(HeaderOf(a), Payload(iat: Now + 6), a), a),
            "wrong_key_binding" => new Scenario(good, b),
            "wrong_ath" => new Scenario(good, a, Token: "lease-b"),
            "tampered_header" => new Scenario(Append(good, 0), a),
            "tampered_payload" => new Scenario(Append(good, 1), a),
            "header_key_vs_signing_key_mismatch" => new Scenario(Sign(HeaderOf(b), Payload(), a), b),
            "missing_jwk_header" => new Scenario(Sign("""{"typ":"dpop+jwt","alg":"ES256"}""", Payload(), a), a),
            "wrong_typ" => new Scenario(Sign(HeaderOf(a).Replace("dpop+jwt", "JWT", StringComparison.Ordinal), Payload(), a), a),
            "two_part_token" => new Scenario(good[..good.LastIndexOf('.')], a),
            _ => null,
        };
    }

    private static string HeaderOf(P256SigningKey key) =>
        $$"""{"typ":"dpop+jwt","alg":"ES256","jwk":{{new DpopProofFactory(key).PublicJwk}}}""";

    private static string Payload(string htu = Url, long iat = Now) =>
        $$"""{"jti":"{{Guid.NewGuid():D}}","htm":"POST","htu":"{{htu}}","iat":{{iat}},"ath":"{{Base64Url.EncodeToString(SHA256.HashData("lease-a"u8))}}"}""";

    private static string Sign(string header, string payload, P256SigningKey key) =>
        JwsWriter.Sign(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)), Encoding.UTF8.GetBytes(payload), key);

    private static string Append(string proof, int segment)
    {
        var segments = proof.Split('.');
        segments[segment] += "A";
        return string.Join('.', segments);
    }

    private sealed record Scenario(string Proof, P256SigningKey Bound, string Method = "POST", string Token = "lease-a");
}
