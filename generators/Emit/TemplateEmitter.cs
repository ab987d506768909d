using System.Linq;
using System.Text;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit;

/// <summary>Writes the method that turns a valid request into the provider's task: the template's code, and the call of what runs it.</summary>
internal static class TemplateEmitter
{
    private const int BytesOnLine = 24;

    public static void Emit(CodeWriter code, TemplateModel template)
    {
        code.Line();
        code.Line("private static TemplateRefusal? Render(JsonElement request, Utf8JsonWriter task) => TaskRenderer.Render(Template, request, task);");
        code.Line();
        code.Line("private static System.ReadOnlySpan<byte> Template =>");
        code.Line("[");
        for (var at = 0; at < template.Code.Count; at += BytesOnLine)
        {
            var line = template.Code.Skip(at).Take(BytesOnLine).ToList();
            var shown = new StringBuilder();
            foreach (var octet in line)
            {
                shown.Append(octet is >= 0x20 and < 0x7F ? (char)octet : '.');
            }

            code.Line($"    {string.Join(", ", line.Select(static octet => "0x" + octet.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)))}, // {shown}");
        }

        code.Line("];");
    }
}
