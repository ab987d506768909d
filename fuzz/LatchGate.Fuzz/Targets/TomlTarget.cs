using System.Text;
using LatchGate.Config.Toml;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;

namespace LatchGate.Fuzz.Targets;

/// <summary>TOML documents.</summary>
internal sealed class TomlTarget : FuzzTarget
{
    internal override string Name => "toml";

    internal override string Property => "a document is read or refused with a place in it, and what was read, written out and read again, is the same";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Config.Toml."];

    internal override void Run(ReadOnlySpan<byte> input)
    {
        if (!TomlDocument.TryParse(input, out var root, out var error))
        {
            Check.Holds(error.Position is { Line: >= 1, Column: >= 1 } && error.Position.Line <= 1 + input.Count((byte)'\n'), $"the place {error.Position} lies in the file");
            Check.Holds(error.Message.Length > 0, "the error has a text");
            return;
        }

        // An inline table counts for two levels, its key's and its own; a dotted key for one. What is written must fit the limit.
        if (TomlWriter.DepthOf(root) * 2 > TomlDocument.MaxDepth)
        {
            return;
        }

        var written = TomlWriter.Write(root);
        Check.Holds(TomlDocument.TryParse(Encoding.UTF8.GetBytes(written), out var again, out error), $"what was read cannot be read again ({error?.Message}): {written}");
        Check.Equal(written, TomlWriter.Write(again), "the document, written and read again");
    }
}
