using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LatchGate.Policy;

/// <summary>One member of the data document that gets another value.</summary>
/// <param name="Path">Names from the top down to the member; objects that are missing on the way are made.</param>
/// <param name="Value">Writes the value; null takes the member away.</param>
internal sealed record PolicyDataPatch(string[] Path, Action<Utf8JsonWriter>? Value);

/// <summary>
/// Rewrites the data document's text: what is patched changes, everything else keeps its place, its order and its digits. The
/// document is the operator's own, with comments, and with members that only the operator's policy reads.
/// </summary>
internal static class PolicyDataText
{
    private static readonly JsonWriterOptions Pretty = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document with <paramref name="patches"/> applied, indented by two spaces, with a line feed at its end.</summary>
    /// <param name="json">One JSON object that names no member twice.</param>
    /// <param name="patches">What changes; no path begins with another.</param>
    internal static byte[] Rewrite(ReadOnlyMemory<byte> json, IReadOnlyList<PolicyDataPatch> patches)
    {
        var buffer = new ArrayBufferWriter<byte>(json.Length + 256);
        using (var document = JsonDocument.Parse(json))
        using (var writer = new Utf8JsonWriter(buffer, Pretty))
        {
            WriteObject(writer, document.RootElement, patches, 0);
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteObject(Utf8JsonWriter json, JsonElement source, IReadOnlyList<PolicyDataPatch> patches, int depth)
    {
        var open = new List<PolicyDataPatch>(patches);
        json.WriteStartObject();
        if (source.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in source.EnumerateObject())
            {
                if (Take(open, member.Name, depth) is { } inside)
                {
                    WriteMember(json, member.Name, member.Value, inside, depth);
                }
                else
                {
                    member.WriteTo(json);
                }
            }
        }

        // What the document does not have yet comes last.
        while (open.Count > 0)
        {
            var name = open[0].Path[depth];
            WriteMember(json, name, default, Take(open, name, depth)!, depth);
        }

        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, string name, JsonElement source, List<PolicyDataPatch> patches, int depth)
    {
        if (patches[0].Path.Length > depth + 1)
        {
            json.WritePropertyName(name);
            WriteObject(json, source, patches, depth + 1);
        }
        else if (patches[0].Value is { } value)
        {
            json.WritePropertyName(name);
            value(json);
        }
    }

    /// <summary>Takes the patches of one member out of <paramref name="open"/>; null when it has none.</summary>
    private static List<PolicyDataPatch>? Take(List<PolicyDataPatch> open, string name, int depth)
    {
        List<PolicyDataPatch>? taken = null;
        for (var i = 0; i < open.Count;)
        {
            if (open[i].Path[depth] == name)
            {
                (taken ??= []).Add(open[i]);
                open.RemoveAt(i);
            }
            else
            {
                i++;
            }
        }

        return taken;
    }
}
