using System.Text.Json;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;
using LatchGate.Json;
using LatchGate.Sandbox;

namespace LatchGate.Fuzz.Targets;

/// <summary>What a guest returns.</summary>
internal sealed class ProviderResultTarget : FuzzTarget
{
    // Any JSON will do: later stages judge numbers and repeated names.
    private static readonly JsonLimits _limits = new(int.MaxValue, 64, int.MaxValue) { AnyNumber = true };

    internal override string Name => "provider-result";

    internal override string Property => "a result is valid exactly when a naive reader takes it, and then each of its strings and names has a text";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Sandbox.ResultJson"];

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var valid = ResultJson.IsValid(input);
        Check.Equal(NaiveJson.TryParse(input, _limits, out _, repeats: true), valid, "whether a naive reader takes it");
        if (valid)
        {
            using var document = JsonDocument.Parse(input.ToArray(), new JsonDocumentOptions { MaxDepth = 64 });
            ReadTexts(document.RootElement);
        }
    }

    // Throws where a string has no text.
    private static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    ReadTexts(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadTexts(item);
                }

                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }
}
