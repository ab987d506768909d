using System.Text;
using System.Text.Json;
using LatchGate.Policy.Rego;
using LatchGate.Policy.Rego.Builtins;

namespace LatchGate.Conformance;

/// <summary>
/// OPA's compliance cases with compiled plans. A case whose policy needs a built-in that the gate refuses is skipped;
/// everything else has to answer as OPA does, errors included.
/// </summary>
internal static class RegoIrSuite
{
    internal static readonly Suite Suite = new("rego-ir", "rego-ir", Run);

    private const string DataPath = "a number never names a member of an object; OPA reads data[2] as data[\"2\"], though not x := data; x[2]";

    private const string Clock = "a token with exp or nbf and no time in the constraint is undefined; OPA asks the clock";

    private static readonly Dictionary<string, string> Deviations = new(StringComparer.Ordinal)
    {
        ["aggregates/count with invalid utf-8 chars (0xFFFD)"] = "bytes that are not UTF-8 are undefined, not a string",
        ["data/toplevel integer"] = DataPath,
        ["data/nested integer"] = DataPath,
        ["jwtdecodeverify/rs256-exp-now-expired"] = Clock,
        ["jwtdecodeverify/rs256-nbf-now-ok"] = Clock,
    };

    private static IEnumerable<CaseResult> Run(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { MaxDepth = 1024 });
            if (!document.RootElement.TryGetProperty("cases", out var cases))
            {
                continue;
            }

            var number = 0;
            foreach (var one in cases.EnumerateArray())
            {
                var name = $"{Path.GetRelativePath(folder, file)}#{number++} {one.GetProperty("note").GetString()}";
                yield return Run(name, one);
            }
        }
    }

    private static CaseResult Run(string name, JsonElement one)
    {
        if (Deviations.TryGetValue(one.GetProperty("note").GetString()!, out var deviation))
        {
            return CaseResult.Skip(name, deviation);
        }

        var plan = Encoding.UTF8.GetBytes(one.GetProperty("plan").GetRawText());
        var entrypoint = one.GetProperty("entrypoints")[0].GetString()!;
        var error = PlanReader.Read(plan, entrypoint, out var policy, out var detail);
        if (error == PlanError.UnsupportedBuiltin)
        {
            return CaseResult.Skip(name, $"the built-in {detail} is refused");
        }

        if (error != PlanError.None)
        {
            return CaseResult.Fail(name, $"{error}: {detail}");
        }

        var strict = one.TryGetProperty("strict_error", out var flag) && flag.GetBoolean();
        var evaluation = new Evaluation(EvaluationLimits.Default, strict);
        var fault = evaluation.Run(policy!, Input(one), Value(one, "data") ?? new RegoObject());
        if (one.TryGetProperty("want_error_code", out var code) || one.GetProperty("want_plan_result").ValueKind == JsonValueKind.Null)
        {
            return CheckError(name, code.ValueKind == JsonValueKind.String ? code.GetString()! : "", fault, evaluation);
        }

        if (fault != EvaluationFault.None)
        {
            return CaseResult.Fail(name, $"stopped by {fault} {evaluation.BuiltinError}");
        }

        var sort = one.TryGetProperty("sort_bindings", out var sorted) && sorted.GetBoolean();
        var wanted = Normal(RegoJson.Parse(Encoding.UTF8.GetBytes(one.GetProperty("want_plan_result").GetRawText())), sort);
        var found = Normal(RegoJson.Parse(Encoding.UTF8.GetBytes(RegoText.ToJson(new RegoArray([.. evaluation.Results])))), sort);
        return wanted.Equals(found) ? CaseResult.Pass(name) : CaseResult.Fail(name, $"wanted {wanted}, found {found}");
    }

    private static CaseResult CheckError(string name, string code, EvaluationFault fault, Evaluation evaluation)
    {
        var found = (fault, evaluation.BuiltinError) switch
        {
            (EvaluationFault.Conflict, _) => "eval_conflict_error",
            (EvaluationFault.Builtin, BuiltinError.Type) => "eval_type_error",
            (EvaluationFault.Builtin, _) => "eval_builtin_error",
            _ => "",
        };

        // Built-ins differ in which of the two codes they use; that there is an error is what changes an answer.
        var wantsBuiltin = code is "" or "eval_type_error" or "eval_builtin_error";
        return found == code || (wantsBuiltin && fault == EvaluationFault.Builtin)
            ? CaseResult.Pass(name)
            : CaseResult.Fail(name, $"wanted the error {code}, found {(fault == EvaluationFault.None ? $"the answer {new RegoArray([.. evaluation.Results])}" : found)}");
    }

    private static RegoValue? Input(JsonElement one) =>
        one.TryGetProperty("input_term", out var term) ? RegoTerm.Parse(term.GetString()!) : Value(one, "input");

    private static RegoValue? Value(JsonElement one, string member) =>
        one.TryGetProperty(member, out var value) ? RegoJson.Parse(Encoding.UTF8.GetBytes(value.GetRawText())) : null;

    // The bindings of a result set; sorted where the case says that their order is open.
    private static RegoValue Normal(RegoValue results, bool sort)
    {
        if (!sort || results is not RegoArray rows)
        {
            return results;
        }

        var normal = new List<RegoValue>();
        foreach (var row in rows.Items)
        {
            var copy = new RegoObject();
            for (var i = 0; row is RegoObject bindings && i < bindings.Count; i++)
            {
                copy.Set(bindings.Keys[i], bindings.Values[i] is RegoArray list ? new RegoArray([.. RegoSorted(list)]) : bindings.Values[i]);
            }

            normal.Add(copy);
        }

        normal.Sort();
        return new RegoArray([.. normal]);
    }

    private static RegoValue[] RegoSorted(RegoArray list)
    {
        var items = list.Items.ToArray();
        Array.Sort(items);
        return items;
    }
}
