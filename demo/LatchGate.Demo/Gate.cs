using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LatchGate.Demo;

/// <summary>The published binary, run as an operator would run it, in a workplace of its own.</summary>
internal sealed partial class Gate(Workplace workplace) : IAsyncDisposable
{
    private const int Sigterm = 15;
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(20);

    private readonly List<string> _log = [];
    private Process? _process;

    /// <summary>Path of the client socket, as the running gate reported it.</summary>
    internal string ClientSocket { get; private set; } = "";

    /// <summary>What it wrote to standard error, over all its runs.</summary>
    internal IReadOnlyList<string> Log
    {
        get
        {
            lock (_log)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>Runs <c>up --local</c> and waits until both sockets answer.</summary>
    /// <returns>What it reported: sockets, number of actions, files made.</returns>
    internal async Task<JsonElement> UpAsync(CancellationToken cancellation)
    {
        _process = Start(["up", "--local", "--json"]);
        using var limit = LimitOf(cancellation);
        var line = await _process.StandardOutput.ReadLineAsync(limit.Token)
            ?? throw new InvalidOperationException("the gate ended without a word");
        var report = Parse(line);
        if (!report.GetProperty("ok").GetBoolean())
        {
            throw new InvalidOperationException($"the gate did not start: {line}");
        }

        ClientSocket = report.GetProperty("client_socket").GetString()!;
        return report;
    }

    /// <summary>Sends SIGTERM and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    internal async Task<int> StopAsync(CancellationToken cancellation)
    {
        var process = _process ?? throw new InvalidOperationException("the gate does not run");
        if (Kill(process.Id, Sigterm) != 0)
        {
            throw new InvalidOperationException("the gate ended before it was told to");
        }

        using var limit = LimitOf(cancellation);
        await process.WaitForExitAsync(limit.Token);
        var code = process.ExitCode;
        process.Dispose();
        _process = null;
        return code;
    }

    /// <summary>Runs one command to its end; no running gate is needed.</summary>
    internal async Task<(int ExitCode, JsonElement Answer)> RunAsync(string[] arguments, CancellationToken cancellation)
    {
        using var process = Start(arguments);
        try
        {
            using var limit = LimitOf(cancellation);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, Parse(output));
        }
        finally
        {
            End(process);
        }
    }

    public ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            End(process);
            process.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private static void End(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit(_deadline);
        }
    }

    private Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(workplace.Binary, arguments)
        {
            WorkingDirectory = workplace.Home,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Settings of the user's own gate stay out.
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("LATCHGATE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["XDG_CONFIG_HOME"] = workplace.Home;
        start.Environment["XDG_STATE_HOME"] = workplace.Home;
        start.Environment["XDG_RUNTIME_DIR"] = workplace.Sockets;
        start.Environment["LATCHGATE_LISTEN_UDS_PATH"] = Path.Combine(workplace.Sockets, "gate.sock");
        start.Environment["LATCHGATE_LISTEN_ADMIN_UDS_PATH"] = Path.Combine(workplace.Sockets, "gate-admin.sock");
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{workplace.Binary} cannot be run");
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
            {
                if (line.Data is { } text)
                {
                    _log.Add(text);
                }
            }
        };
        process.BeginErrorReadLine();
        return process;
    }

    private static CancellationTokenSource LimitOf(CancellationToken cancellation)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_deadline);
        return limit;
    }

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    [LibraryImport("libc.so.6", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
