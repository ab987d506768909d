using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LatchGate.Cli;

/// <summary>
/// All that the command line says: results on standard output, messages on standard error. With <c>--json</c> the result is one
/// JSON value on one line and messages are silent.
/// </summary>
internal sealed class Printer(TextWriter output, TextWriter error, bool isJson, bool useColour)
{
    private const string Red = "\e[31m";
    private const string Green = "\e[32m";
    private const string Yellow = "\e[33m";
    private const string Reset = "\e[0m";

    internal bool IsJson { get; } = isJson;

    /// <summary>The result: <paramref name="json"/> writes one object's members, <paramref name="human"/> gives the text.</summary>
    internal void Result(Action<Utf8JsonWriter> json, Func<string> human)
    {
        if (IsJson)
        {
            WriteJson(output, json);
        }
        else if (human() is { Length: > 0 } text)
        {
            output.WriteLine(text);
        }

        output.Flush();
    }

    internal void Done(string message) => Message(Green, "✓", message);

    internal void Warn(string message) => Message(Yellow, "⚠", message);

    internal void Note(string message)
    {
        if (!IsJson)
        {
            error.WriteLine(Clean(message));
            error.Flush();
        }
    }

    /// <summary>Lines that are clean already, such as those of <see cref="Commands.ApprovalText"/>.</summary>
    internal void Lines(string text)
    {
        if (!IsJson)
        {
            error.WriteLine(text);
            error.Flush();
        }
    }

    /// <summary>An error: <c>{"ok":false,"error":…,"message":…}</c> on standard output with <c>--json</c>.</summary>
    internal void Fail(string code, string message, string? remedy = null, Action<Utf8JsonWriter>? more = null)
    {
        if (IsJson)
        {
            WriteJson(output, json =>
            {
                json.WriteBoolean("ok", false);
                json.WriteString("error", code);
                json.WriteString("message", message);
                if (remedy is not null)
                {
                    json.WriteString("remedy", remedy);
                }

                more?.Invoke(json);
            });
            output.Flush();
            return;
        }

        Message(Red, "✗", message);
        if (remedy is not null)
        {
            Note($"  {remedy}");
        }
    }

    /// <summary>One JSON line on standard error, whatever the mode: for supervisors that read the log.</summary>
    internal void ErrorLine(Action<Utf8JsonWriter> json)
    {
        WriteJson(error, json);
        error.Flush();
    }

    /// <summary>A question answered by <c>y</c>; anything else, and no answer, is no.</summary>
    internal bool Confirm(string question, TextReader answers)
    {
        error.Write($"{Clean(question)} [y/N] ");
        error.Flush();
        return answers.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }

    /// <summary>Rows under a header, columns aligned, two spaces between.</summary>
    internal static string Table(IReadOnlyList<string> header, IReadOnlyList<string[]> rows)
    {
        var cleaned = rows.Select(row => row.Select(Clean).ToArray()).ToList();
        cleaned.Insert(0, [.. header]);
        var widths = new int[header.Count];
        foreach (var row in cleaned)
        {
            for (var i = 0; i < widths.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        var text = new StringBuilder();
        foreach (var row in cleaned)
        {
            var line = string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd();
            text.Append(text.Length > 0 ? "\n" : "").Append(line);
        }

        return text.ToString();
    }

    /// <summary>JSON for a person: indented, no escapes but the needed ones.</summary>
    internal static string Pretty(JsonElement element)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            element.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Text of others made safe for a terminal: control characters could move the cursor and forge what is shown.</summary>
    internal static string Clean(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            // U+061C, 200E–200F, 202A–202E and 2066–2069 reorder what is around them; U+200B–200D, 2060 and FEFF are not seen; 2028 and
            // 2029 end lines.
            span[i] = char.IsControl(source[i])
                || source[i] is '\u061C' or >= '\u200B' and <= '\u200F' or >= '\u2028' and <= '\u202E' or >= '\u2060' and <= '\u2069' or '\uFEFF'
                    ? '\uFFFD' : source[i];
        }
    });

    private void Message(string colour, string symbol, string message)
    {
        if (!IsJson)
        {
            error.WriteLine(useColour ? $"{colour}{symbol}{Reset} {Clean(message)}" : $"{symbol} {Clean(message)}");
            error.Flush();
        }
    }

    private static void WriteJson(TextWriter writer, Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        writer.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
