using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli;
using LatchGate.Cli.Presets;
using LatchGate.Config;
using LatchGate.Pipeline;
using LatchGate.Tests.Config;

namespace LatchGate.Tests.Cli;

/// <summary>Every preset, from nothing to a running gate.</summary>
public sealed class PresetStartTests : IDisposable
{
    private readonly TempDirectory _root = new();
    private readonly Dictionary<string, string> _variables = [];
    private StringWriter _output = new();

    public static TheoryData<string> Names() => [.. BuiltInPresets.All.Select(static preset => preset.Name)];

    public void Dispose() => _root.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_preset_starts_clean_offers_what_it_selects_and_grants_what_it_says(string name)
    {
        var stop = TestContext.Current.CancellationToken;
        var preset = BuiltInPresets.All.Single(p => p.Name == name);
        var selection = PresetSelection.Of(preset, CompiledActions.All);
        Assert.Equal(preset.Source == PresetSource.None, selection.Actions.Count == 0);
        if (name == "permissive")
        {
            Assert.Equal(1, await RunAsync(stop, "init", "--preset", name, "--json"));
            Assert.Contains("LATCHGATE_UNSAFE_DEV", _output.ToString(), StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(_root.Path, "*", SearchOption.AllDirectories));
            _variables["LATCHGATE_UNSAFE_DEV"] = "1";
        }

        Assert.Equal(0, await RunAsync(stop, "init", "--preset", name, "--principal", "agent:tester", "--json"));
        Assert.Equal(selection.Actions.Count, Json().GetProperty("manifests_count").GetInt32());
        var file = Json().GetProperty("config_path").GetString()!;
        File.WriteAllText(file, "allow_volatile_ledger = true\n" + File.ReadAllText(file));

        // Secrets that are not there yet are nothing wrong.
        Assert.True(await RunAsync(stop, "doctor", "--json") == 0, _output.ToString());
        Assert.Equal(0, Json().GetProperty("errors").GetInt32());

        foreach (var action in selection.Actions)
        {
            await GrantedAsync("agent:tester", action, preset.Named.Covers(action.Risk));

            // The gate loads no data that give everybody what a human must look at.
            await GrantedAsync("agent:stranger", action, preset.Wildcard.Covers(action.Risk) && !action.Risk.NeedsHuman());
        }

        await using var gate = await StartAsync(file);
        Assert.Equal(0, await RunAsync(stop, "actions", "--json"));
        var offered = Json().GetProperty("actions").EnumerateArray().Select(static a => a.GetProperty("action_id").GetString()!);
        Assert.Equal(selection.Actions.Select(static action => action.Id), offered);
        if (CompiledActions.All.FirstOrDefault(action => !selection.Actions.Contains(action)) is { } other)
        {
            Assert.NotEqual(0, await RunAsync(stop, "call", other.Id, "--json", "--input", "-"));
            Assert.Equal("action_not_found", Json().GetProperty("error").GetString());
        }
    }

    private async Task GrantedAsync(string principal, ActionSpec action, bool isGranted)
    {
        var expected = !isGranted ? ExitCode.Denied : action.Risk.NeedsHuman() ? ExitCode.PendingApproval : ExitCode.Ok;
        var exit = await RunAsync(
            TestContext.Current.CancellationToken,
            "policy", "check", "--principal", principal, "--action", action.Id, "--scopes", "tools:call", "--json");
        Assert.True((int)expected == exit, $"{principal} {action.Id}: {_output}");
    }

    private async Task<IAsyncDisposable> StartAsync(string file)
    {
        var stop = new CancellationTokenSource();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = Task.Run(() => GateHost.RunAsync(GateConfigReader.Load(file, Environment()), _ => ready.SetResult(), stop.Token));
        if (await Task.WhenAny(ready.Task, running) == running)
        {
            await running;
        }

        return new Running(stop, running);
    }

    private ConfigEnvironment Environment()
    {
        Directory.CreateDirectory(_root["home"]);
        Directory.CreateDirectory(_root["work"]);
        _variables["XDG_RUNTIME_DIR"] = _root["run"];
        return ConfigEnvironment.OfProcess() with
        {
            Variable = _variables.GetValueOrDefault,
            CurrentDirectory = _root["work"],
            HomeDirectory = _root["home"],
            UserName = "tester",
        };
    }

    private Task<int> RunAsync(CancellationToken stop, params string[] arguments)
    {
        _output = new StringWriter();
        return CliApp.RunAsync(
            arguments,
            new CliServices
            {
                RunGate = GateHost.RunAsync,
                VerifyLedger = OfflineLedger.Verify,
                ReadReceipt = OfflineLedger.Receipt,
                Actions = static () => CompiledActions.All,
                ManifestSetDigest = static () => CompiledActions.ManifestSetDigest.ToString(),
                Environment = Environment(),
                Output = _output,
                Error = TextWriter.Null,
                Input = static () => new MemoryStream(Encoding.UTF8.GetBytes("{}")),
                IsInteractive = false,
                IsErrorTerminal = false,
            },
            stop);
    }

    private JsonElement Json()
    {
        using var document = JsonDocument.Parse(_output.ToString());
        return document.RootElement.Clone();
    }

    private sealed class Running(CancellationTokenSource stop, Task gate) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await gate;
            stop.Dispose();
        }
    }
}
