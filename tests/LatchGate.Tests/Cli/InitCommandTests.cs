using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli.Presets;
using LatchGate.Config;

namespace LatchGate.Tests.Cli;

/// <summary><c>latchgate init</c> and <c>presets</c>: files, mistakes, and what is never overwritten.</summary>
public sealed class InitCommandTests : IDisposable
{
    private readonly CliHarness _cli = new()
    {
        Actions =
        [
            TestActions.Fetch with { Tags = ["research"] },
            TestActions.Fetch with { Id = "page_list", Tags = ["research", "devops"] },
            TestActions.Delete with { Tags = ["agent"] },
        ],
    };

    public void Dispose() => _cli.Dispose();

    private JsonElement Acl
    {
        get
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(_cli.Root["home/.local/state/latchgate/policies/data.json"]));
            return document.RootElement.Clone();
        }
    }

    private GateConfig Config => GateConfigReader.Load(_cli.Root["home/.config/latchgate/latchgate.toml"], _cli.Environment);

    [Fact]
    public async Task A_union_of_tags_takes_each_action_once()
    {
        Assert.Equal(0, await _cli.RunAsync("init", "--preset", "ops", "--json"));
        Assert.Equal(["http_delete", "page_list"], Config.Actions!.Value);
        Assert.Equal("agent:ada", Config.Identity.Principals[1000].Principal);
        var acl = Acl.GetProperty("acl");
        Assert.Equal(["page_list"], Texts(acl.GetProperty("*").GetProperty("allowed_actions")));
        Assert.Equal(["http_read"], Texts(acl.GetProperty("*").GetProperty("allowed_sinks")));
        Assert.Equal(["http_delete", "page_list"], Texts(acl.GetProperty("agent:ada").GetProperty("allowed_actions")));
        Assert.Equal(["http_delete", "http_read"], Texts(acl.GetProperty("agent:ada").GetProperty("allowed_sinks")));
        Assert.True(acl.GetProperty("agent:ada").GetProperty("inherits_wildcard").GetBoolean());
    }

    [Fact]
    public async Task Principals_are_named_and_mapped()
    {
        string[] principals = ["agent:one", "agent:two=1002", "agent:three"];
        Assert.Equal(0, await _cli.RunAsync(["init", "--preset", "read-only", "--principal", .. principals, "--json"]));
        Assert.Equal("agent:one", Config.Identity.Principals[1000].Principal);
        Assert.Equal("agent:two", Config.Identity.Principals[1002].Principal);
        Assert.Equal(2, Config.Identity.Principals.Count);
        Assert.True(Acl.GetProperty("acl").TryGetProperty("agent:three", out _));
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("uid:7")]
    [InlineData("agent:x=minus")]
    public async Task A_principal_that_is_none_is_refused_before_anything_is_made(string principal)
    {
        Assert.Equal(64, await _cli.RunAsync("init", "--preset", "blank", "--principal", principal));
        Assert.False(Directory.Exists(_cli.Root["home/.config/latchgate"]));
    }

    [Fact]
    public async Task A_user_who_would_be_two_principals_is_refused()
    {
        Assert.Equal(64, await _cli.RunAsync("init", "--preset", "blank", "--principal", "agent:x=7", "agent:y=7"));
        Assert.Contains("two principals", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_exists_is_replaced_with_force_alone_and_kept_beside_it()
    {
        Assert.Equal(0, await _cli.RunAsync("init", "--preset", "read-only"));
        var (config, key) = (_cli.Root["home/.config/latchgate/latchgate.toml"], _cli.Root["home/.local/state/latchgate/keys/receipt.key"]);
        var (before, keyBefore) = (File.ReadAllText(config), File.ReadAllBytes(key));
        Assert.Equal(1, await _cli.RunAsync("init", "--preset", "ops", "--json"));
        Assert.Equal("already_initialised", _cli.Json.GetProperty("error").GetString());
        Assert.Equal(before, File.ReadAllText(config));

        Assert.Equal(0, await _cli.RunAsync("init", "--preset", "ops", "--force"));
        Assert.NotEqual(before, File.ReadAllText(config));
        Assert.Equal(before, File.ReadAllText(config + ".bak"));
        Assert.Equal(keyBefore, File.ReadAllBytes(key));
        Assert.NotEqual("v1", Acl.GetProperty("policy_version").GetString());
    }

    [Fact]
    public async Task Up_takes_a_preset_the_first_time_only()
    {
        _cli.RunGate = (config, onReady, _) =>
        {
            onReady(new LatchGate.Pipeline.GateReady(config.ListenUdsPath, config.ListenAdminUdsPath, 2));
            return Task.CompletedTask;
        };
        Assert.Equal(0, await _cli.RunAsync("up", "--preset", "read-only"));
        Assert.Equal(["http_fetch", "page_list"], Config.Actions!.Value);
        Assert.Equal(64, await _cli.RunAsync("up", "--preset", "read-only"));
        Assert.Contains("latchgate init --preset read-only --force", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_without_a_preset_grants_the_quickstart_to_its_user_and_nothing_to_others()
    {
        _cli.RunGate = (config, onReady, _) =>
        {
            onReady(new LatchGate.Pipeline.GateReady(config.ListenUdsPath, config.ListenAdminUdsPath, 2));
            return Task.CompletedTask;
        };
        Assert.Equal(0, await _cli.RunAsync("up"));
        Assert.Equal(["http_delete", "http_fetch"], Config.Actions!.Value);
        var principal = Assert.Single(Acl.GetProperty("acl").EnumerateObject());
        Assert.Equal("agent:ada", principal.Name);
        Assert.Equal(["http_delete", "http_fetch"], Texts(principal.Value.GetProperty("allowed_actions")));
    }

    [Theory]
    [InlineData("[preset]\nname = \"x\"\nmanifests = \"listed:http_fetsch\"\n", "Did you mean 'http_fetch'?")]
    [InlineData("[preset]\nname = \"x\"\nmanifests = \"tagged:agent,reserch\"\n", "Did you mean 'research'?")]
    [InlineData("[preset]\nname = \"x\"\nmanifests = \"some\"\n", "listed:ACTION")]
    [InlineData("[preset]\nname = \"x\"\nmanifests = \"listed:a,,b\"\n", "one comma")]
    [InlineData("[preset]\nname = \"x\"\n", "manifests")]
    [InlineData("[preset]\nname = \"x\"\nmanifests = \"all\"\nmanifest = \"all\"\n", "preset.manifest")]
    [InlineData("[preset]\nname = \"x\"\nmanifests = \"all\"\n[preset.policy]\nwildcard_grant = \"risk_below:low\"\n", "risk_below:medium")]
    [InlineData("[preset]\nname = \"x\"\nmanifests = \"all\"\n[preset.policy]\nwildcard_grant = \"all\"\n", "LATCHGATE_UNSAFE_DEV=1")]
    [InlineData("[preset\n", "mine.toml:1:")]
    public async Task A_mistake_in_a_file_is_named_with_its_remedy_and_nothing_is_made(string toml, string said)
    {
        _cli.Root.Write("work/mine.toml", toml);
        Assert.Equal(1, await _cli.RunAsync("init", "--preset", "mine.toml"));
        Assert.Contains(said, _cli.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_cli.Root["home/.config/latchgate"]));
    }

    [Fact]
    public async Task A_file_of_ones_own_is_used_and_named_where_it_lies_beside_the_configuration()
    {
        const string Toml = """
            [preset]
            name = "mine"
            description = "Only pages."
            manifests = "listed:page_list"
            [preset.policy]
            wildcard_grant = "none"
            principal_grant = "all"
            """;
        _cli.Root.Write("home/.config/latchgate/presets/pages.toml", Toml);
        Assert.Equal(0, await _cli.RunAsync("presets", "list", "--json"));
        var own = _cli.Json.GetProperty("presets").EnumerateArray().Single(p => p.GetProperty("name").GetString() == "pages");
        Assert.Equal(1, own.GetProperty("actions").GetInt32());
        Assert.Equal(0, await _cli.RunAsync("init", "--preset", "pages"));
        Assert.Equal(["page_list"], Texts(Assert.Single(Acl.GetProperty("acl").EnumerateObject()).Value.GetProperty("allowed_actions")));
    }

    [Fact]
    public async Task Where_a_file_grants_others_nothing_principals_get_nothing_unless_it_says_so()
    {
        _cli.Root.Write("work/mine.toml", "[preset]\nname = \"x\"\nmanifests = \"all\"\n[preset.policy]\nwildcard_grant = \"none\"\n");
        Assert.Equal(0, await _cli.RunAsync("init", "--preset", "./mine.toml"));
        Assert.Empty(Texts(Assert.Single(Acl.GetProperty("acl").EnumerateObject()).Value.GetProperty("allowed_actions")));
    }

    [Fact]
    public async Task A_preset_that_selects_nothing_here_is_refused_and_the_list_says_why()
    {
        Assert.Equal(1, await _cli.RunAsync("init", "--preset", "data"));
        Assert.Contains("data-pipeline", _cli.Error, StringComparison.Ordinal);
        Assert.Equal(0, await _cli.RunAsync("init", "--list", "--json"));
        var data = _cli.Json.GetProperty("presets").EnumerateArray().Single(p => p.GetProperty("name").GetString() == "data");
        Assert.Contains("data-pipeline", data.GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_unknown_is_answered_with_the_nearest()
    {
        Assert.Equal(64, await _cli.RunAsync("presets", "show", "codng"));
        Assert.Contains("Did you mean 'coding'?", _cli.Error, StringComparison.Ordinal);
        Assert.Equal(0, await _cli.RunAsync("presets", "show", "read-only"));
        Assert.Contains("page_list", _cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_build_has_every_preset_of_the_reference()
    {
        string[] names = ["quickstart", "agent", "coding", "read-only", "devops", "data", "team", "ops", "lockdown", "permissive", "blank"];
        Assert.Equal(names, BuiltInPresets.All.Select(static preset => preset.Name));

        // A union has everything that its parts have.
        var ops = PresetSelection.Of(BuiltInPresets.All.Single(static p => p.Name == "ops"), CompiledActions.All).Actions;
        foreach (var part in (string[])["agent", "devops"])
        {
            var of = PresetSelection.Of(BuiltInPresets.All.Single(p => p.Name == part), CompiledActions.All).Actions;
            Assert.All(of, action => Assert.Contains(action, ops));
        }
    }

    private static IEnumerable<string> Texts(JsonElement list) => list.EnumerateArray().Select(static item => item.GetString()!);
}
