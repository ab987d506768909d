using System.Text.Json;
using LatchGate.Fuzz.Engine;
using LatchGate.Secrets.Sops;

namespace LatchGate.Fuzz.Targets;

/// <summary>Files of SOPS. The first byte chooses JSON, YAML or dotenv.</summary>
internal sealed class SopsFileTarget : FuzzTarget
{
    internal override string Name => "sops-file";

    internal override string Property => "a file is read or refused with a problem; the scalars found lie in it, in order, under names that differ, and those of JSON are what the base library reads";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Secrets.Sops.SopsFile", "LatchGate.Secrets.Sops.SopsJson", "LatchGate.Secrets.Sops.SopsYaml", "LatchGate.Secrets.Sops.SopsDotenv", "LatchGate.Secrets.Sops.SopsMetadata", "LatchGate.Secrets.Sops.SopsPath"];

    internal override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var format = (SopsFormat)(input[0] % 3);
        var text = input[1..].ToArray();
        if (!SopsFile.TryParse(text, format, out var file, out var problem))
        {
            Check.Holds(problem.Detail.Length > 0, "a refusal has a problem");
            return;
        }

        var end = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var leaf in file.Leaves)
        {
            Check.Holds(leaf.EntryStart <= leaf.Start && end <= leaf.EntryStart && leaf.Start <= leaf.End && leaf.End <= text.Length, $"{leaf.Name} lies in the file, after the one before");
            end = leaf.End;
            Check.Holds(names.Add(leaf.Name), $"{leaf.Name} is there once");
        }

        if (format == SopsFormat.Json)
        {
            using var document = JsonDocument.Parse(text);
            var expected = new List<string>();
            Collect(document.RootElement, expected);
            Check.Holds(expected.SequenceEqual(file.Leaves.Where(static leaf => leaf.Kind == SopsKind.Text).Select(static leaf => leaf.Value)), "the texts are those of the document");
        }
    }

    private static void Collect(JsonElement element, List<string> texts)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    Collect(member.Value, texts);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Collect(item, texts);
                }

                break;
            case JsonValueKind.String:
                texts.Add(element.GetString()!);
                break;
        }
    }
}
