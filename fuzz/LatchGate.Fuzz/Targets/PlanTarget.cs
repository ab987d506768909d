using LatchGate.Fuzz.Engine;
using LatchGate.Policy.Rego;

namespace LatchGate.Fuzz.Targets;

/// <summary>Compiled policies (OPA's intermediate representation), loaded and run.</summary>
internal sealed class PlanTarget : FuzzTarget
{
    private static readonly RegoValue _input = RegoJson.Parse("""{"action":"http_fetch","n":[1,2,{"k":"v"}],"s":"a.b/c","set":true}"""u8);
    private static readonly RegoValue _data = RegoJson.Parse("""{"roles":{"uid:1000":["reader"]},"limits":[5,10.5,-1e3]}"""u8);

    private readonly Evaluation _evaluation = new(new EvaluationLimits(Steps: 2_000, Cells: 4_000, Depth: 40));

    internal override string Name => "plan";

    internal override string Property => "a plan is loaded or refused with a reason, and whatever is loaded runs to an answer or a fault within its limits, the same each time";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Policy.Rego.PlanReader", "LatchGate.Policy.Rego.Evaluation", "LatchGate.Policy.Rego.Rego", "LatchGate.Policy.Rego.Statement"];

    internal override int MaxLength => 4096;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var error = PlanReader.Read(input.ToArray(), "fuzz/decision", out var plan, out var detail);
        Check.Equal(error == PlanError.None, plan is not null, "a plan, or an error");
        if (plan is null)
        {
            Check.Holds(Enum.IsDefined(error) && detail is not null, "the error is a known one");
            return;
        }

        var first = Evaluate(plan);
        Check.Equal(first, Evaluate(plan), "the answer of a second run");
        _evaluation.Release();
    }

    private string Evaluate(PolicyPlan plan)
    {
        var fault = _evaluation.Run(plan, _input, _data);
        return $"{fault} {_evaluation.StepsTaken} {(fault == EvaluationFault.None ? _evaluation.Results.Count : 0)}";
    }
}
