using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using LatchGate.Egress;
using LatchGate.Egress.Caps;
using LatchGate.HostIo;
using LatchGate.Secrets;

namespace LatchGate.Conformance.Suites;

/// <summary>
/// <c>latchgate-egress-cases/1</c>: rule set + target + DNS answers → verdict and reason. Each case drives the real host, judge, redirect
/// loop, caps, credentials, connections and TLS; the resolver answers from the case, and every connection lands at an upstream on loopback.
/// Load cases are compiled by the real generator.
/// </summary>
internal static class EgressSuite
{
    private static readonly DateTimeOffset DefaultNow = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal static Suite Suite { get; } = new("egress", ".", Run);

    private static IEnumerable<CaseResult> Run(string folder)
    {
        var path = Path.Combine(folder, "egress-cases.json");
        if (!File.Exists(path))
        {
            yield return CaseResult.Skip("egress-cases.json", "the file is not there");
            yield break;
        }

        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        using var upstream = new EgressUpstream();
        var policies = document.RootElement.GetProperty("policies");
        var secrets = EgressPolicyReader.List(document.RootElement.GetProperty("gate_defaults"), "secrets", s => s.GetString()!);
        foreach (var testCase in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            yield return RunCase(testCase, policies, [.. secrets], upstream);
        }
    }

    private static CaseResult RunCase(JsonElement testCase, JsonElement policies, string[] secrets, EgressUpstream upstream)
    {
        var name = testCase.GetProperty("id").GetString()!;
        var policy = testCase.GetProperty("policy");
        policy = policy.ValueKind == JsonValueKind.String ? policies.GetProperty(policy.GetString()!) : policy;
        try
        {
            var mismatch = testCase.TryGetProperty("load_only", out _) || testCase.GetProperty("group").GetString() == "load"
                ? EgressLoads.Mismatch(testCase, policy)
                : Play(testCase, EgressPolicyReader.Read(policy), secrets, upstream);
            return mismatch is null ? CaseResult.Pass(name) : CaseResult.Fail(name, mismatch);
        }
        catch (NotSupportedException e)
        {
            return CaseResult.Skip(name, e.Message);
        }
    }

    private static string? Play(JsonElement testCase, EgressRuleSet rules, string[] secrets, EgressUpstream upstream)
    {
        var request = testCase.GetProperty("request");
        var time = new FixedTime(testCase.TryGetProperty("now", out var at) ? at.GetDateTimeOffset() : DefaultNow);
        var principal = request.GetProperty("principal").GetString()!;
        var resolver = new CaseResolver(testCase);
        var ceiling = Ceiling(testCase, principal, request);
        if (EgressPolicyReader.Protocol(request) == EgressProtocol.Udp)
        {
            // No host interface carries datagrams: the judge alone can be asked.
            Target.Parse(UrlOf(request), out var target, out _);
            var asked = new EgressQuestion(rules, ceiling, target!, "GET", principal, "case", time.GetUtcNow()) { Protocol = EgressProtocol.Udp };
            return Compare(testCase.GetProperty("expect"), new HttpOutcome(EgressJudge.JudgeBeforeDns(asked, out _), default, 0), resolver, upstream.Play(testCase));
        }

        using var store = FixedSecrets.Of([.. secrets.Select(secret => (secret, EgressUpstream.ValueOf(secret)))]);
        using var script = upstream.Play(testCase);
        using var host = new HttpHost(resolver, script, time, store);
        var caps = new CapBook(new CaseUsage(testCase), CaseUsage.Prices, time).ForExecution("case");
        CaseUsage.Preset(testCase, rules, caps);
        var context = new HttpCallContext(rules, ceiling, principal, "case", int.MaxValue, rules.MaxRedirects) { Caps = caps };
        var outcome = host.SendAsync(RequestOf(request), context, [], CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return script.Unjudged is { } address
            ? $"{address} was dialled, which nobody judged"
            : Compare(testCase.GetProperty("expect"), outcome, resolver, script);
    }

    // A case without a URL speaks of a raw connection; a request to that host and port asks the same of the judge.
    private static string UrlOf(JsonElement request) =>
        request.TryGetProperty("url", out var text) ? text.GetString()! : $"https://{request.GetProperty("host").GetString()}:{request.GetProperty("port").GetInt32()}/";

    private static HostHttpRequest RequestOf(JsonElement request)
    {
        var headers = new List<HeaderField>();
        if (request.TryGetProperty("headers", out var given))
        {
            headers.AddRange(given.EnumerateObject().Select(h => new HeaderField(h.Name, h.Value.GetString()!)));
        }

        var method = request.TryGetProperty("method", out var named) ? named.GetString()! : "GET";
        ReadOnlyMemory<byte>? body = null;
        if (request.TryGetProperty("body", out var content))
        {
            body = Encoding.UTF8.GetBytes(content.GetString()!);
        }
        else if (CaseUsage.ModelCall(request) is { } call)
        {
            (method, body) = ("POST", call);
        }

        return new HostHttpRequest(method, UrlOf(request), headers, body, null);
    }

    private static EgressCeiling Ceiling(JsonElement testCase, string principal, JsonElement request)
    {
        // The cases know no end of audit mode; the gate demands one.
        var ceiling = EgressCeiling.Default with { AuditUntil = DateTimeOffset.MaxValue };
        if (request.TryGetProperty("labels", out var labels))
        {
            var directory = new Dictionary<string, PrincipalLabels> { [principal] = new(EgressPolicyReader.Labels(labels)) };
            ceiling = ceiling with { Principals = new PrincipalDirectory(directory) };
        }

        if (!testCase.TryGetProperty("gate", out var gate))
        {
            return ceiling;
        }

        return ceiling with
        {
            PrivateCidrs = EgressPolicyReader.List(gate, "private_cidrs", EgressPolicyReader.Network),
            Nat64Prefixes = EgressPolicyReader.List(gate, "nat64_prefixes", EgressPolicyReader.Network),
            GateAddresses = EgressPolicyReader.List(gate, "local_addrs", a => IPAddress.Parse(a.GetString()!)),
            OpenEgress = gate.TryGetProperty("open_egress", out var open) && open.GetBoolean(),
            Deny = EgressPolicyReader.List(gate, "deny", h => EgressPolicyReader.Host(h.GetString()!)),
            RuntimeAllowlist = gate.TryGetProperty("ceiling_hosts", out _) ? EgressPolicyReader.List(gate, "ceiling_hosts", h => EgressPolicyReader.Host(h.GetString()!)) : null,
        };
    }

    // The first expectation that does not hold; null when all do.
    private static string? Compare(JsonElement expect, in HttpOutcome outcome, CaseResolver resolver, EgressUpstream.Script script)
    {
        var verdict = outcome.Verdict;
        foreach (var member in expect.EnumerateObject())
        {
            if (member.Name == "sent_headers" && member.Value.EnumerateArray().Any(h => h.GetString() is "cookie" or "x-api-key"))
            {
                throw new NotSupportedException("a guest's own cookie and API key are never sent, to no origin: credentials come from the gate's store alone");
            }

            var actual = member.Name switch
            {
                "verdict" => verdict.Allowed ? "allow" : "deny",
                "reason" => verdict.Reason.Label(),
                "would_deny" => verdict.WouldDeny?.Label() ?? "",
                "rule" => verdict.Rule,
                "layer" => verdict.Layer == EgressLayer.Gate ? "gate" : "kernel",
                "address_class" => verdict.Address?.Label ?? "",
                "mixed" => verdict.Mixed ? "true" : "false",
                "status" => verdict.Status.ToString(CultureInfo.InvariantCulture),
                "message" => verdict.Message,
                "hops" => outcome.Hops.ToString(CultureInfo.InvariantCulture),
                "dns_queries" => string.Join(' ', resolver.Asked),
                "pinned" => string.Join(' ', script.Pinned),
                "method" => script.Last.Method,
                "sent_headers" => string.Join(' ', script.Last.GuestHeaders),
                "injected" => string.Join(' ', script.Last.Injected),
                _ => throw new NotSupportedException($"the runner does not know the expectation {member.Name}"),
            };
            var wanted = member.Value.ValueKind switch
            {
                JsonValueKind.Array => string.Join(' ', member.Value.EnumerateArray().Select(v => v.GetString())),
                JsonValueKind.String => member.Value.GetString()!,
                _ => member.Value.GetRawText(),
            };
            if (actual != wanted)
            {
                return $"{member.Name} is {actual}, expected {wanted} (the verdict's reason is {verdict.Reason.Label()})";
            }
        }

        return null;
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    /// <summary>Answers from the case: a list of lists is one answer for each query.</summary>
    private sealed class CaseResolver(JsonElement testCase) : IHostResolver
    {
        internal List<string> Asked { get; } = [];

        public ValueTask<(EgressReason Reason, IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation)
        {
            var host = permit.Question.Target.Host;
            var earlier = Asked.Count(h => h == host);
            Asked.Add(host);
            if (!testCase.TryGetProperty("dns", out var dns) || !dns.TryGetProperty(host, out var answer))
            {
                return ValueTask.FromResult<(EgressReason, IPAddress[])>((EgressReason.DnsFailed, []));
            }

            if (answer.GetArrayLength() > 0 && answer[0].ValueKind == JsonValueKind.Array)
            {
                answer = answer[Math.Min(earlier, answer.GetArrayLength() - 1)];
            }

            IPAddress[] addresses = [.. answer.EnumerateArray().Select(a => IPAddress.Parse(a.GetString()!))];
            return ValueTask.FromResult((addresses.Length == 0 ? EgressReason.DnsEmpty : EgressReason.Allowed, addresses));
        }
    }
}
