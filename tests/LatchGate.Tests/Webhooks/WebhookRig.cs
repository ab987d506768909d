using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using LatchGate.Approvals;
using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.HostIo;
using LatchGate.Secrets;
using LatchGate.Telemetry;
using LatchGate.Tests.Config;
using LatchGate.Tests.Evidence;
using LatchGate.Tests.HostIo;
using LatchGate.Webhooks;

namespace LatchGate.Tests.Webhooks;

/// <summary>
/// A ledger, its outbox and its dispatcher over real sockets and real TLS. The clock of due times is the test's; time-outs are real.
/// </summary>
internal sealed class WebhookRig : IAsyncDisposable
{
    internal const string Key = "whsec_0123456789abcdef";

    private readonly Config.TempDirectory _files = new();
    private readonly TempLedger _state = new(open: false);
    private readonly X509Certificate2? _root;
    private readonly string _toml;
    private HttpHost? _http;
    private PlanVault? _vault;

    /// <param name="toml">The <c>[[webhooks]]</c> tables.</param>
    /// <param name="root">Trusted instead of the system's authorities.</param>
    internal WebhookRig(string toml, X509Certificate2? root = null) => (_toml, _root) = (toml, root);

    internal Ledger Ledger { get; private set; } = null!;

    internal WebhookDispatcher Dispatcher { get; private set; } = null!;

    internal WebhookSubscriptions Subscriptions { get; private set; } = null!;

    internal TableResolver Resolver { get; } = new() { Table = { ["hooks.test"] = [IPAddress.Loopback], ["other.test"] = [IPAddress.Loopback] } };

    internal EgressCeiling Ceiling { get; set; } = new() { PrivateCidrs = [new Cidr(IPAddress.Parse("127.0.0.0"), 8)] };

    internal ISecretSource Secrets { get; set; } = FixedSecrets.Of(("HOOK_KEY", Key), ("CHAT_TOKEN", "T0/B0/very-secret-path"), ("PD_KEY", "0123456789abcdef0123456789abcdef"));

    internal Uri? Proxy { get; set; }

    /// <summary>Stands for the disk's confirmation of a commit; null asks the disk.</summary>
    internal Action? Sync { get; set; }

    internal StringWriter Log { get; } = new();

    internal TempLedger State => _state;

    /// <summary>A table of a generic endpoint.</summary>
    internal static string Endpoint(string url, string name = "hook", string events = "\"action.executed\"", string more = "") =>
        $"[[webhooks]]\nname = \"{name}\"\nurl = \"{url}\"\nsecret = \"HOOK_KEY\"\nevents = [{events}]\ntimeout_seconds = 2\n{more}\n";

    internal static string Url(int port, string host = "hooks.test", string path = "/in") =>
        string.Create(CultureInfo.InvariantCulture, $"https://{host}:{port}{path}");

    /// <summary>Starts as the gate does; without <paramref name="send"/> nothing is sent.</summary>
    internal WebhookRig Start(bool send = true)
    {
        var config = GateConfigReader.Load(_files.Write("latchgate.toml", _toml), TestEnvironment.In(_files));
        Subscriptions = WebhookSubscriptions.Of(config.Webhooks)!;
        Ledger = Ledger.Open(_state.Path, _state.Signer, _state.Time, new LedgerOptions { AllowVolatile = true, Webhooks = Subscriptions, Sync = Sync });
        X509Certificate2Collection? roots = _root is null ? null : [_root];
        _http = new HttpHost(Resolver, new PinnedHttpTransport(SocketDialer.Instance, roots, TimeProvider.System, Proxy), TimeProvider.System, Secrets);
        _vault = PlanVault.LoadOrCreate(Path.Combine(_state.Folder, "approvals.key"));
        var log = new GateLog(Log, LogLevel.Info, TimeProvider.System);
        var sender = new WebhookSender(_http, Ceiling, new WebhookRequests(Ledger, _vault, Secrets.Redactor), _state.Time);
        Dispatcher = new WebhookDispatcher(Ledger, Subscriptions, sender, log, _state.Time);
        if (send)
        {
            Send();
        }

        return this;
    }

    internal void Send() => Dispatcher.Start([.. Subscriptions.Endpoints.Select(e => e.Config)]);

    /// <summary>Stops as a gate does that is killed: nothing under way comes to its end.</summary>
    internal async Task StopAsync()
    {
        await Dispatcher.StopAsync(TimeSpan.Zero);
        Dispatcher.Dispose();
        Ledger.Dispose();
        _http!.Dispose();
        _vault!.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _state.Dispose();
        _files.Dispose();
    }

    /// <summary>Appends an event that is <c>action.executed</c> to receivers.</summary>
    internal async Task<long> AppendAsync(AuditEvent? e = null)
    {
        var written = await Ledger.AppendEventAsync(e ?? TempLedger.Event(_state.NextId()) with { ReceiptId = "r-1", VerificationOutcome = "verified" });
        Assert.True(written.IsDurable);
        return written.Value;
    }

    /// <summary>Lets time pass and the workers look.</summary>
    internal void Advance(TimeSpan by)
    {
        _state.Time.Advance(by);
        foreach (var endpoint in Subscriptions.Endpoints)
        {
            endpoint.Wake();
        }
    }

    internal IReadOnlyList<Delivery> Deliveries(string? endpoint = null) =>
        Ledger.Read(reader => reader.ListDeliveries(new DeliveryQuery(null, endpoint, null, 1000)));

    /// <summary>Waits until the deliveries are as a test wants them.</summary>
    internal async Task<IReadOnlyList<Delivery>> UntilAsync(Func<IReadOnlyList<Delivery>, bool> isSo, string? endpoint = null)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var deliveries = Deliveries(endpoint);
            if (isSo(deliveries))
            {
                return deliveries;
            }

            Assert.False(patience.IsCancellationRequested, string.Join("; ", deliveries.Select(d => $"{d.State} {d.Attempts} {d.Error}")) + Log);
            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>Waits until the only delivery has had so many attempts.</summary>
    internal async Task<Delivery> AfterAsync(int attempts) => Assert.Single(await UntilAsync(all => all.Count == 1 && all[0].Attempts >= attempts));
}

/// <summary>A receiver over TLS that keeps what it got; the test says what it answers, by the number of the request.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private int _count;

    internal Receiver(Func<int, Stream, CancellationToken, Task> answer, X509Certificate2? certificate = null)
    {
        Certificate = certificate ?? TestCertificates.SelfSigned("hooks.test");
        _server = new LoopbackServer((_, stream, stop) => answer(Interlocked.Increment(ref _count), stream, stop), Certificate);
    }

    internal Receiver(params string[] answers)
        : this((n, stream, stop) => Say(stream, answers[Math.Min(n, answers.Length) - 1], stop))
    {
    }

    internal X509Certificate2 Certificate { get; }

    internal int Port => _server.Port;

    internal int Connections => _server.Connections;

    internal ConcurrentQueue<SeenRequest> Requests => _server.Requests;

    internal static Task Say(Stream stream, string answer, CancellationToken stop) => stream.WriteAsync(Encoding.Latin1.GetBytes(answer), stop).AsTask();

    internal static string Status(int status, string more = "") =>
        string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Some\r\nContent-Length: 0\r\n{more}\r\n");

    /// <summary>A header of a request; null when it has none.</summary>
    internal static string? Header(SeenRequest request, string name)
    {
        foreach (var line in request.Head.Split("\r\n"))
        {
            if (line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Certificate.Dispose();
    }
}
