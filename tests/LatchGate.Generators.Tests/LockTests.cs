using LatchGate.Crypto;
using Microsoft.CodeAnalysis;

namespace LatchGate.Generators.Tests;

/// <summary>What the build says of versions and lock.json.</summary>
public sealed class LockTests
{
    private static readonly string Minimal = RepositoryFiles.Fixture("minimal.yaml");

    private static string Digest => GeneratorHarness.Load(GeneratorHarness.Modules, GeneratorHarness.Manifest(Minimal)).All[0].Digest.ToString();

    [Fact]
    public void A_listed_version_is_good_and_so_is_no_list_at_all()
    {
        Assert.Empty(Diagnose(Minimal, Lock(("minimal@1.0.0", Digest))));
        Assert.Empty(GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(Minimal)));
    }

    [Fact]
    public void A_change_under_a_listed_version_is_an_error_at_the_version()
    {
        var found = Assert.Single(Diagnose(Minimal.Replace("description: ", "description: Not ", StringComparison.Ordinal), Lock(("minimal@1.0.0", Digest))));
        Assert.Equal(("LGM100", DiagnosticSeverity.Error, "manifests/test/action.yaml"), (found.Id, found.Severity, found.Location.GetLineSpan().Path));
        Assert.Contains("minimal 1.0.0", found.GetMessage(), StringComparison.Ordinal);
        var line = Minimal[..Minimal.IndexOf("version:", StringComparison.Ordinal)].Count(static c => c == '\n');
        Assert.Equal((line, "version: ".Length), (found.Location.GetLineSpan().StartLinePosition.Line, found.Location.GetLineSpan().StartLinePosition.Character));
    }

    [Fact]
    public void A_comment_changes_nothing() => Assert.Empty(Diagnose("# A word more.\n" + Minimal, Lock(("minimal@1.0.0", Digest))));

    [Theory]
    [InlineData("1.0.1")]
    [InlineData("2.0.0-beta")]
    [InlineData("1.10.0")]
    public void A_higher_version_is_a_warning_until_it_is_listed(string version)
    {
        var found = Assert.Single(Diagnose(Minimal.Replace("1.0.0", version, StringComparison.Ordinal), Lock(("minimal@1.0.0", Digest), ("minimal@1.0.0-rc1", Digest))));
        Assert.Equal(("LGM101", DiagnosticSeverity.Warning), (found.Id, found.Severity));
    }

    [Theory]
    [InlineData("0.9.9", "1.0.0")]
    [InlineData("1.2.0", "1.10.0")]
    [InlineData("1.0.0-rc1", "1.0.0")]
    public void A_version_does_not_go_back(string version, string listed)
    {
        var found = Assert.Single(Diagnose(Minimal.Replace("1.0.0", version, StringComparison.Ordinal), Lock(($"minimal@{listed}", Digest))));
        Assert.Equal("LGM102", found.Id);
    }

    [Fact]
    public void Another_module_than_the_listed_one_is_a_warning()
    {
        var lockFile = Lock(("minimal@1.0.0", Digest)).Replace("\"fs\": \"sha256:2", "\"fs\": \"sha256:3", StringComparison.Ordinal);
        Assert.Equal("LGM103", Assert.Single(Diagnose(Minimal, lockFile)).Id);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"format\":\"latchgate-manifests/2\",\"modules\":{},\"actions\":{}}")]
    [InlineData("{\"format\":\"latchgate-manifests/1\",\"modules\":{},\"actions\":{\"a@1.0.0\":\"sha256:00\"}}")]
    [InlineData("{\"format\":\"latchgate-manifests/1\",\"modules\":{},\"actions\":{\"a@1\":\"sha256:0011223344556677889900112233445566778899001122334455667788990011\"}}")]
    public void A_malformed_list_is_an_error(string text) => Assert.Equal("LGM104", Assert.Single(Diagnose(Minimal, text)).Id);

    private static System.Collections.Immutable.ImmutableArray<Diagnostic> Diagnose(string manifest, string lockFile) =>
        GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(manifest), GeneratorHarness.File("manifests/lock.json", lockFile));

    private static string Lock(params (string Version, string Digest)[] entries) => $$"""
        {
          "format": "latchgate-manifests/1",
          "modules": {
            "fs": "sha256:{{GeneratorHarness.ModuleDigest.Replace('0', '2')}}",
            "http_api": "sha256:{{GeneratorHarness.ModuleDigest}}",
            "pure": "sha256:{{GeneratorHarness.ModuleDigest.Replace('0', '1')}}"
          },
          "actions": {
            {{string.Join(",\n    ", entries.Select(static entry => $"\"{entry.Version}\": \"{entry.Digest}\""))}}
          }
        }
        """;
}
