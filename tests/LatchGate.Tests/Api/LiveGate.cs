using System.Globalization;
using LatchGate.Actions;
using LatchGate.Cli.Client;
using LatchGate.Cli.FirstRun;
using LatchGate.Cli.Presets;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Tests.HostIo;
using LatchGate.Tests.Identity;

namespace LatchGate.Tests.Api;

/// <summary>
/// A whole gate in this process: real keys, ledger, policy, providers and sockets in a directory of its own, and one upstream on
/// loopback, which the configuration opens.
/// </summary>
public sealed class LiveGate : IAsyncLifetime
{
    private readonly Config.TempDirectory _root = new();
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private ConfigEnvironment _environment = null!;
    private string _operatorPem = "";

    public string ClientSocket { get; private set; } = "";

    public string AdminSocket { get; private set; } = "";

    public string LedgerPath => Configuration.LedgerDbPath;

    internal GateConfig Configuration { get; private set; } = null!;

    internal LoopbackServer Upstream { get; private set; } = null!;

    /// <summary>What this process's user is to the gate.</summary>
    internal string Principal { get; private set; } = "";

    internal string Root => _root.Path;

    /// <summary>More keys at the end of the configuration, such as a table of limits.</summary>
    internal string MoreConfiguration { get; init; } = "";

    /// <summary>More keys at the top of the configuration, given the gate's directory.</summary>
    internal Func<string, string>? Settings { get; init; }

    /// <summary>The table of rate limits; far above what tests do, unless a test is about them.</summary>
    internal string RateLimits { get; init; } = """
        [rate_limits]
        execute_rps_per_session = 100000
        execute_rps_anonymous = 100000
        execute_rps_per_peer = 100000
        lease_rps = 100000
        operator_read_rps = 100000
        operator_write_rps = 100000
        operator_failure_rps = 100000

        """;

    /// <summary>What the policy's data are replaced by, given the principal; null leaves those of a first run.</summary>
    internal Func<string, string>? PolicyData { get; init; }

    /// <summary>Called when a request has reached the upstream, before it is answered.</summary>
    internal Action? OnUpstreamRequest { get; set; }

    internal string RuntimeDirectory => _root["run"];

    /// <summary>The role of the first run's operator; null leaves the default.</summary>
    internal string? OperatorRole { get; init; }

    /// <summary>Actions in place of those of the build.</summary>
    internal ActionRegistry? Actions { get; init; }

    /// <summary>What sends the requests of actions, in place of the machine's own network.</summary>
    internal Func<LatchGate.Secrets.ISecretSource, LatchGate.HostIo.HttpHost>? Outside { get; init; }

    /// <summary>Puts records into the ledger before the gate opens it.</summary>
    internal Func<LiveGate, Ledger, Task>? Before { get; init; }

    /// <summary>Clock of <see cref="Before"/>.</summary>
    internal TimeProvider BeforeTime { get; init; } = TimeProvider.System;

    public string Url(string path = "/") => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Upstream.Port}{path}");

    public byte[] Fetch(string path = "/") => System.Text.Encoding.UTF8.GetBytes($$"""{"url":"{{Url(path)}}"}""");

    public async ValueTask InitializeAsync()
    {
        Upstream = new LoopbackServer((request, stream, stop) =>
        {
            OnUpstreamRequest?.Invoke();
            return TestUpstream.AnswerAsync(request, stream, stop);
        });
        var own = ConfigEnvironment.OfProcess();
        Directory.CreateDirectory(_root["home"]);
        Directory.CreateDirectory(_root["work"]);
        _environment = own with
        {
            Variable = name => name == "XDG_RUNTIME_DIR" ? _root["run"] : null,
            CurrentDirectory = _root["work"],
            HomeDirectory = _root["home"],
            UserName = "tester",
        };
        Principal = FirstRunSetup.PrincipalOf(_environment);
        var layout = FirstRunLayout.Choose(_environment, local: false);
        _operatorPem = layout.OperatorKey;
        FirstRunSetup.Complete(layout, _environment, FirstRunPlan.ForUser(PresetSelection.Everything(CompiledActions.All), _environment));
        var text = File.ReadAllText(layout.ConfigFile)
            .Replace("private_cidrs = []", "private_cidrs = [\"127.0.0.0/8\", \"::1/128\"]", StringComparison.Ordinal);
        if (OperatorRole is { } role)
        {
            text = text.Replace("dpop_jkt = ", $"role = \"{role}\"\ndpop_jkt = ", StringComparison.Ordinal);
        }

        File.WriteAllText(
            layout.ConfigFile,
            $"log_level = \"error\"\nallow_volatile_ledger = true\n{Settings?.Invoke(Root)}\n{text}\n{RateLimits}{MoreConfiguration}");
        if (PolicyData is { } data)
        {
            File.WriteAllText(layout.PolicyData, data(Principal));
        }

        Configuration = GateConfigReader.Load(layout.ConfigFile, _environment);
        if (Before is { } before)
        {
            using var key = KeyFile.LoadOrCreateEd25519(Configuration.ReceiptSigningKeyPath, "receipt signing");
            using var ledger = Ledger.Open(LedgerPath, key, BeforeTime, new LedgerOptions { AllowVolatile = true });
            await before(this, ledger);
        }

        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Upstream.DisposeAsync();
        _stop.Dispose();
        _root.Dispose();
    }

    /// <summary>Stops the gate and starts another on the same files.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Stops the gate and starts another on what the configuration file says now.</summary>
    internal async Task ReconfigureAsync()
    {
        await StopAsync();
        Configuration = GateConfigReader.Load(Configuration.Source.File, _environment);
        await StartAsync();
    }

    /// <summary>As <see cref="StartAgainAsync"/>, on what the configuration file says now.</summary>
    internal Task StartReconfiguredAsync()
    {
        Configuration = GateConfigReader.Load(Configuration.Source.File, _environment);
        return StartAsync();
    }

    /// <summary>Starts a gate where none runs, because the last one could not start.</summary>
    internal Task StartAgainAsync() => StartAsync();

    /// <summary>Checks the whole ledger, beside the running gate.</summary>
    internal VerificationReport Verify()
    {
        using var key = KeyFile.LoadOrCreateEd25519(Configuration.ReceiptSigningKeyPath, "receipt signing");
        return LedgerVerifier.Verify(LedgerPath, VerificationKeys.Of(key));
    }

    /// <summary>An agent with a lease.</summary>
    internal async Task<AgentClient> AgentAsync(int? maxCalls = null, string? fsRoot = null)
    {
        var agent = new AgentClient(ClientSocket, Configuration.PublicBaseUrl, TimeProvider.System);
        var lease = await agent.ConnectAsync(TestContext.Current.CancellationToken, maxCalls, fsRoot);
        Assert.Equal(200, lease.Status);
        return agent;
    }

    internal OperatorClient Operator() => OperatorDiscovery.Open(Configuration, null, null, _environment, TimeProvider.System);

    /// <summary>The operator of the first run, sending whatever a test wants to the admin socket.</summary>
    internal WireAgent WireOperator()
    {
        var credential = Assert.Single(Configuration.OperatorCredentials);
        return new WireAgent(AdminSocket, Configuration.PublicBaseUrl, TestKey.FromPem(File.ReadAllText(_operatorPem)))
        {
            Lease = File.ReadAllText(credential.ApiKeyFile!).Trim(),
        };
    }

    /// <summary>What the gate was configured from, for command lines beside it.</summary>
    internal ConfigEnvironment Environment => _environment;

    internal WireAgent Wire(string? socket = null) => new(socket ?? ClientSocket, Configuration.PublicBaseUrl);

    internal async Task StartAsync()
    {
        _stop.Dispose();
        _stop = new CancellationTokenSource();
        var ready = new TaskCompletionSource<GateReady>(TaskCreationOptions.RunContinuationsAsynchronously);
        _running = Task.Run(() => GateHost.RunAsync(Configuration, ready.SetResult, null, _stop.Token, Actions, Outside));
        if (await Task.WhenAny(ready.Task, _running) == _running)
        {
            await _running;
            throw new InvalidOperationException("The gate ended before it was ready.");
        }

        (ClientSocket, AdminSocket) = ((await ready.Task).ClientSocket, (await ready.Task).AdminSocket);
    }

    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }
}
