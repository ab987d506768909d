using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Bench.EndToEnd;

/// <summary>A published gate as a process of its own, with a configuration, keys, sockets and a ledger in a directory of its own.</summary>
internal sealed class GateProcess : IDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private GateProcess(Process process, string socket, TimeSpan startup)
    {
        _process = process;
        Socket = socket;
        Startup = startup;
    }

    /// <summary>The agents' socket.</summary>
    internal string Socket { get; }

    /// <summary>From before the process was made to the first 200 of <c>/readyz</c>.</summary>
    internal TimeSpan Startup { get; }

    /// <summary>The operating system's id.</summary>
    internal int Id => _process.Id;

    /// <summary>Writes what a gate needs: configuration, keys, and what the policy permits.</summary>
    internal static void Prepare(string directory)
    {
        string[] directories = [Path.Combine(directory, "state"), Path.Combine(directory, "state", "keys"), Path.Combine(directory, "state", "policies")];
        foreach (var path in directories)
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        using var issuer = P256SigningKey.Generate();
        AtomicFile.Create(Path.Combine(directories[1], "receipt.key"), RandomNumberGenerator.GetBytes(Ed25519.SeedSize));
        AtomicFile.Create(Path.Combine(directories[1], "grant.key"), RandomNumberGenerator.GetBytes(Ed25519.SeedSize));
        AtomicFile.Create(Path.Combine(directories[1], "issuer.pem"), issuer.ExportPem());
        File.WriteAllText(Path.Combine(directory, "latchgate.toml"), string.Create(CultureInfo.InvariantCulture, $$"""
            state_dir = "state"
            listen_uds_path = "gate.sock"
            listen_admin_uds_path = "admin.sock"
            lease_ttl_seconds = 3600
            log_level = "warn"
            [identity]
            provider = "peercred"
            [identity.peercred.principals.{{UserId()}}]
            principal = "agent:bench"
            scopes = ["tools:call"]
            [rate_limits]
            execute_rps_per_session = 100000
            execute_rps_anonymous = 100000
            execute_rps_per_peer = 100000
            lease_rps = 100000
            [egress]
            private_cidrs = ["127.0.0.1/32"]

            """));

        // http_post is permitted, what it does to the world is not: the policy's fifth rule refuses it, after every check before.
        File.WriteAllText(Path.Combine(directory, "state", "policies", "data.json"), """
            {"policy_version":"v1","acl":{"agent:bench":{"allowed_actions":["http_fetch","http_post"],"allowed_sinks":["http_read"]}}}
            """);
    }

    /// <summary>Starts the gate in a prepared directory and waits until it is ready.</summary>
    internal static GateProcess Start(string binary, string directory)
    {
        var socket = Path.Combine(directory, "gate.sock");
        var start = new ProcessStartInfo(binary, ["serve", "--config", Path.Combine(directory, "latchgate.toml")]) { RedirectStandardError = true };
        var said = new StringBuilder();
        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(start) ?? throw new InvalidOperationException("The gate was not started.");
        process.ErrorDataReceived += (_, line) => said.AppendLine(line.Data);
        process.BeginErrorReadLine();
        while (!IsReady(socket))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > StartDeadline)
            {
                process.Kill();
                process.WaitForExit();
                throw new InvalidOperationException($"The gate did not become ready. It says: {said}");
            }

            Thread.Sleep(1);
        }

        return new GateProcess(process, socket, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Resident memory in KiB.</summary>
    internal long ResidentKiB() => StatusKiB("VmRSS:");

    /// <summary>Resident memory that is the process's own, not pages of files, in KiB.</summary>
    internal long AnonymousKiB() => StatusKiB("RssAnon:");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(30)))
            {
                _process.Kill();
            }
        }

        _process.Dispose();
    }

    private static bool IsReady(string socket)
    {
        if (!File.Exists(socket))
        {
            return false;
        }

        try
        {
            using var connection = new RawConnection(socket);
            return connection.Exchange("GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n"u8) == 200;
        }
        catch (SocketException)
        {
            // Bound but not listening yet.
            return false;
        }
    }

    private static string UserId() => File.ReadLines("/proc/self/status")
        .Single(static l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t', StringSplitOptions.RemoveEmptyEntries)[2];

    private long StatusKiB(string name) => long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").Single(l => l.StartsWith(name, StringComparison.Ordinal)).AsSpan(name.Length).Trim().TrimEnd("kB"),
        CultureInfo.InvariantCulture);
}
