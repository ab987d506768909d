using System.Text;
using LatchGate.Policy.Rego;

namespace LatchGate.Tests.Policy;

/// <summary>Writes the plan of a policy that always gives the same answer, so that tests need no compiler.</summary>
internal sealed class ConstantPlan
{
    private readonly List<string> _strings = [];
    private readonly List<string> _statements = [];
    private int _locals = 2;

    /// <summary>The plan whose decision is this JSON.</summary>
    internal static byte[] Of(string decision)
    {
        var plan = new ConstantPlan();
        var answer = plan.Make(RegoJson.Parse(Encoding.UTF8.GetBytes(decision)));
        var result = plan.Local();
        plan.Say($$"""{"type":"MakeObjectStmt","stmt":{"target":{{result}} } }""");
        plan.Say($$$"""{"type":"ObjectInsertStmt","stmt":{"key":{"type":"string_index","value":{{{plan.Text("result")}}} },"value":{{{answer}}},"object":{{{result}}} } }""");
        plan.Say($$"""{"type":"ResultSetAddStmt","stmt":{"value":{{result}} } }""");
        return plan.Write();
    }

    /// <summary>The answer that allows what is asked of an action with one call's budget, with other members put in.</summary>
    internal static string Allow(string egress, string sinks = """["http_read"]""", string more = "") => $$"""
        {"allow":true,"requires_approval":false,"standing_approval":false,"budgets_after":{"calls_remaining":0},
         "allowed_sinks":{{sinks}},"approved_secrets":[],"approved_egress":{{egress}},"policy_version":"custom-1"{{more}}}
        """;

    private byte[] Write()
    {
        var strings = string.Join(',', _strings.Select(text => $$"""{"value":{{RegoText.ToJson(new RegoString(text))}}}"""));
        return Encoding.UTF8.GetBytes($$"""
            {"static":{"strings":[{{strings}}],"builtin_funcs":[]},"funcs":{"funcs":[]},
             "plans":{"plans":[{"name":"latchgate/decision","blocks":[{"stmts":[{{string.Join(",\n", _statements)}}]}]}]} }
            """);
    }

    // Answers the operand that stands for the value.
    private string Make(RegoValue value)
    {
        var local = Local();
        switch (value)
        {
            case RegoString text:
                return $$"""{"type":"string_index","value":{{Text(text.Value)}} }""";
            case RegoBoolean truth:
                return $$"""{"type":"bool","value":{{(truth.Value ? "true" : "false")}} }""";
            case RegoNumber number:
                Say($$"""{"type":"MakeNumberRefStmt","stmt":{"Index":{{Text(number.ToJson())}},"target":{{local}} } }""");
                break;
            case RegoArray array:
                Say($$"""{"type":"MakeArrayStmt","stmt":{"capacity":{{array.Count}},"target":{{local}} } }""");
                foreach (var item in array.Items.ToArray())
                {
                    Say($$"""{"type":"ArrayAppendStmt","stmt":{"value":{{Make(item)}},"array":{{local}} } }""");
                }

                break;
            case RegoObject members:
                Say($$"""{"type":"MakeObjectStmt","stmt":{"target":{{local}} } }""");
                for (var i = 0; i < members.Count; i++)
                {
                    Say($$"""{"type":"ObjectInsertStmt","stmt":{"key":{{Make(members.Keys[i])}},"value":{{Make(members.Values[i])}},"object":{{local}} } }""");
                }

                break;
            default:
                Say($$"""{"type":"MakeNullStmt","stmt":{"target":{{local}} } }""");
                break;
        }

        return $$"""{"type":"local","value":{{local}} }""";
    }

    private int Local() => _locals++;

    private void Say(string statement) => _statements.Add(statement);

    private int Text(string text)
    {
        var at = _strings.IndexOf(text);
        if (at < 0)
        {
            _strings.Add(text);
            at = _strings.Count - 1;
        }

        return at;
    }
}
