using System.Text;
using LatchGate.Policy;
using static LatchGate.Tests.Policy.PolicySamples;

namespace LatchGate.Tests.Policy;

/// <summary>Plans that no compiler would write: each is stopped, denies, and leaves the engine as it was.</summary>
public sealed class HostilePlanTests
{
    private const string Range = """
        {"type":"MakeNumberIntStmt","stmt":{"value":0,"target":2}},
        {"type":"MakeNumberIntStmt","stmt":{"value":COUNT,"target":3}},
        {"type":"CallStmt","stmt":{"func":"numbers.range","args":[{"type":"local","value":2},{"type":"local","value":3}],"result":4}},
        """;

    // x := [x], over and over; twice, and then the two are compared.
    private const string Deeper = """
        {"type":"MakeArrayStmt","stmt":{"capacity":0,"target":TARGET}},
        {"type":"ScanStmt","stmt":{"source":4,"key":5,"value":6,"block":{"stmts":[
          {"type":"MakeArrayStmt","stmt":{"capacity":1,"target":7}},
          {"type":"ArrayAppendStmt","stmt":{"value":{"type":"local","value":TARGET},"array":7}},
          {"type":"AssignVarStmt","stmt":{"source":{"type":"local","value":7},"target":TARGET}}]}}},
        """;

    private const string Compare = """{"type":"EqualStmt","stmt":{"a":{"type":"local","value":10},"b":{"type":"local","value":11}}}""";

    [Fact]
    public void Values_nested_without_end_are_not_compared_without_end() =>
        Stopped([PolicyFault.DepthLimit, PolicyFault.StepLimit, PolicyFault.MemoryLimit], Of(Range, "200000") + At(Deeper, 10) + At(Deeper, 11) + Compare, "numbers.range");

    [Fact]
    public void A_value_that_holds_itself_is_not_walked_without_end() => Stopped(
        [PolicyFault.DepthLimit, PolicyFault.StepLimit],
        string.Concat(new[] { 10, 11 }.Select(static at => $$"""
            {"type":"MakeArrayStmt","stmt":{"capacity":1,"target":{{at}} } },
            {"type":"ArrayAppendStmt","stmt":{"value":{"type":"local","value":{{at}} },"array":{{at}} } },
            """)) + Compare);

    // Sixty levels of two: more comparisons than there are nanoseconds in a century.
    [Fact]
    public void A_value_that_holds_the_same_twice_on_each_level_is_not_compared_without_end()
    {
        var statements = new StringBuilder();
        foreach (var first in new[] { 100, 200 })
        {
            statements.Append($$"""{"type":"MakeArrayStmt","stmt":{"capacity":0,"target":{{first}} } },""");
            for (var level = first; level < first + 60; level++)
            {
                statements.Append($$"""
                    {"type":"MakeArrayStmt","stmt":{"capacity":2,"target":{{level + 1}} } },
                    {"type":"ArrayAppendStmt","stmt":{"value":{"type":"local","value":{{level}} },"array":{{level + 1}} } },
                    {"type":"ArrayAppendStmt","stmt":{"value":{"type":"local","value":{{level}} },"array":{{level + 1}} } },
                    """);
            }
        }

        statements.Append("""{"type":"EqualStmt","stmt":{"a":{"type":"local","value":160},"b":{"type":"local","value":260}}}""");
        Stopped([PolicyFault.StepLimit], statements.ToString());
    }

    [Theory]
    [InlineData("concat", """{"type":"string_index","value":0},{"type":"local","value":8}""")]
    [InlineData("array.concat", """{"type":"local","value":8},{"type":"local","value":8}""")]
    public void What_doubles_sixty_times_is_stopped(string builtin, string arguments)
    {
        var seed = builtin == "concat" ? """{"type":"AssignVarStmt","stmt":{"source":{"type":"string_index","value":0},"target":9}},""" : """
            {"type":"MakeArrayStmt","stmt":{"capacity":1,"target":9}},
            {"type":"ArrayAppendStmt","stmt":{"value":{"type":"string_index","value":0},"array":9}},
            """;
        var pair = builtin == "concat" ? """
            {"type":"MakeArrayStmt","stmt":{"capacity":2,"target":8}},
            {"type":"ArrayAppendStmt","stmt":{"value":{"type":"local","value":9},"array":8}},
            {"type":"ArrayAppendStmt","stmt":{"value":{"type":"local","value":9},"array":8}},
            """ : """{"type":"AssignVarStmt","stmt":{"source":{"type":"local","value":9},"target":8}},""";
        var call = $$"""{{pair}}{"type":"CallStmt","stmt":{"func":"{{builtin}}","args":[{{arguments}}],"result":9} },""";

        Stopped([PolicyFault.MemoryLimit, PolicyFault.StepLimit], seed + string.Concat(Enumerable.Repeat(call, 60)) + """{"type":"NopStmt","stmt":{}}""", builtin);
    }

    [Fact]
    public void Sets_that_grow_in_nested_loops_are_stopped() => Stopped(
        [PolicyFault.StepLimit, PolicyFault.MemoryLimit],
        Of(Range, "3000") + """
            {"type":"MakeSetStmt","stmt":{"target":10}},
            {"type":"ScanStmt","stmt":{"source":4,"key":5,"value":6,"block":{"stmts":[
              {"type":"ScanStmt","stmt":{"source":4,"key":7,"value":8,"block":{"stmts":[
                {"type":"MakeArrayStmt","stmt":{"capacity":2,"target":9}},
                {"type":"ArrayAppendStmt","stmt":{"value":{"type":"local","value":6},"array":9}},
                {"type":"ArrayAppendStmt","stmt":{"value":{"type":"local","value":8},"array":9}},
                {"type":"SetAddStmt","stmt":{"value":{"type":"local","value":9},"set":10}}]}}}]}}}
            """,
        "numbers.range");

    private static string Of(string statements, string count) => statements.Replace("COUNT", count, StringComparison.Ordinal);

    private static string At(string statements, int target) => statements.Replace("TARGET", target.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private static void Stopped(PolicyFault[] faults, string statements, string builtin = "")
    {
        var engine = PolicyEngine.Load(
            Encoding.UTF8.GetBytes($$$"""
                {"static":{"strings":[{"value":"x"}],"builtin_funcs":[{"name":"{{{builtin}}}"}]},
                 "plans":{"plans":[{"name":"latchgate/decision","blocks":[{"stmts":[{{{statements}}}]}]}]}}
                """),
            Data());

        for (var again = 0; again < 2; again++)
        {
            var decision = engine.Evaluate(Base);
            Assert.Equal(PolicyOutcome.Deny, decision.Outcome);
            Assert.Contains(decision.Fault, faults);
        }
    }
}
