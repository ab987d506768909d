using System.Collections.Immutable;
using LatchGate.Egress;
using static LatchGate.Tests.Egress.RuleKit;

namespace LatchGate.Tests.Egress;

/// <summary>The index finds what reading every rule finds, for the same reason, and a refusal costs no memory.</summary>
public sealed class EgressIndexTests
{
    private static readonly string[] Labels = ["a", "b", "api", "evil-api", "xn--bcher-kva"];
    private static readonly string[] Ends = ["example.com", "api.com", "evil-api.com", "test.net"];

    private static readonly string[] Networks =
        ["93.184.216.0/24", "93.184.216.34/32", "93.184.0.0/15", "11.0.0.0/8", "10.0.0.0/8", "2606:4700::/32", "2606:4700::1/128", "2606:4700:1::/48", "128.0.0.0/1"];

    private static readonly string[] Kinds = ["", ".", "*."];

    [Fact]
    public void A_thousand_random_rule_sets_judge_as_a_reading_of_all_rules_does()
    {
        var random = new Random(20260601);
        for (var round = 0; round < 1000; round++)
        {
            var rules = RandomRules(random);
            for (var i = 0; i < 10; i++)
            {
                var host = RandomHost(random);
                var method = random.Next(2) == 0 ? "GET" : "POST";
                var question = Ask(rules, $"https://{host}:{(random.Next(3) == 0 ? 8443 : 443)}/", method: method);
                var verdict = EgressJudge.JudgeBeforeDns(question, out var permit);
                var (reason, names) = ReadAll(question);
                Assert.Equal((reason, host), (verdict.Reason, host));
                Assert.Equal(names, permit?.Candidates.Select(rule => rule.Name) ?? []);
            }
        }
    }

    [Theory]
    [InlineData("https://blocked.example.net/")] // an unlisted host
    [InlineData("https://h500.example.com:8443/")] // a listed host, another port
    [InlineData("https://deep.below.d7.example.org/")] // a deny rule by suffix
    [InlineData("https://93.184.216.34/")] // an address
    public void A_refusal_before_the_lookup_allocates_nothing(string url)
    {
        var question = Ask(Thousand(), url);
        Assert.False(EgressJudge.JudgeBeforeDns(question, out _).Allowed);
        Assert.Equal(0, BytesOf(() =>
        {
            EgressJudge.JudgeBeforeDns(question, out _);
        }));
    }

    [Theory]
    [InlineData("10.0.0.7")]
    [InlineData("93.184.216.34", "::ffff:10.0.0.7")]
    [InlineData("64:ff9b::a00:7")]
    [InlineData("169.254.169.254")]
    [InlineData("192.0.2.1", "2606:4700::1")]
    public void A_refusal_by_addresses_allocates_nothing(params string[] answers)
    {
        var addresses = Array.ConvertAll(answers, System.Net.IPAddress.Parse);
        var ceiling = new EgressCeiling { GateAddresses = [System.Net.IPAddress.Parse("8.8.8.8")] };
        EgressJudge.JudgeBeforeDns(Ask(Thousand(), "https://h500.example.com/", ceiling), out var permit);
        Assert.False(EgressJudge.JudgeAddresses(permit!, addresses, out _).Allowed);
        Assert.Equal(0, BytesOf(() =>
        {
            EgressJudge.JudgeAddresses(permit!, addresses, out _);
        }));
    }

    [Fact]
    public void A_changed_copy_of_a_rule_set_is_indexed_anew()
    {
        var rules = Rules(Allow("one", "api.example.com"));
        Assert.True(EgressJudge.JudgeBeforeDns(Ask(rules, "https://api.example.com/"), out _).Allowed);

        var denied = rules with { Deny = [Deny("no", ".example.com")] };
        var moved = rules with { Allow = [Allow("two", "b.example.com")] };

        Assert.Equal(EgressReason.DenyRule, EgressJudge.JudgeBeforeDns(Ask(denied, "https://api.example.com/"), out _).Reason);
        Assert.Equal(EgressReason.HostNotAllowed, EgressJudge.JudgeBeforeDns(Ask(moved, "https://api.example.com/"), out _).Reason);
        Assert.Equal(rules, rules with { AllowLearning = false });
    }

    [Fact]
    public void More_rules_than_the_stack_holds_marks_for_are_judged_all_the_same()
    {
        var rules = Rules([.. Enumerable.Range(0, 5000).Select(i => Allow($"r{i}", $"h{i}.example.com"))]);

        Assert.True(EgressJudge.JudgeBeforeDns(Ask(rules, "https://h4999.example.com/"), out var permit).Allowed);
        Assert.Equal("r4999", Assert.Single(permit!.Candidates).Name);
        Assert.Equal(EgressReason.HostNotAllowed, EgressJudge.JudgeBeforeDns(Ask(rules, "https://h5000.example.com/"), out _).Reason);
    }

    [Fact]
    public void Two_spellings_of_one_target_never_differ()
    {
        var random = new Random(7);
        var rules = Rules(
            Allow("exact", "api.example.com", "xn--bcher-kva.example"), Allow("below", ".example.com") with { Methods = ["POST"] }, Allow("one", "*.api.com"))
            with { Deny = [Deny("no", "evil.example.com")] };
        string[] hosts = ["api.example.com", "x.example.com", "evil.example.com", "b.api.com", "c.b.api.com", "api.com", "xn--bcher-kva.example", "other.net"];
        foreach (var host in hosts)
        {
            var expected = EgressJudge.JudgeBeforeDns(Ask(rules, $"https://{host}/"), out _);
            for (var i = 0; i < 200; i++)
            {
                var spelled = string.Concat(host.Select(c => random.Next(2) == 0 ? char.ToUpperInvariant(c) : c));
                spelled += random.Next(2) == 0 ? "." : "";
                spelled += random.Next(2) == 0 ? ":443" : "";
                var scheme = random.Next(2) == 0 ? "HTTPS" : "https";
                Assert.Equal(expected, EgressJudge.JudgeBeforeDns(Ask(rules, $"{scheme}://{spelled}/{random.Next()}?q#f"), out _));
            }
        }

        Assert.Equal(
            EgressJudge.JudgeBeforeDns(Ask(rules, "https://xn--bcher-kva.example/"), out _), EgressJudge.JudgeBeforeDns(Ask(rules, "https://bücher.example/"), out _));
    }

    [Fact]
    public void Networks_judge_alike_whether_they_are_looked_up_or_read_one_by_one()
    {
        var random = new Random(11);
        for (var round = 0; round < 1000; round++)
        {
            var rules = Rules([.. Enumerable.Range(0, random.Next(1, 6)).Select(i => RandomNetworks(random, i))]) with
            {
                Mode = random.Next(4) == 0 ? EgressMode.Audit : EgressMode.Enforce,
                Deny = random.Next(5) == 0 ? [Deny("no") with { Cidrs = [Net("93.184.216.0/24")] }] : [],
            };
            var ceiling = new EgressCeiling
            {
                AuditUntil = Now.AddDays(1),
                RuntimeAllowlist = random.Next(5) == 0 ? [Host("93.184.216.34")] : null,
                GateAddresses = random.Next(5) == 0 ? [System.Net.IPAddress.Parse("93.184.216.35")] : [],
            };
            foreach (var address in (string[])["93.184.216.34", "93.184.216.35", "93.184.217.1", "11.0.0.0", "10.0.0.1", "[2606:4700::1]", "[2606:4700:1::1]", "169.254.169.254"])
            {
                var url = $"https://{address}:{(random.Next(4) == 0 ? 8443 : 443)}/";
                var looked = Judge(Ask(rules, url, ceiling), out var route);
                var read = Judge(Ask(rules, url, ceiling, trace: new JudgementTrace()), out var readRoute);
                Assert.Equal((read, readRoute?.Rule), (looked, route?.Rule));
            }
        }
    }

    [Fact]
    public void An_address_that_no_network_of_a_thousand_holds_is_refused_without_memory()
    {
        var rules = Rules([.. Enumerable.Range(0, 1000).Select(i => Allow($"r{i}") with { Cidrs = [Net($"93.{i / 256}.{i % 256}.0/24")] })]);
        var question = Ask(rules, "https://93.184.216.34/");

        Assert.Equal(EgressReason.CidrNotAllowed, EgressJudge.JudgeBeforeDns(question, out _).Reason);
        Assert.Equal(0, BytesOf(() =>
        {
            EgressJudge.JudgeBeforeDns(question, out _);
        }));
        Assert.Equal("r259", Judge(Ask(rules, "https://93.1.3.7/"), out _).Rule);
    }

    private static EgressAllowRule RandomNetworks(Random random, int number) => Allow($"r{number}") with
    {
        Cidrs = [Net(Networks[random.Next(Networks.Length)]), Net(Networks[random.Next(Networks.Length)])],
        AllowPrivateTargets = random.Next(3) == 0,
        Methods = random.Next(4) == 0 ? ["POST"] : [],
        Expires = random.Next(6) == 0 ? Now : null,
    };

    private static long BytesOf(Action act)
    {
        act();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            act();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static EgressRuleSet Thousand() => Rules(
        [.. Enumerable.Range(0, 1000).Select(i => Allow($"r{i}", i % 3 == 0 ? $".d{i}.example.com" : $"h{i}.example.com") with { Principals = [new PrincipalSelector("uid:1000", [])] })])
        with { Deny = [.. Enumerable.Range(0, 100).Select(i => Deny($"d{i}", $".d{i}.example.org"))] };

    private static EgressRuleSet RandomRules(Random random)
    {
        var allow = ImmutableArray.CreateBuilder<EgressAllowRule>();
        for (var i = random.Next(6); i >= 0; i--)
        {
            allow.Add(Allow($"r{i}", [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => RandomPattern(random))]) with
            {
                Methods = random.Next(3) == 0 ? ["GET"] : [],
                Expires = random.Next(5) == 0 ? Now.AddSeconds(random.Next(-1, 2)) : null,
                Principals = random.Next(4) == 0 ? [new PrincipalSelector("uid:7", [])] : [],
            });
        }

        var deny = random.Next(3) == 0 ? [Deny("no", RandomPattern(random)) with { Ports = random.Next(2) == 0 ? [new PortRange(8443, 8443)] : [] }] : ImmutableArray<EgressDenyRule>.Empty;
        return Rules([.. allow]) with { Deny = deny };
    }

    private static string RandomPattern(Random random) => Kinds[random.Next(Kinds.Length)] + RandomHost(random);

    private static string RandomHost(Random random)
    {
        var host = Ends[random.Next(Ends.Length)];
        for (var i = random.Next(3); i > 0; i--)
        {
            host = $"{Labels[random.Next(Labels.Length)]}.{host}";
        }

        return host;
    }

    // The grammar's own words, one rule after another.
    private static (EgressReason Reason, IEnumerable<string> Candidates) ReadAll(EgressQuestion question)
    {
        var target = question.Target;
        if (question.Rules.Deny.Any(d => d.Hosts.Any(h => Names(h, target.Host)) && (d.Ports.IsEmpty || d.Ports.Any(p => p.Contains(target.Port)))))
        {
            return (EgressReason.DenyRule, []);
        }

        var reasons = question.Rules.Allow.Where(rule => rule.Expires is null || rule.Expires > question.Now).Select(rule => (rule.Name, Reason:
            !rule.Hosts.Any(h => Names(h, target.Host)) ? EgressReason.HostNotAllowed
            : !rule.Ports.Any(p => p.Contains(target.Port)) ? EgressReason.PortNotAllowed
            : !rule.Principals.IsEmpty ? EgressReason.PrincipalNotAllowed
            : rule.Methods.IsEmpty || rule.Methods.Contains(question.Method) ? EgressReason.Allowed
            : EgressReason.MethodNotAllowed)).ToList();
        var open = reasons.Where(r => r.Reason == EgressReason.Allowed).Select(r => r.Name).ToList();
        return (open.Count > 0 ? EgressReason.Allowed : reasons.Select(r => r.Reason).DefaultIfEmpty(EgressReason.NoEgress).Max(), open);
    }

    private static bool Names(HostPattern pattern, string host)
    {
        var (labels, value) = (host.Split('.'), pattern.Value.Split('.'));
        var isBelow = labels.Length > value.Length && labels.TakeLast(value.Length).SequenceEqual(value);
        return pattern.Kind switch
        {
            HostPatternKind.Exact => host == pattern.Value,
            HostPatternKind.Suffix => isBelow || host == pattern.Value,
            _ => isBelow && labels.Length == value.Length + 1,
        };
    }
}
