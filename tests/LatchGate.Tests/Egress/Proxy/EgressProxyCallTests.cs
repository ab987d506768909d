using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Egress.Proxy;
using LatchGate.Evidence;
using LatchGate.HostIo;
using LatchGate.Learned;
using LatchGate.Sandbox;
using LatchGate.Telemetry;
using LatchGate.Tests.Evidence;
using LatchGate.Tests.HostIo;

namespace LatchGate.Tests.Egress.Proxy;

/// <summary>
/// Requests of actions through a real Squid: both layers in a row. Names resolve to a public address for the gate, and to the test's server
/// for Squid, which as shipped would refuse this machine.
/// </summary>
public sealed class EgressProxyCallTests : IAsyncLifetime
{
    private static readonly Learner Alice = new("alice", "operator_dpop", "jkt");
    private static readonly string[] Names = ["base.example.com", "new.example.com", "other.example.com"];

    private readonly TempLedger _temp = new();
    private readonly X509Certificate2 _certificate = TestCertificates.SelfSigned("new.example.com");
    private readonly TableResolver _resolver = new();
    private LoopbackServer _tls = null!;
    private LoopbackServer _plain = null!;
    private LearnedStore _learned = null!;

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Squid.IsHere, Squid.Skipped);
        _tls = new LoopbackServer((_, stream, stop) => stream.WriteAsync(Encoding.Latin1.GetBytes(LoopbackServer.Ok("hello")), stop).AsTask(), _certificate);
        _plain = new LoopbackServer(LoopbackServer.Ok("plain"));
        _learned = new LearnedStore(_temp.Ledger, Registry, _ => { });
        foreach (var name in Names)
        {
            _resolver.Table[name] = [IPAddress.Parse("93.184.216.34")];
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_tls is not null)
        {
            await _tls.DisposeAsync();
            await _plain.DisposeAsync();
        }

        _certificate.Dispose();
        _temp.Dispose();
    }

    // A rule whose ports are those of the servers here; learned hosts open 443 alone.
    private static ActionRegistry Registry { get; } = ActionRegistry.Create(
        [
            .. CompiledActions.All.Where(a => a.Id == "http_fetch").Select(a => a with
            {
                Egress = EgressAllowlistTests.Rules(EgressAllowlistTests.Rule([EgressAllowlistTests.Pattern("base.example.com")]) with
                {
                    Ports = [new PortRange(1, 65535)],
                    Schemes = EgressSchemes.Https | EgressSchemes.Http,
                }) with { AllowLearning = true },
            }),
        ],
        CompiledActions.ManifestSetDigest,
        enabled: null);

    [Fact]
    public async Task A_learned_host_is_in_the_live_file_and_then_allowed_and_refused_by_both_layers_when_taken_away()
    {
        await using var squid = new Squid(Squid.WithLoopback, Names);
        await RunAsync(squid, async (service, host) =>
        {
            var url = Https("new.example.com");
            Assert.Equal("host_not_allowed", await SayAsync("before: GET", host, Rules(), url));

            await _learned.AddDomainAsync("http_fetch", "new.example.com", Alice, LearnSource.Api);
            await InForceAsync(service);
            Say("domains add http_fetch new.example.com; the live file:", string.Join(' ', SquidFiles.Read(squid.List)!));
            Assert.Contains("new.example.com", SquidFiles.Read(squid.List)!);
            var learned = Rules();
            Assert.Equal("hello", await SayAsync("learned: GET", host, learned, url));

            await _learned.RemoveAsync(LearnedKind.Domain, "http_fetch", "new.example.com", Alice);
            await InForceAsync(service);
            Say("domains remove http_fetch new.example.com; the live file:", string.Join(' ', SquidFiles.Read(squid.List)!));
            Assert.DoesNotContain("new.example.com", SquidFiles.Read(squid.List)!);
            Assert.Equal("host_not_allowed", await SayAsync("removed: GET", host, Rules(), url));

            // Over a new connection: a tunnel that is there stays.
            using var fresh = Host(service, squid.Address);
            Assert.Equal("proxy_denied", await SayAsync("the gate told to allow it all the same: GET", fresh, learned, url));
        });
        Assert.Equal(1, _tls.Connections);
        await squid.StopAsync();
        Say("Squid's log:", string.Join('\n', squid.Log.Split('\n').Where(l => l.Contains("new.example.com", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_host_that_only_the_gate_allows_is_refused_by_Squid_and_the_refusal_names_its_layer()
    {
        await using var squid = new Squid(Squid.WithLoopback, Names);
        await RunAsync(squid, async (_, host) =>
        {
            var rules = EgressAllowlistTests.Rules(EgressAllowlistTests.Rule([EgressAllowlistTests.Pattern(".example.com")]) with
            {
                Ports = [new PortRange(1, 65535)],
                Schemes = EgressSchemes.Https | EgressSchemes.Http,
            });
            foreach (var url in new[] { Https("other.example.com"), Http("other.example.com") })
            {
                var calls = Calls(host, rules);
                Assert.Equal("proxy_denied", await CodeAsync(calls, url));
                Assert.Equal(EgressLayer.Proxy, calls.FirstRefusal?.Layer);
            }

            Assert.Equal("plain", await CodeAsync(host, rules, Http("base.example.com")));
        });
        Assert.Equal((0, 1), (_tls.Connections, _plain.Connections));
    }

    [Fact]
    public async Task A_Squid_that_is_down_fails_the_call_and_one_that_comes_back_serves_the_next()
    {
        await using var squid = new Squid(Squid.WithLoopback, Names);
        await RunAsync(squid, async (service, host) =>
        {
            Assert.Equal("plain", await CodeAsync(host, Rules(), Http("base.example.com")));
            await squid.StopAsync();
            using var fresh = Host(service, squid.Address);
            Assert.Equal("proxy_failed", await CodeAsync(fresh, Rules(), Http("base.example.com")));
            await squid.StartAsync();
            Assert.Equal("plain", await CodeAsync(fresh, Rules(), Http("base.example.com")));
        });
    }

    [Fact]
    public async Task Through_a_Squid_that_allows_too_much_nothing_is_sent()
    {
        await using var squid = new Squid(conf => conf.Replace("http_access deny !allowed\n", "", StringComparison.Ordinal).Replace("http_access allow allowed\nhttp_access deny all", "http_access allow all", StringComparison.Ordinal), Names);
        using var service = Service(squid);
        service.Start();
        await squid.StartAsync(proved: false);
        using var host = Host(service, squid.Address);
        var calls = Calls(host, Rules());
        Assert.Equal("proxy_unattested", await CodeAsync(calls, Http("base.example.com")));
        Assert.Empty(calls.Evidence);
        Assert.True(service.State.IsOpen);
        Assert.Equal((0, 0), (_tls.Connections, _plain.Connections));
    }

    private async Task RunAsync(Squid squid, Func<EgressProxyService, HttpHost, Task> body)
    {
        using var service = Service(squid);
        service.Start();
        await squid.StartAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var serving = service.ServeAsync(stop.Token);
        await InForceAsync(service);
        using (var host = Host(service, squid.Address))
        {
            await body(service, host);
        }

        await stop.CancelAsync();
        await serving;
    }

    private EgressProxyService Service(Squid squid) => new(
        new EgressProxyConfig(squid.Address, squid.List, null), Registry, _learned, EgressCeiling.Default, new GateLog(TextWriter.Null, LogLevel.Error, TimeProvider.System), TimeProvider.System);

    private HttpHost Host(EgressProxyService service, ProxyAddress proxy) => new(_resolver, [_certificate], TimeProvider.System, null, new Uri(proxy.ToString()))
    {
        Admission = service.AdmitAsync,
    };

    private EgressRuleSet Rules()
    {
        Assert.True(Registry.TryFind("http_fetch", out var action));
        var rules = _learned.Current.RulesOf(action);
        return rules with { Allow = [.. rules.Allow.Select(r => r.Name == "learned" ? r with { Ports = [new PortRange(1, 65535)] } : r)] };
    }

    private static HttpHostCalls Calls(HttpHost host, EgressRuleSet rules) =>
        new(host, new HttpCallContext(rules, EgressCeiling.Default, "agent:x", "http_fetch", 1 << 20), static _ => { });

    // The run as a transcript, for whoever wants to see it: --output Detailed.
    private static void Say(string what, string answer) => TestContext.Current.TestOutputHelper?.WriteLine($"{what} {answer}");

    private static async Task<string> SayAsync(string what, HttpHost host, EgressRuleSet rules, string url)
    {
        var answer = await CodeAsync(host, rules, url);
        Say($"{what} {url} →", answer);
        return answer;
    }

    private static Task<string> CodeAsync(HttpHost host, EgressRuleSet rules, string url) => CodeAsync(Calls(host, rules), url);

    // The body of an answer, or the code of a refusal.
    private static async Task<string> CodeAsync(HttpHostCalls calls, string url)
    {
        var answer = await calls.CallAsync(HostImports.Http, Encoding.UTF8.GetBytes($$"""{"method":"GET","url":"{{url}}"}"""), TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty(answer.Ok ? "body_text" : "code").GetString()!;
    }

    private static Task InForceAsync(EgressProxyService service) => Eventually.HoldsAsync(
        () => service.State is { List: ListState.InForce, IsAttested: true } state && state.Digest == service.Compute().Digest.ToString());

    private string Https(string host) => string.Create(CultureInfo.InvariantCulture, $"https://{host}:{_tls.Port}/");

    private string Http(string host) => string.Create(CultureInfo.InvariantCulture, $"http://{host}:{_plain.Port}/");
}
