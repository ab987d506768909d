using LatchGate.Api;

namespace LatchGate.Tests.Approvals;

public sealed class BudgetLifetimeTests
{
    [Fact]
    public void A_call_held_in_the_last_second_of_its_lease_still_finds_its_budget_when_it_is_approved_in_the_last_second() =>
        Assert.True(LeaseEndpoint.BudgetGrace(TimeSpan.FromHours(24)) > TimeSpan.FromHours(24));
}
