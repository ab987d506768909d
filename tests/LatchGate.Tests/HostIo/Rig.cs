using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using LatchGate.Egress;
using LatchGate.HostIo;
using LatchGate.Sandbox;

namespace LatchGate.Tests.HostIo;

/// <summary>Answers lookups from a table and remembers what was asked.</summary>
internal sealed class TableResolver : IHostResolver
{
    internal Dictionary<string, IPAddress[]> Table { get; } = [];

    internal List<string> Asked { get; } = [];

    public ValueTask<(EgressReason Reason, IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation)
    {
        var host = permit.Question.Target.Host;
        lock (Asked)
        {
            Asked.Add(host);
        }

        return ValueTask.FromResult(Table.TryGetValue(host, out var addresses)
            ? (addresses.Length == 0 ? EgressReason.DnsEmpty : EgressReason.Allowed, addresses)
            : (EgressReason.DnsFailed, []));
    }
}

/// <summary>A host over real sockets, with loopback opened by rule and operator.</summary>
internal sealed class Rig : IDisposable
{
    private readonly HttpHost _host;

    internal Rig(ISocketDialer? dialer = null, X509Certificate2? root = null)
    {
        X509Certificate2Collection? roots = root is null ? null : [root];
        _host = new HttpHost(Resolver, new PinnedHttpTransport(dialer ?? SocketDialer.Instance, roots, TimeProvider.System), TimeProvider.System);
    }

    internal TableResolver Resolver { get; } = new() { Table = { ["api.test"] = [IPAddress.Loopback] } };

    internal EgressCeiling Ceiling { get; set; } = new() { PrivateCidrs = [new Cidr(IPAddress.Parse("127.0.0.0"), 8)] };

    internal EgressLimits Limits { get; set; } = EgressLimits.Default;

    internal string Rule { get; set; } = "loopback";

    internal string Principal { get; set; } = "uid:1000";

    internal int MaxRedirects { get; set; }

    public void Dispose() => _host.Dispose();

    internal HttpHostCalls Calls() => new(_host, new HttpCallContext(Rules(), Ceiling, Principal, "test_action", 1 << 20, MaxRedirects), _ => { });

    internal async Task<(bool Ok, JsonElement Body, HttpHostCalls Calls)> CallAsync(string json, CancellationToken cancellation = default)
    {
        var calls = Calls();
        var answer = await calls.CallAsync(HostImports.Http, Encoding.UTF8.GetBytes(json), cancellation);
        return (answer.Ok, JsonDocument.Parse(answer.Body).RootElement, calls);
    }

    internal Task<(bool Ok, JsonElement Body, HttpHostCalls Calls)> GetAsync(string url) =>
        CallAsync($$"""{"method":"GET","url":"{{url}}"}""");

    private EgressRuleSet Rules() => new(
        EgressProfile.ProxyAllowlist,
        [
            new EgressAllowRule(
                Rule,
                [new HostPattern(HostPatternKind.Suffix, "test"), new HostPattern(HostPatternKind.Exact, "127.0.0.1"), new HostPattern(HostPatternKind.Exact, "::1")],
                [],
                [new PortRange(1, ushort.MaxValue)],
                EgressSchemes.Http | EgressSchemes.Https,
                [],
                AllowPrivateTargets: true,
                Resolve: false,
                Expires: null),
        ],
        [],
        AllowLearning: false,
        Limits);
}
