using System.Text.Json;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Tests;

public sealed class CanonicalJsonTests
{
    // RFC 8785, appendix B, and the layout rules of ECMA-262.
    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("9007199254740992", "9007199254740992")]
    [InlineData("295147905179352830000", "295147905179352830000")]
    [InlineData("9.999999999999997e22", "9.999999999999997e+22")]
    [InlineData("1e23", "1e+23")]
    [InlineData("1.0000000000000001e23", "1.0000000000000001e+23")]
    [InlineData("999999999999999700000", "999999999999999700000")]
    [InlineData("1e21", "1e+21")]
    [InlineData("9.999999999999997e-7", "9.999999999999997e-7")]
    [InlineData("0.000001", "0.000001")]
    [InlineData("333333333.3333332", "333333333.3333332")]
    [InlineData("-0.0000033333333333333333", "-0.0000033333333333333333")]
    [InlineData("1424953923781206.2", "1424953923781206.2")]
    [InlineData("1e2", "100")]
    public void A_number_is_written_as_ECMAScript_does(string json, string canonical) =>
        Assert.Equal(canonical, Canonical(json));

    [Fact]
    public void Keys_are_sorted_by_code_units_and_escapes_are_the_fewest() =>
        Assert.Equal(
            "{\"\\r\":\"Carriage Return\",\"1\":\"\\u000f\\b\\\"\\\\/\",\"\u00f6\":1,\"\u20ac\":2,\"\ud83d\ude02\":3,\"\ufb33\":4}",
            Canonical("{\"\ufb33\":4,\"\\u20ac\":2,\"\\r\":\"Carriage Return\",\"1\":\"\\u000F\\b\\\"\\\\\\/\",\"\ud83d\ude02\":3,\"\u00f6\":1}"));

    [Fact]
    public void The_digests_of_the_public_vectors_are_met()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.Conformance("jcs/latchgate/golden.json")));
        Assert.All(golden.RootElement.EnumerateArray(), static vector =>
        {
            Assert.Equal(vector.GetProperty("canonical").GetString(), Canonical(vector.GetProperty("input").GetRawText()));
            Assert.Contains(CanonicalJson.Digest(vector.GetProperty("canonical").GetString()!), vector.GetProperty("sha256").GetString(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_digest_of_an_action_is_that_of_its_canonical_manifest()
    {
        var spec = GeneratorHarness.LoadOne(RepositoryFiles.Fixture("minimal.yaml") + "\ntags: [b, a]");
        var canonical = "{\"action_id\":\"minimal\",\"description\":\"Does as little as an action can.\",\"provider_module_digest\":\"builtin:pure\",\"tags\":[\"b\",\"a\"],\"version\":\"1.0.0\"}"u8;
        Assert.Equal(Crypto.Sha256Digest.Of(canonical), spec.Digest);
    }

    [Fact]
    public void The_digest_covers_a_shared_schema_and_not_the_name_of_its_file()
    {
        var inline = GeneratorHarness.LoadOne(RepositoryFiles.Fixture("minimal.yaml") + "\nio: { request_schema: { type: object } }").Digest;
        Assert.Equal(inline, Shared("{\"type\":\"object\"}"));
        Assert.NotEqual(inline, Shared("{\"type\":\"array\"}"));

        static Crypto.Sha256Digest Shared(string schema) => GeneratorHarness.Load(
            GeneratorHarness.Modules,
            GeneratorHarness.Manifest(RepositoryFiles.Fixture("minimal.yaml") + "\nio: { request_schema: s.json }"),
            GeneratorHarness.File("manifests/test/s.json", schema)).All.Single().Digest;
    }

    [Fact]
    public void The_digest_of_the_set_is_that_of_the_sorted_ids_manifests_and_modules()
    {
        var text = RepositoryFiles.Fixture("minimal.yaml");
        var (all, digest) = GeneratorHarness.Load(
            GeneratorHarness.Modules,
            GeneratorHarness.File("manifests/b.yaml", text.Replace("minimal", "b", StringComparison.Ordinal)),
            GeneratorHarness.File("manifests/a.yaml", text.Replace("minimal", "B2", StringComparison.Ordinal)));
        Assert.Equal(["B2", "b"], all.Select(static action => action.Id));
        var canonical = $"[[\"B2\",\"{all[0].Digest}\",\"{all[0].ModuleDigest}\"],[\"b\",\"{all[1].Digest}\",\"{all[1].ModuleDigest}\"]]";
        Assert.Equal(Crypto.Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(canonical)), digest);
    }

    private static string Canonical(string json)
    {
        var diagnostics = new DiagnosticBag();
        var node = JsonReader.Read(new SourceFile("t.json", json), diagnostics);
        Assert.False(diagnostics.Any);
        return CanonicalJson.Write(node!);
    }
}
