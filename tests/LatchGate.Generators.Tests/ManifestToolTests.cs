using System.Text;
using System.Text.Json;
using LatchGate.Manifests;

namespace LatchGate.Generators.Tests;

/// <summary>The repository's tool: what it says is what the build says.</summary>
public sealed class ManifestToolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("latchgate-manifests-").FullName;
    private readonly string _modules;
    private string _output = "";
    private string _error = "";

    public ManifestToolTests()
    {
        _modules = Path.Combine(_folder, "modules.txt");
        File.WriteAllText(_modules, GeneratorHarness.Modules.GetText()!.ToString());
        Directory.CreateDirectory(Path.Combine(_folder, "set"));
    }

    private string Set => Path.Combine(_folder, "set");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_sound_set_lints_clean()
    {
        Write("minimal.yaml", RepositoryFiles.Fixture("minimal.yaml"));
        Assert.Equal(0, Run("lint", Set));
        Assert.Equal("1 sound, 0 errors, 0 warnings\n", _output);
    }

    [Fact]
    public void A_fault_is_printed_as_the_compiler_prints_it()
    {
        var path = Write("base.yaml", RepositoryFiles.Fixture("base.yaml").Replace("risk_level", "risk_lvl", StringComparison.Ordinal));
        Assert.Equal(1, Run("lint", Set));
        Assert.Equal($"{path}(6,1): error LGM004: 'risk_lvl' is not a key of the manifest. The nearest is 'risk_level'.\n0 sound, 1 errors, 0 warnings\n", _output);
        Assert.Equal(1, Run("lint", path));
    }

    [Fact]
    public void A_manifest_in_another_encoding_is_not_read_as_something_else()
    {
        var path = Write("minimal.yaml", "");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(RepositoryFiles.Fixture("minimal.yaml") + "# caf\u00e9\n"));
        Assert.Equal(1, Run("lint", Set));
        Assert.StartsWith($"{path}(1,1): error LGM001: The file is not UTF-8", _output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_provider_of_another_folder_is_known_by_its_list()
    {
        var further = Path.Combine(_folder, "further.txt");
        File.WriteAllText(further, $"deliver_event sha256:{new string('0', 64)} latchgate:io/http\n");
        Write("base.yaml", RepositoryFiles.Fixture("base.yaml").Replace("builtin:http_api", "builtin:deliver_event", StringComparison.Ordinal));
        Assert.Equal(1, Run("lint", Set));
        Assert.Contains("LGM012", _output, StringComparison.Ordinal);
        Assert.True(Run("lint", Set, "--modules", further) == 0, _output);
        Assert.True(Run("lock", Set, "--modules", further) == 0, _output);
    }

    [Fact]
    public void Sarif_holds_rule_place_and_message()
    {
        Write("base.yaml", RepositoryFiles.Fixture("base.yaml").Replace("risk_level", "risk_lvl", StringComparison.Ordinal));
        Assert.Equal(1, Run("lint", Set, "--format", "sarif"));
        using var log = JsonDocument.Parse(_output);
        var run = log.RootElement.GetProperty("runs")[0];
        Assert.Equal("2.1.0", log.RootElement.GetProperty("version").GetString());
        Assert.Equal("LGM004", run.GetProperty("tool").GetProperty("driver").GetProperty("rules")[0].GetProperty("id").GetString());
        var result = run.GetProperty("results")[0];
        Assert.Equal(("LGM004", "error"), (result.GetProperty("ruleId").GetString(), result.GetProperty("level").GetString()));
        var region = result.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("region");
        Assert.Equal((6, 1), (region.GetProperty("startLine").GetInt32(), region.GetProperty("startColumn").GetInt32()));
        Assert.Equal(0, Run("lint", Write("minimal.yaml", RepositoryFiles.Fixture("minimal.yaml")), "--format", "sarif"));
    }

    [Fact]
    public void Two_files_with_one_id_are_a_fault_of_the_set()
    {
        Write("a.yaml", RepositoryFiles.Fixture("minimal.yaml"));
        Write("b.yaml", RepositoryFiles.Fixture("minimal.yaml"));
        Assert.Equal(1, Run("lint", Set));
        Assert.Contains("b.yaml(1,12): error LGM010", _output, StringComparison.Ordinal);
        Assert.EndsWith("\n1 sound, 1 errors, 0 warnings\n", _output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_of_versions_only_grows()
    {
        var path = Write("minimal.yaml", RepositoryFiles.Fixture("minimal.yaml"));
        Assert.Equal(1, Run("lock", Set, "--check"));
        Assert.False(File.Exists(Path.Combine(Set, "lock.json")));
        Assert.Equal(0, Run("lock", Set));
        var first = File.ReadAllText(Path.Combine(Set, "lock.json"));
        Assert.Contains("\"minimal@1.0.0\": \"sha256:", first, StringComparison.Ordinal);
        Assert.Equal(0, Run("lock", Set, "--check"));

        // A change under the same version is refused, and what is listed stays.
        Write("minimal.yaml", RepositoryFiles.Fixture("minimal.yaml").Replace("little", "much", StringComparison.Ordinal));
        Assert.Equal(1, Run("lock", Set));
        Assert.Contains("error LGM100", _error, StringComparison.Ordinal);
        Assert.Equal(1, Run("lint", path));
        Assert.Equal(first, File.ReadAllText(Path.Combine(Set, "lock.json")));

        // A higher version is added beside the first.
        Write("minimal.yaml", RepositoryFiles.Fixture("minimal.yaml").Replace("little", "much", StringComparison.Ordinal).Replace("1.0.0", "1.1.0", StringComparison.Ordinal));
        Assert.Equal(0, Run("lint", path));
        Assert.Contains("warning LGM101", _output, StringComparison.Ordinal);
        Assert.Equal(0, Run("lock", Set));
        var second = File.ReadAllText(Path.Combine(Set, "lock.json"));
        Assert.Contains(first.Split('\n').Single(static line => line.Contains("minimal@1.0.0", StringComparison.Ordinal)), second, StringComparison.Ordinal);
        Assert.Contains("minimal@1.1.0", second, StringComparison.Ordinal);
    }

    [Fact]
    public void A_version_that_nobody_has_used_can_be_entered_anew()
    {
        Write("minimal.yaml", RepositoryFiles.Fixture("minimal.yaml"));
        Assert.Equal(0, Run("lock", Set));
        var before = File.ReadAllText(Path.Combine(Set, "lock.json"));
        Write("minimal.yaml", RepositoryFiles.Fixture("minimal.yaml").Replace("little", "much", StringComparison.Ordinal));
        Assert.Equal(0, Run("lock", Set, "--amend", "minimal"));
        Assert.NotEqual(before, File.ReadAllText(Path.Combine(Set, "lock.json")));
        Assert.Equal(0, Run("lint", Set));
    }

    [Theory]
    [InlineData]
    [InlineData("lint")]
    [InlineData("lint", "a", "b")]
    [InlineData("lint", "a", "--format", "xml")]
    [InlineData("lint", "a", "--amend", "x")]
    [InlineData("build", "a")]
    [InlineData("schema", "a")]
    public void A_wrong_command_line_is_answered_with_the_right_one(params string[] arguments)
    {
        Assert.Equal(64, ManifestTool.Run(arguments, TextWriter.Null, TextWriter.Null));
    }

    [Fact]
    public void What_cannot_be_read_is_said()
    {
        Assert.Equal(1, Run("lint", Path.Combine(_folder, "gone.yaml")));
        Assert.Contains("gone.yaml", _error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_repositorys_own_manifests_lint_clean_and_are_all_listed()
    {
        var modules = Path.Combine(RepositoryFiles.Root, "providers/modules.lock");
        using var output = new StringWriter();
        Assert.True(ManifestTool.Run(["lock", Path.Combine(RepositoryFiles.Root, "manifests"), "--check", "--modules", modules], output, output) == 0, output.ToString());
    }

    [Fact]
    public void The_schema_for_editors_is_that_of_the_reader()
    {
        var file = Path.Combine(RepositoryFiles.Root, "manifests/manifest.schema.json");
        if (Environment.GetEnvironmentVariable("LATCHGATE_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(file, EditorSchema.Text);
        }

        Assert.Equal(File.ReadAllText(file), EditorSchema.Text);
        using var schema = JsonDocument.Parse(EditorSchema.Text);
        var fuel = schema.RootElement.GetProperty("definitions").GetProperty("resource_limits").GetProperty("properties").GetProperty("fuel");
        Assert.Equal((1, 1_000_000_000), (fuel.GetProperty("minimum").GetInt64(), fuel.GetProperty("maximum").GetInt64()));
    }

    [Fact]
    public void The_example_of_the_guide_builds()
    {
        var guide = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs/manifests.md"));
        var start = guide.IndexOf("```yaml\n", guide.IndexOf("## A full example", StringComparison.Ordinal), StringComparison.Ordinal) + 8;
        var manifest = guide[start..guide.IndexOf("```", start, StringComparison.Ordinal)];
        var spec = GeneratorHarness.LoadOne(manifest);
        Assert.Equal("TRACKER_TOKEN", Assert.Single(spec.Secrets).Name);
    }

    [Fact]
    public void The_manifest_to_start_from_lints_clean()
    {
        Write("new.yaml", LatchGate.Cli.ManifestSkeleton.Of("tracker_read"));
        Assert.Equal(0, Run("lint", Set));
        Assert.Equal("1 sound, 0 errors, 0 warnings\n", _output);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(Set, name);
        File.WriteAllText(path, text);
        return path;
    }

    private int Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = ManifestTool.Run([.. arguments, "--modules", _modules], output, error);
        (_output, _error) = (output.ToString(), error.ToString());
        return code;
    }
}
