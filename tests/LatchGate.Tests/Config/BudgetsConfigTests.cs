using LatchGate.Budgets;
using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Config;

public sealed class BudgetsConfigTests
{
    [Fact]
    public void A_principals_own_table_replaces_the_default_whole()
    {
        var book = new BudgetBook(Read(
            """
            [budgets.default]
            calls_per_hour = 100
            calls_per_day = 1000
            [budgets.principals."agent:builder"]
            calls_total = 0
            [budgets.principals."agent:free"]
            """));
        Assert.Equal(new CallBounds(100, 1000, null), book.Of("agent:other"));
        Assert.Equal(new CallBounds(null, null, 0), book.Of("agent:builder"));
        Assert.Null(book.Of("agent:free"));
    }

    [Fact]
    public void Without_a_table_nobody_is_bounded() => Assert.Null(new BudgetBook(Read("")).Of("agent:any"));

    [Theory]
    [InlineData("[budgets]\ncalls_per_hour = 1")]
    [InlineData("[budgets.default]\ncalls_per_week = 1")]
    [InlineData("[budgets.default]\ncalls_per_hour = -1")]
    [InlineData("[budgets.default]\ncalls_per_hour = \"many\"")]
    [InlineData("[budgets.principals.\"\"]\ncalls_per_hour = 1")]
    [InlineData("[budgets.principals.\"*\"]\ncalls_per_hour = 1")]
    [InlineData("[budgets.principals.\"agent builder\"]\ncalls_per_hour = 1")]
    [InlineData("[budgets]\nignore_cost_caps = 1")]
    public void What_is_no_budget_stops_the_gate(string toml) => Assert.Throws<StartupException>(() => Read(toml));

    private static BudgetsConfig Read(string toml)
    {
        using var folder = new TempDirectory();
        var file = folder["latchgate.toml"];
        File.WriteAllText(file, toml);
        return GateConfigReader.Load(file, ConfigEnvironment.OfProcess()).Budgets;
    }
}
