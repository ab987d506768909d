using System.Text.RegularExpressions;

namespace LatchGate.Generators.Tests;

/// <summary>Providers of a folder of one's own, and the example of providers/README.md.</summary>
public sealed class ExampleProviderTests
{
    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([RepositoryFiles.Root, .. path]));

    [Fact]
    public void The_examples_manifest_compiles_with_its_own_lock_beside_the_repositorys()
    {
        var manifest = GeneratorHarness.File("own/webhook_sign.yaml", Read("providers", "examples", "webhook_sign", "webhook_sign.yaml"));
        var pinned = GeneratorHarness.File("providers/modules.lock", Read("providers", "modules.lock"));
        var own = GeneratorHarness.File("own/modules.lock", Read("providers", "examples", "modules.lock"));

        Assert.Empty(GeneratorHarness.Diagnose(manifest, pinned, own).Select(static d => d.ToString()));
        Assert.Contains(GeneratorHarness.Diagnose(manifest, pinned), static d => d.GetMessage(null).Contains("webhook_sign", StringComparison.Ordinal));
    }

    // The build compiles the examples with every folder of providers.
    [Fact]
    public void The_provider_of_the_guide_has_a_name_that_no_provider_of_the_repository_has()
    {
        var name = Regex.Match(Read("providers", "README.md"), "our-providers/([a-z0-9_]+)/provider[.]c").Groups[1].Value;
        string[] folders = ["providers", "providers/examples"];
        var taken = folders.SelectMany(static folder => Directory.GetDirectories(Path.Combine(RepositoryFiles.Root, folder)))
            .Select(static folder => Path.GetFileName(folder)).ToList();

        Assert.Contains("webhook_sign", taken);
        Assert.NotEmpty(name);
        Assert.DoesNotContain(name, taken);
    }

    [Fact]
    public void A_name_stands_for_one_module_over_all_lists()
    {
        var digest = new string('3', 64);
        var own = GeneratorHarness.File("own/modules.lock", $"# ours\nhttp_api sha256:{digest} latchgate:io/http\n");

        var diagnostic = Assert.Single(GeneratorHarness.Diagnose(GeneratorHarness.Modules, own));

        Assert.Equal(("own/modules.lock", 1), (diagnostic.Location.GetLineSpan().Path, diagnostic.Location.GetLineSpan().StartLinePosition.Line));
    }

    [Theory]
    [InlineData("{target: hmac_sha256, secret: KEY}", "header")]
    [InlineData("{target: hmac_sha256, header: Host, secret: KEY}", "Host")]
    [InlineData("{target: hmac_sha256, header: X-Sign, timestamp_header: x-sign, secret: KEY}", "timestamp_header")]
    [InlineData("{target: hmac_sha256, header: X-Sign, timestamp_header: Content-Length, secret: KEY}", "timestamp_header")]
    [InlineData("{target: hmac_sha256, header: X-Sign, service: s3, secret: KEY}", "service")]
    [InlineData("{header: X-Sign, timestamp_header: X-Time, secret: KEY}", "timestamp_header")]
    public void A_signature_that_could_not_be_made_is_a_build_error(string credential, string said)
    {
        var text = Read("providers", "examples", "webhook_sign", "webhook_sign.yaml");
        var start = text.IndexOf("      credentials:", StringComparison.Ordinal);
        var manifest = GeneratorHarness.File("own/webhook_sign.yaml", $"{text[..start]}      credentials: [{credential}]\n");

        var diagnostics = GeneratorHarness.Diagnose(
            manifest, GeneratorHarness.File("own/modules.lock", Read("providers", "examples", "modules.lock")));

        Assert.Contains(diagnostics, d => d.GetMessage(null).Contains(said, StringComparison.OrdinalIgnoreCase));
    }
}
