using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LatchGate.Config;
using LatchGate.Tests.Config;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Egress.Proxy;

/// <summary>A real Squid, run by deploy/squid/start, with name service from a hosts file alone. Ended and removed after the test.</summary>
internal sealed class Squid : IAsyncDisposable
{
    internal const string Skipped = "There is no squid here; on Debian: apt-get install squid";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TempDirectory _root = new();
    private readonly StringBuilder _log = new();
    private readonly string _conf;
    private Process? _running;

    /// <param name="edit">Changes squid.conf; null leaves it as it is shipped.</param>
    /// <param name="hosts">Names that resolve, to 127.0.0.1.</param>
    internal Squid(Func<string, string>? edit = null, params string[] hosts)
    {
        // Squid runs as another user, who has to read these.
        File.SetUnixFileMode(_root.Path, (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(_root["list"], (UnixFileMode)0b111_101_101);
        var shipped = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "squid", "squid.conf"));

        // Nobody answers for names that the hosts file does not have; that is to be known soon.
        _conf = Shared("squid.conf", (edit?.Invoke(shipped) ?? shipped) + "dns_timeout 1 seconds\ndns_retransmit_interval 1 seconds\n");
        Shared("hosts", string.Join('\n', hosts.Select(h => $"127.0.0.1 {h}")) + "\n");
        Port = FreePort();
    }

    internal static bool IsHere { get; } = File.Exists("/usr/sbin/squid") || (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(p => File.Exists(Path.Combine(p, "squid")));

    internal int Port { get; }

    internal string List => _root["list/allowlist.txt"];

    internal ProxyAddress Address => new("127.0.0.1", Port);

    /// <summary>squid.conf without the rule that refuses this machine: what tests on loopback need in order to be let through.</summary>
    internal static string WithLoopback(string conf)
    {
        Assert.Contains("http_access deny to_localhost\n", conf, StringComparison.Ordinal);
        return conf.Replace("http_access deny to_localhost\n", "", StringComparison.Ordinal);
    }

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

    /// <param name="watchSeconds">How often it looks for a new list.</param>
    /// <param name="proved">Whether it is one that refuses what is not listed.</param>
    internal async Task StartAsync(int watchSeconds = 1, bool proved = true)
    {
        var start = new ProcessStartInfo(Path.Combine(RepositoryRoot.Path, "deploy", "squid", "start"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        foreach (var (name, value) in new[]
                 {
                     ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("LISTEN", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}")), ("ALLOWLIST", List),
                     ("SQUID_CONF", _conf), ("HOSTS_FILE", _root["hosts"]), ("DNS_NAMESERVERS", "127.0.0.1"), ("SQUID_USER", "nobody"),
                     ("WATCH_SECONDS", watchSeconds.ToString(CultureInfo.InvariantCulture)),
                 })
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        _running = process;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var waited = Stopwatch.StartNew();
        while (!await AnswersAsync(proved))
        {
            Assert.False(process.HasExited, $"Squid did not start: {Log}");
            Assert.True(waited.Elapsed < Patience, $"Squid does not answer: {Log}");
            await Task.Delay(20);
        }
    }

    internal async Task StopAsync()
    {
        if (_running is { } process)
        {
            _running = null;
            using (process)
            {
                Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]).Dispose();
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _root.Dispose();
    }

    /// <summary>The status of one request to the proxy; -1 when it closes without one.</summary>
    internal async Task<int> AskAsync(string request)
    {
        using var socket = await DialAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        var buffer = new byte[4096];
        var length = 0;
        while (length < 12)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), TestContext.Current.CancellationToken);
            if (read == 0)
            {
                return -1;
            }

            length += read;
        }

        return int.Parse(Encoding.ASCII.GetString(buffer, 9, 3), CultureInfo.InvariantCulture);
    }

    // Its port is closed for a moment while it takes a list over.
    private async Task<Socket> DialAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, Port);
                return socket;
            }
            catch (SocketException) when (_running is { HasExited: false } && attempt < 100)
            {
                socket.Dispose();
                await Task.Delay(20);
            }
        }
    }

    internal Task<int> ConnectAsync(string authority) => AskAsync($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");

    internal Task<int> GetAsync(string authority) => AskAsync($"GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
        {
            _log.AppendLine(line.Data);
        }
    }

    private async Task<bool> AnswersAsync(bool proved)
    {
        try
        {
            return await ConnectAsync("127.0.0.1:1") == 403 || !proved;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string Shared(string name, string content)
    {
        var path = _root.Write(name, content);
        File.SetUnixFileMode(path, (UnixFileMode)0b110_100_100);
        return path;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
