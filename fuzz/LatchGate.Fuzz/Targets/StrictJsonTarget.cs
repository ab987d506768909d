using System.Text.Json;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;
using LatchGate.Json;

namespace LatchGate.Fuzz.Targets;

/// <summary>JSON from outside, within the limits of a request.</summary>
internal sealed class StrictJsonTarget : FuzzTarget
{
    private static readonly JsonLimits _limits = new(MaxBytes: 600, MaxDepth: 6, MaxArrayItems: 5);

    internal override string Name => "strict-json";

    internal override string Property => "a text is taken exactly when it is I-JSON within the limits, and the document holds what a naive reader read";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Json.StrictJson", "LatchGate.Json.JsonPass", "LatchGate.Json.JsonText"];

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var copy = input.ToArray();
        var accepted = StrictJson.TryParse(copy, _limits, out var document, out var fault);
        Check.Equal(NaiveJson.TryParse(input, _limits, out var value), accepted, $"whether it is taken ({fault.Kind})");
        Check.Equal(accepted, fault.None, "whether there is a fault");
        if (document is null)
        {
            CheckFault(input, fault);
            return;
        }

        using (document)
        {
            Check.Holds(IsSame(value, document.RootElement), "the document holds what the text says");
        }
    }

    private static void CheckFault(ReadOnlySpan<byte> input, JsonFault fault)
    {
        Check.Holds(fault.Kind == JsonFaultKind.TooLarge || (fault.Position >= 0 && fault.Position <= input.Length), "the position lies in the text");
        Check.Equal(fault.Kind == JsonFaultKind.TooLarge, input.Length > _limits.MaxBytes, "whether it is too large");
        Check.Holds(fault.Describe("request").Length > 0, "the fault has a text");
    }

    private static bool IsSame(object? expected, JsonElement actual) => expected switch
    {
        null => actual.ValueKind == JsonValueKind.Null,
        bool flag => actual.ValueKind == (flag ? JsonValueKind.True : JsonValueKind.False),
        double number => actual.ValueKind == JsonValueKind.Number && actual.GetDouble() == number,
        string text => actual.ValueKind == JsonValueKind.String && actual.GetString() == text,
        List<object?> items => actual.ValueKind == JsonValueKind.Array && actual.GetArrayLength() == items.Count
            && actual.EnumerateArray().Zip(items).All(static pair => IsSame(pair.Second, pair.First)),
        List<(string Name, object? Value)> members => actual.ValueKind == JsonValueKind.Object && actual.GetPropertyCount() == members.Count
            && members.TrueForAll(member => actual.TryGetProperty(member.Name, out var found) && IsSame(member.Value, found)),
        _ => false,
    };
}
