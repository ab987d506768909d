using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using LatchGate.Egress;
using LatchGate.Egress.Caps;
using LatchGate.HostIo;
using LatchGate.Sandbox;
using LatchGate.Secrets;

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

    internal Rig(ISocketDialer? dialer = null, X509Certificate2? root = null, Uri? proxy = null, ISecretSource? secrets = null, IHostResolver? resolver = null)
    {
        X509Certificate2Collection? roots = root is null ? null : [root];
        Secrets = secrets ?? FixedSecrets.None;
        var transport = new PinnedHttpTransport(dialer ?? SocketDialer.Instance, roots, TimeProvider.System, proxy);
        _host = new HttpHost(resolver ?? Resolver, transport, TimeProvider.System, Secrets);
    }

    internal ISecretSource Secrets { get; }

    internal string? CaFile { get; set; }

    internal ImmutableArray<CredentialBinding> Credentials { get; set; } = [];

    /// <summary>The host whose rule binds the credentials; others of *.test get none.</summary>
    internal string CredentialHost { get; set; } = "api.test";

    internal ImmutableArray<string> ContentTypes { get; set; } = [];

    internal ImmutableArray<string> RequestHeaders { get; set; } = [];

    internal BandwidthCap? Bandwidth { get; set; }

    internal TableResolver Resolver { get; } = new() { Table = { ["api.test"] = [IPAddress.Loopback] } };

    internal EgressCeiling Ceiling { get; set; } = new() { PrivateCidrs = [new Cidr(IPAddress.Parse("127.0.0.0"), 8)] };

    internal EgressLimits Limits { get; set; } = EgressLimits.Default;

    internal string Rule { get; set; } = "loopback";

    internal string Principal { get; set; } = "uid:1000";

    internal int MaxRedirects { get; set; }

    public void Dispose() => _host.Dispose();

    internal HttpHostCalls Calls(GuestLog? log = null, ExecutionCaps? caps = null) => new(
        _host, new HttpCallContext(Rules(), Ceiling, Principal, "test_action", 1 << 20, MaxRedirects) { Caps = caps }, log ?? (static _ => { }));

    /// <summary>A further call of one execution.</summary>
    internal async Task<(bool Ok, JsonElement Body)> CallAsync(HttpHostCalls calls, string url)
    {
        var answer = await calls.CallAsync(HostImports.Http, Encoding.UTF8.GetBytes($$"""{"method":"GET","url":"{{url}}"}"""), CancellationToken.None);
        return (answer.Ok, JsonDocument.Parse(answer.Body).RootElement);
    }

    internal async Task<(bool Ok, JsonElement Body, HttpHostCalls Calls)> CallAsync(string json, CancellationToken cancellation = default)
    {
        var calls = Calls();
        var answer = await calls.CallAsync(HostImports.Http, Encoding.UTF8.GetBytes(json), cancellation);
        return (answer.Ok, JsonDocument.Parse(answer.Body).RootElement, calls);
    }

    internal Task<(bool Ok, JsonElement Body, HttpHostCalls Calls)> GetAsync(string url) =>
        CallAsync($$"""{"method":"GET","url":"{{url}}"}""");

    private EgressRuleSet Rules()
    {
        var rule = new EgressAllowRule(
            Rule,
            [new HostPattern(HostPatternKind.Suffix, "test"), new HostPattern(HostPatternKind.Exact, "127.0.0.1"), new HostPattern(HostPatternKind.Exact, "::1")],
            [],
            [new PortRange(1, ushort.MaxValue)],
            EgressSchemes.Http | EgressSchemes.Https,
            [],
            AllowPrivateTargets: true,
            Resolve: false,
            Expires: null)
        {
            CaFile = CaFile,
            Bandwidth = Bandwidth,
        };
        ImmutableArray<EgressAllowRule> rules = Credentials.IsEmpty
            ? [rule]
            : [rule with { Name = "bound", Hosts = [new HostPattern(HostPatternKind.Exact, CredentialHost)], Credentials = Credentials }, rule];
        return new EgressRuleSet(EgressProfile.ProxyAllowlist, rules, [], AllowLearning: false, Limits)
        {
            ContentTypes = ContentTypes,
            RequestHeaders = RequestHeaders,
        };
    }
}
