using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Pipeline;
using LatchGate.Telemetry;
using static LatchGate.Tests.Egress.RuleKit;

namespace LatchGate.Tests.Egress;

/// <summary>What a gate says about its rules when it starts.</summary>
public sealed class EgressStartupTests
{
    [Fact]
    public void An_action_that_opens_everything_keeps_a_gate_from_starting_that_was_not_opened()
    {
        foreach (var rules in new[] { Rules() with { Default = EgressDefault.Allow }, Rules(Allow("any") with { Any = true }) })
        {
            var e = Assert.Throws<StartupException>(() => Check(rules, EgressCeiling.Default));
            Assert.Equal(StartupError.RegistryLoadFailed, e.Error);
            Assert.Contains("open_egress_forbidden", e.Detail, StringComparison.Ordinal);
            Assert.Contains("egress_open", Check(rules, new EgressCeiling { OpenEgress = true }), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Audit_mode_is_said_aloud_while_it_lasts()
    {
        var rules = Rules(Allow("a", "a.example.com")) with { Mode = EgressMode.Audit, AuditUntil = Now.AddHours(1) };

        Assert.Contains("2026-06-01T01:00:00", Check(rules, new EgressCeiling { AuditUntil = Now.AddDays(1) }), StringComparison.Ordinal);
        Assert.Equal("", Check(rules, EgressCeiling.Default));
        Assert.Equal("", Check(rules with { AuditUntil = Now }, new EgressCeiling { AuditUntil = Now.AddDays(1) }));
        Assert.Equal("", Check(rules with { Mode = EgressMode.Enforce }, new EgressCeiling { AuditUntil = Now.AddDays(1) }));
    }

    private static string Check(EgressRuleSet rules, EgressCeiling ceiling)
    {
        var build = ActionRegistry.OfThisBuild();
        Assert.True(build.TryFind("http_fetch", out var fetch));
        var lines = new StringWriter();
        GateStartup.CheckEgress(
            ActionRegistry.Create([fetch with { Egress = rules }], build.ManifestSetDigest, null), ceiling, Now, new GateLog(lines, LogLevel.Info, TimeProvider.System));
        return lines.ToString();
    }
}
