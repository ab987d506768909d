using System.Collections.Generic;
using LatchGate.Generators.Manifest;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit;

/// <summary>Writes the verifier of an action, and the checks that its rules are made of.</summary>
internal static class VerificationEmitter
{
    private const string WhenRequested = "WhenRequested = true";

    /// <summary>Writes the member of the spec.</summary>
    public static void Emit(CodeWriter code, VerificationModel verification)
    {
        var effect = verification.Effect;
        code.Line("Verification = new VerificationSpec(");
        code.Line($"    VerifierKind.{verification.Kind},");
        code.Line($"    {CodeWriter.Numbers(verification.ExpectedStatus)},");
        code.Line($"    {CodeWriter.Texts(verification.RequiredFields)}){(effect.IsEmpty ? "," : "")}");
        if (effect.IsEmpty)
        {
            return;
        }

        code.Open();
        List(code, "Body", effect.Body.Count, index => BodyRule(effect.Body[index], index));
        List(code, "Headers", effect.Headers.Count, index => HeaderRule(effect.Headers[index], index));
        if (effect.Hash is { } hash)
        {
            code.Line($"BodyHash = new BodyHashRule({Hash(hash)}),");
        }

        if (effect.Schema is not null)
        {
            code.Line("BodySchema = BodySchema,");
        }

        List(code, "RequestFields", effect.RequestFields.Count, index => RequestField(effect.RequestFields[index]));
        code.Close(",");
    }

    /// <summary>Writes the methods that the spec refers to.</summary>
    public static void EmitChecks(CodeWriter code, EffectModel effect)
    {
        for (var i = 0; i < effect.Body.Count; i++)
        {
            if (effect.Body[i].Check is { } check)
            {
                SchemaEmitter.Emit(code, Body(i), check);
            }
        }

        if (effect.Schema is { } schema)
        {
            SchemaEmitter.Emit(code, "BodySchema", schema);
        }

        for (var i = 0; i < effect.Headers.Count; i++)
        {
            if (effect.Headers[i].Pattern is { } pattern)
            {
                code.Line();
                code.Line($"private static bool {Header(i)}(string value) => {Header(i)}Pattern.Matches(value);");
                DfaEmitter.Emit(code, Header(i) + "Pattern", pattern);
            }
        }
    }

    // The number stands inside the name: the emitter of schemas appends one of its own.
    private static string Body(int index) => $"Body{CodeWriter.Number(index)}Rule";

    private static string Header(int index) => $"Header{CodeWriter.Number(index)}Rule";

    private static void List(CodeWriter code, string member, int count, System.Func<int, string> item)
    {
        if (count == 0)
        {
            return;
        }

        code.Line($"{member} =");
        code.Line("[");
        for (var i = 0; i < count; i++)
        {
            code.Line($"    {item(i)},");
        }

        code.Line("],");
    }

    private static string BodyRule(BodyRuleModel rule, int index)
    {
        var members = new List<string>();
        if (rule.Check is not null)
        {
            members.Add($"Check = {Body(index)}");
        }

        if (rule.EqualsRequest is { } name)
        {
            members.Add($"EqualsRequest = {CodeWriter.Text(name)}");
        }

        if (rule.Absent)
        {
            members.Add("Absent = true");
        }

        if (rule.WhenRequested)
        {
            members.Add(WhenRequested);
        }

        return New("BodyRule", rule.Pointer, members);
    }

    private static string HeaderRule(HeaderRuleModel rule, int index)
    {
        var members = new List<string>();
        if (rule.Text is { } text)
        {
            members.Add($"Text = {CodeWriter.Text(text)}");
        }

        if (rule.Pattern is not null)
        {
            members.Add($"Matches = {Header(index)}");
        }

        if (rule.EqualsRequest is { } name)
        {
            members.Add($"EqualsRequest = {CodeWriter.Text(name)}");
        }

        if (rule.WhenRequested)
        {
            members.Add(WhenRequested);
        }

        return New("HeaderRule", rule.Name, members);
    }

    private static string New(string type, string name, List<string> members) =>
        $"new {type}({CodeWriter.Text(name)})" + (members.Count == 0 ? "" : $" {{ {string.Join(", ", members)} }}");

    private static string Hash(BodyHashModel hash) =>
        hash.Hex is { } hex ? $"Sha256Digest.FromBytes({HexBytes.Of(hex)})"
        : hash.EqualsRequest is { } name ? $"EqualsRequest: {CodeWriter.Text(name)}"
        : $"EqualsHeader: {CodeWriter.Text(hash.EqualsHeader!)}";

    private static string RequestField(RequestFieldModel field)
    {
        var json = field.Default is not { } literal ? null : literal.Type == JsonTypes.String ? CanonicalJson.Quote(literal.Text) : literal.Text;
        return $"new RequestField({CodeWriter.Text(field.Name)}, {(json is null ? "default" : CodeWriter.Utf8(json) + ".ToArray()")})";
    }
}
