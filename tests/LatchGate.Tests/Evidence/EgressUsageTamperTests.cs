using LatchGate.Egress.Caps;
using LatchGate.Evidence;
using LatchGate.Evidence.Segments;

namespace LatchGate.Tests.Evidence;

/// <summary>What was used under rules with caps is what the last event about it says, also when that event was sealed.</summary>
public sealed class EgressUsageTamperTests
{
    private static readonly CapKey _api = new("agent:demo", "demo_get", "api");

    [Theory]
    [InlineData("UPDATE egress_usage SET bytes = 0 WHERE rule = 'api'", "what agent:demo used under the rule api of demo_get")]
    [InlineData("UPDATE egress_usage SET day = day + 1 WHERE rule = 'api'", "what agent:demo used under the rule api of demo_get")]
    [InlineData("UPDATE egress_usage SET usd_micros = -9223372036854775807 WHERE rule = 'api'", "what agent:demo used under the rule api of demo_get")]
    [InlineData("UPDATE egress_usage SET rule = 'other' WHERE rule = 'api'", "what agent:demo used under the rule other of demo_get")]
    [InlineData("DELETE FROM egress_usage WHERE rule = 'api'", "what was used under rules with caps is missing")]
    [InlineData("INSERT INTO egress_usage VALUES('agent:evil', 'a', 'r', 1, 1, 1, 1)", "what agent:evil used under the rule r of a")]
    public async Task A_use_that_was_changed_is_found(string attack, string detail)
    {
        foreach (var isSealed in new[] { false, true })
        {
            using var rig = new SealRig();
            await rig.Temp.Ledger.AddEgressUsageAsync(_api, new DayUsage(20_000, 500, 7, 9), "t");
            await rig.Temp.Ledger.AddEgressUsageAsync(_api, new DayUsage(20_000, -100, 0, 0), "t");
            await rig.Temp.Ledger.AddEgressUsageAsync(_api with { Rule = "web" }, new DayUsage(20_000, 1, 0, 0), "t");
            if (isSealed)
            {
                rig.Temp.Time.Advance(TimeSpan.FromHours(1));
                Assert.Equal(SealOutcome.Sealed, (await rig.SealAsync()).Outcome);
                await rig.Temp.Ledger.AddEgressUsageAsync(_api with { Rule = "web" }, new DayUsage(20_001, 1, 0, 0), "t");
            }

            rig.Temp.Close();
            Assert.Null(rig.Verify().Defect);
            TamperTests.Attack(rig.Temp, attack);
            Assert.Equal((LedgerDefectKind.BudgetChanged, detail), (rig.Verify().Defect?.Kind, rig.Verify().Defect?.Detail));
        }
    }
}
