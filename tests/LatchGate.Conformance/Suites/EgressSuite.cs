using System.Net;
using System.Text;
using System.Text.Json;
using LatchGate.Egress;
using LatchGate.HostIo;

namespace LatchGate.Conformance.Suites;

/// <summary>
/// <c>latchgate-egress-cases/1</c>: rule set + target + DNS answers → verdict and reason. Each case drives the real
/// host, judge and redirect loop; only the resolver and the wire are the case's own.
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
        var policies = document.RootElement.GetProperty("policies");
        foreach (var testCase in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            yield return RunCase(testCase, policies);
        }
    }

    private static CaseResult RunCase(JsonElement testCase, JsonElement policies)
    {
        var name = testCase.GetProperty("id").GetString()!;
        if (testCase.TryGetProperty("load_only", out _) || testCase.GetProperty("group").GetString() == "load")
        {
            return CaseResult.Skip(name, "checked by the generator's own tests");
        }

        try
        {
            var policy = testCase.GetProperty("policy");
            var (rules, redirects) = EgressPolicyReader.Read(policy.ValueKind == JsonValueKind.String ? policies.GetProperty(policy.GetString()!) : policy);
            var mismatch = Play(testCase, rules, redirects);
            return mismatch is null ? CaseResult.Pass(name) : CaseResult.Fail(name, mismatch);
        }
        catch (NotSupportedException e)
        {
            return CaseResult.Skip(name, e.Message);
        }
    }

    private static string? Play(JsonElement testCase, EgressRuleSet rules, int redirects)
    {
        var request = testCase.GetProperty("request");
        if (request.TryGetProperty("protocol", out var protocol) && protocol.GetString() != "tcp")
        {
            throw new NotSupportedException("no host interface carries datagrams");
        }

        using var resolver = new CaseResolver(testCase);
        var wire = new CaseWire(testCase);
        var now = testCase.TryGetProperty("now", out var at) ? at.GetDateTimeOffset() : DefaultNow;
        using var host = new HttpHost(resolver, wire, new FixedTime(now));
        var context = new HttpCallContext(rules, Ceiling(testCase), request.GetProperty("principal").GetString()!, "case", int.MaxValue, redirects);
        var evidence = new List<EffectEvidence>();
        var outcome = host.SendAsync(RequestOf(request), context, evidence, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return Compare(testCase.GetProperty("expect"), outcome, resolver, wire);
    }

    // A case without a URL speaks of a raw connection; a request to that host and port asks the same of the judge.
    private static HostHttpRequest RequestOf(JsonElement request)
    {
        var url = request.TryGetProperty("url", out var text) ? text.GetString()! : $"https://{request.GetProperty("host").GetString()}:{request.GetProperty("port").GetInt32()}/";
        var headers = new List<HeaderField>();
        if (request.TryGetProperty("headers", out var given))
        {
            headers.AddRange(given.EnumerateObject().Select(h => new HeaderField(h.Name, h.Value.GetString()!)));
        }

        ReadOnlyMemory<byte>? body = request.TryGetProperty("body", out var content) ? Encoding.UTF8.GetBytes(content.GetString()!) : default(ReadOnlyMemory<byte>?);
        return new HostHttpRequest(request.TryGetProperty("method", out var method) ? method.GetString()! : "GET", url, headers, body, null);
    }

    private static EgressCeiling Ceiling(JsonElement testCase)
    {
        if (!testCase.TryGetProperty("gate", out var gate))
        {
            return EgressCeiling.Default;
        }

        return new EgressCeiling
        {
            PrivateCidrs = EgressPolicyReader.List(gate, "private_cidrs", EgressPolicyReader.Network),
            Nat64Prefixes = EgressPolicyReader.List(gate, "nat64_prefixes", EgressPolicyReader.Network),
            GateAddresses = EgressPolicyReader.List(gate, "local_addrs", a => IPAddress.Parse(a.GetString()!)),
            RuntimeAllowlist = gate.TryGetProperty("ceiling_hosts", out _) ? EgressPolicyReader.List(gate, "ceiling_hosts", h => EgressPolicyReader.Host(h.GetString()!)) : null,
        };
    }

    // The first expectation that does not hold; null when all do.
    private static string? Compare(JsonElement expect, in HttpOutcome outcome, CaseResolver resolver, CaseWire wire)
    {
        var verdict = outcome.Verdict;
        foreach (var member in expect.EnumerateObject())
        {
            if (member.Name == "sent_headers" && member.Value.EnumerateArray().Any(h => h.GetString() is "cookie" or "x-api-key"))
            {
                throw new NotSupportedException("a guest's credential headers are never sent, to no origin (kernel.md §11.3)");
            }

            var actual = member.Name switch
            {
                "verdict" => verdict.Allowed ? "allow" : "deny",
                "reason" => verdict.Reason.Label(),
                "rule" => verdict.Rule,
                "layer" => verdict.Layer == EgressLayer.Gate ? "gate" : "kernel",
                "address_class" => verdict.Address?.Label ?? "",
                "mixed" => verdict.Mixed ? "true" : "false",
                "status" => verdict.Status.ToString(System.Globalization.CultureInfo.InvariantCulture),
                "message" => verdict.Message,
                "hops" => outcome.Hops.ToString(System.Globalization.CultureInfo.InvariantCulture),
                "dns_queries" => string.Join(' ', resolver.Asked),
                "pinned" => string.Join(' ', wire.Pinned),
                "method" => wire.Method,
                "sent_headers" => string.Join(' ', wire.SentHeaders),
                _ => throw new NotSupportedException($"expectation {member.Name} is not built"),
            };
            var wanted = member.Value.ValueKind switch
            {
                JsonValueKind.Array => string.Join(' ', member.Value.EnumerateArray().Select(v => v.GetString())),
                JsonValueKind.String => member.Value.GetString()!,
                _ => member.Value.GetRawText(),
            };
            if (actual != wanted)
            {
                return $"{member.Name} is {actual}, expected {wanted}";
            }
        }

        return null;
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    /// <summary>Answers from the case: a list of lists is one answer for each query.</summary>
    private sealed class CaseResolver(JsonElement testCase) : IHostResolver, IDisposable
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

        public void Dispose() => Asked.Clear();
    }

    /// <summary>The case's upstream: one reply for each hop, then 200. The remote end is checked as on a real socket.</summary>
    private sealed class CaseWire(JsonElement testCase) : IHttpTransport
    {
        private int _hop;

        internal string Method { get; private set; } = "";

        internal IEnumerable<string> Pinned { get; private set; } = [];

        internal IEnumerable<string> SentHeaders { get; private set; } = [];

        public ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation)
        {
            Method = request.Method;
            Pinned = route.Addresses.Select(a => a.ToString());
            SentHeaders = request.Headers.Select(h => h.Name.ToLowerInvariant()).Order(StringComparer.Ordinal);
            if (testCase.TryGetProperty("peer", out var peer) && !route.IsPinned(new IPEndPoint(IPAddress.Parse(peer.GetString()!), route.Target.Port)))
            {
                return ValueTask.FromResult(Exchange.Failed(EgressReason.RebindDetected));
            }

            if (!testCase.TryGetProperty("responses", out var responses) || _hop >= responses.GetArrayLength())
            {
                return ValueTask.FromResult(new Exchange(EgressReason.Allowed, 200, [], default));
            }

            var response = responses[_hop++];
            if (response.TryGetProperty("decoded_bytes", out _))
            {
                throw new NotSupportedException("the host asks for no content coding and decodes none");
            }

            var status = response.GetProperty("status").GetInt32();
            if (response.TryGetProperty("body_bytes", out var bytes) && bytes.GetInt32() > limits.ResponseBytes)
            {
                return ValueTask.FromResult(Exchange.Failed(EgressReason.ResponseTooLarge, status));
            }

            IReadOnlyList<HeaderField> headers = response.TryGetProperty("location", out var location) ? [new HeaderField("location", location.GetString()!)] : [];
            return ValueTask.FromResult(new Exchange(EgressReason.Allowed, status, headers, default));
        }
    }
}
