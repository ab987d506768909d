using System.Text;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;
using LatchGate.Json;

namespace LatchGate.Fuzz.Targets;

/// <summary>Canonical JSON.</summary>
internal sealed class JcsTarget : FuzzTarget
{
    internal override string Name => "jcs";

    internal override string Property => "a text has a canonical form exactly when a naive reader takes it, the form is the one that this writes, and canonicalising again changes nothing";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Json.JsonPass", "LatchGate.Json.JsonText", "LatchGate.Json.Es6Number", "LatchGate.Json.Jcs", "LatchGate.Json.PooledBuffer"];

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var accepted = Jcs.TryCanonicalize(input, JsonLimits.Evidence, out var canonical, out var fault);
        Check.Equal(NaiveJson.TryParse(input, JsonLimits.Evidence, out var value), accepted, $"whether it is I-JSON ({fault.Kind})");
        Check.Equal(accepted, fault.None, "whether there is a fault");
        if (canonical is null)
        {
            Check.Holds(fault.Position >= 0 && fault.Position <= input.Length, "the position lies in the text");
            return;
        }

        var expected = NaiveJson.Canonical(value);
        Check.Holds(canonical.Span.SequenceEqual(expected), $"canonical form: {canonical} is not {Encoding.UTF8.GetString(expected)}");
        Check.Holds(Jcs.IsCanonical(canonical.Span, JsonLimits.Evidence), "the canonical form is canonical");
        Check.Equal(Jcs.IsCanonical(input, JsonLimits.Evidence), input.SequenceEqual(expected), "whether it was canonical already");
    }
}
