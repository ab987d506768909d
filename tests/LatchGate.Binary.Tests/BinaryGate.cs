using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using LatchGate.Tests.Api;
using LatchGate.Tests.Config;
using LatchGate.Tests.HostIo;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Binary.Tests;

/// <summary>The published binary in a home of its own, with one upstream on loopback. Ends its processes and removes its files.</summary>
public sealed partial class BinaryGate : IAsyncLifetime
{
    internal const int Hangup = 1;
    internal const int Interrupt = 2;
    internal const int Kill = 9;
    internal const int Terminate = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TempDirectory _root = new();
    private readonly StringBuilder _log = new();

    internal static string Path { get; } = System.IO.Path.Combine(RepositoryRoot.Path, "artifacts", "latchgate");

    public BinaryGate() => Upstream = new(async (request, stream, stop) =>
    {
        OnRequest?.Invoke(request.Head);
        await TestUpstream.AnswerAsync(request, stream, stop);
    });

    internal LoopbackServer Upstream { get; }

    /// <summary>Hears of each request at the destination, before it is answered.</summary>
    internal Action<string>? OnRequest { get; set; }

    /// <summary>What a gate, but no other command, has in its environment besides.</summary>
    internal Dictionary<string, string> GateVariables { get; } = [];

    internal Process? Running { get; private set; }

    internal string Root => _root.Path;

    internal string ConfigFile => _root["home/.config/latchgate/latchgate.toml"];

    internal string State => _root["home/.local/state/latchgate"];

    internal string Ledger => System.IO.Path.Combine(State, "audit.db");

    internal string ClientSocket => _root["run/latchgate/gate.sock"];

    internal string AdminSocket => _root["run/latchgate/gate-admin.sock"];

    /// <summary>What the gate has said on standard error since it was started.</summary>
    internal string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    internal string Url(string path = "/") => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Upstream.Port}{path}");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(File.Exists(Path), "There is no artifacts/latchgate; build it with: make gate");
        Directory.CreateDirectory(_root["home"]);
        Directory.CreateDirectory(_root["work"]);
        Directory.CreateDirectory(_root["run"]);

        // The first run makes the files; from the second on, loopback is open.
        await StartAsync("up");
        await StopAsync(Terminate);
        var text = File.ReadAllText(ConfigFile).Replace("private_cidrs = []", "private_cidrs = [\"127.0.0.0/8\"]", StringComparison.Ordinal);

        // Tests ask oftener than a session may.
        File.WriteAllText(ConfigFile, text + """

            [rate_limits]
            execute_rps_per_session = 100000
            execute_rps_anonymous = 100000
            execute_rps_per_peer = 100000
            lease_rps = 100000
            operator_read_rps = 100000
            operator_write_rps = 100000
            operator_failure_rps = 100000

            """);
    }

    public async ValueTask DisposeAsync()
    {
        if (Running is not null)
        {
            await StopAsync(Kill);
        }

        await Upstream.DisposeAsync();
        _root.Dispose();
    }

    /// <summary>Runs a command to its end.</summary>
    internal async Task<CommandResult> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(Prepare(arguments))!;
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        return new CommandResult(process.ExitCode, await output, await error);
    }

    /// <summary>Starts a gate and waits until it says that it is ready.</summary>
    /// <returns>What it said.</returns>
    internal async Task<JsonElement> StartAsync(string command = "serve")
    {
        if (Running is not null)
        {
            // A test that failed left it behind.
            await StopAsync(Kill);
        }

        lock (_log)
        {
            _log.Clear();
        }

        Running = Process.Start(Prepare(command, "--json"))!;
        Running.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
            {
                _log.AppendLine(line.Data);
            }
        };
        Running.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(Patience);
        var ready = await Running.StandardOutput.ReadLineAsync(patience.Token);
        Assert.True(ready is not null, $"The gate did not start: {Log}");
        return JsonDocument.Parse(ready).RootElement;
    }

    /// <summary>Sends a signal to the gate, which goes on.</summary>
    internal void Signal(int signal) => Assert.Equal(0, SendSignal(Running!.Id, signal));

    /// <summary>Sends a signal and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    internal async Task<int> StopAsync(int signal)
    {
        var process = Running!;
        Running = null;
        Assert.True(SendSignal(process.Id, signal) == 0 || process.HasExited);
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        var code = process.ExitCode;
        process.Dispose();
        return code;
    }

    /// <summary>Waits for the end of a gate that something else ends.</summary>
    /// <returns>The exit code.</returns>
    internal async Task<int> EndAsync()
    {
        using var process = Running!;
        Running = null;
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    internal WireAgent Agent(string? socket = null) => new(socket ?? ClientSocket, "http://localhost:3000");

    internal async Task<WireAgent> LeasedAsync()
    {
        var agent = Agent();
        Assert.Equal(200, (await agent.LeaseAsync()).Status);
        return agent;
    }

    /// <summary>
    /// Waits until proofs are younger than every one that the gate has accepted before it was started: <c>iat</c> has whole seconds.
    /// </summary>
    internal static Task NextSecondAsync() => Task.Delay(1100, TestContext.Current.CancellationToken);

    internal Task<WireAnswer> FetchAsync(WireAgent agent) => agent.ExecuteAsync("http_fetch", $$"""{"url":"{{Url()}}"}""");

    private ProcessStartInfo Prepare(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path, arguments)
        {
            WorkingDirectory = _root["work"],
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["HOME"] = _root["home"];
        start.Environment["XDG_RUNTIME_DIR"] = _root["run"];
        foreach (var (name, value) in arguments[0] is "serve" or "up" ? GateVariables : [])
        {
            start.Environment[name] = value;
        }

        return start;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}

/// <summary>How a command ended.</summary>
internal sealed record CommandResult(int Exit, string Output, string Error)
{
    internal JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>The one line of JSON that says why the gate did not start.</summary>
    internal JsonElement StartupError
    {
        get
        {
            Assert.Equal(1, Exit);
            var line = Assert.Single(Error.Split('\n'), line => line.StartsWith("{\"startup_error\"", StringComparison.Ordinal));
            var json = JsonDocument.Parse(line).RootElement;
            Assert.Equal(["startup_error", "detail", "remedy"], json.EnumerateObject().Select(member => member.Name));
            Assert.All(json.EnumerateObject(), member => Assert.NotEmpty(member.Value.GetString()!));
            Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
            return json;
        }
    }
}
