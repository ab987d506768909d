using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>What a value may hold depends on where it stands (reference/kernel.md §2.4).</summary>
internal ref partial struct TaskText
{
    private const int MaxLabel = 63;
    private const int MaxHost = 253;

    // 75 characters of RFC 2047 section 2, less =?UTF-8?B? and ?=, are 60 of base64.
    private const int BytesOfWord = 45;

    private static ReadOnlySpan<byte> HostBytes => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"u8;

    private static ReadOnlySpan<byte> Unreserved => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"u8;

    /// <summary>A value.</summary>
    public TemplateFault Value(TextMode mode, JsonElement value)
    {
        switch (mode)
        {
            case TextMode.Csv or TextMode.PercentCsv or TextMode.HeaderCsv:
                return Csv(mode, value);
            case TextMode.Json:
                Literal(JsonMarshal.GetRawUtf8Value(value));
                return TemplateFault.None;
            case TextMode.PercentJson:
                Percent(JsonMarshal.GetRawUtf8Value(value));
                return TemplateFault.None;
            case TextMode.Port:
                return Port(value);
            default:
                return Text(mode, Plain(value));
        }
    }

    /// <summary>Percent-encoded but for the unreserved characters.</summary>
    public void Percent(scoped ReadOnlySpan<byte> text)
    {
        foreach (var octet in text)
        {
            if (Unreserved.Contains(octet))
            {
                Octet(octet);
                continue;
            }

            var triplet = Reserve(3);
            triplet[0] = (byte)'%';
            triplet[1] = Hex(octet >> 4);
            triplet[2] = Hex(octet & 15);
            Length += 3;
        }
    }

    private TemplateFault Text(TextMode mode, scoped ReadOnlySpan<byte> text)
    {
        switch (mode)
        {
            case TextMode.Percent:
                Percent(text);
                return TemplateFault.None;
            case TextMode.Header:
                // Anything else could end the header, or reach the peer as something else.
                Literal(text);
                return text.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? TemplateFault.InvalidHeaderValue : TemplateFault.None;
            case TextMode.HostLabel:
                Literal(text);
                return IsLabel(text) ? TemplateFault.None : TemplateFault.InvalidHostLabel;
            case TextMode.Host:
                Literal(text);
                return IsHost(text) ? TemplateFault.None : TemplateFault.InvalidHostLabel;
            case TextMode.Segments:
                return Segments(text);
            case TextMode.Base64 or TextMode.Base64Url or TextMode.PercentBase64:
                return Encode(mode, text);
            case TextMode.Line:
                Literal(text);
                return HasControl(text) ? TemplateFault.InvalidLine : TemplateFault.None;
            case TextMode.Word:
                Word(text);
                return HasControl(text) ? TemplateFault.InvalidLine : TemplateFault.None;
            case TextMode.FileName:
                FileName(text);
                return HasControl(text) ? TemplateFault.InvalidLine : TemplateFault.None;
            case TextMode.Xml:
                return Xml(text);
            default:
                Literal(text);
                return TemplateFault.None;
        }
    }

    private TemplateFault Csv(TextMode mode, JsonElement array)
    {
        var isFirst = true;
        foreach (var item in array.EnumerateArray())
        {
            if (!IsScalar(item))
            {
                return TemplateFault.InvalidItem;
            }

            if (!isFirst)
            {
                Octet((byte)',');
            }

            isFirst = false;
            var text = Plain(item);
            if (text.IsEmpty || text.Contains((byte)','))
            {
                return TemplateFault.CommaInItem;
            }

            var inner = mode == TextMode.PercentCsv ? TextMode.Percent : mode == TextMode.HeaderCsv ? TextMode.Header : TextMode.Plain;
            var fault = Text(inner, text);
            if (fault != TemplateFault.None)
            {
                return fault;
            }
        }

        return TemplateFault.None;
    }

    /// <summary>Whether a value is one that a single text can hold.</summary>
    internal static bool IsScalar(JsonElement value) =>
        value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;

    private TemplateFault Port(JsonElement value)
    {
        var text = Plain(value);
        Literal(text);
        return Utf8Parser.TryParse(text, out int port, out var read) && read == text.Length && port is > 0 and <= 65535
            ? TemplateFault.None
            : TemplateFault.InvalidPort;
    }

    private TemplateFault Segments(scoped ReadOnlySpan<byte> text)
    {
        while (true)
        {
            var slash = text.IndexOf((byte)'/');
            BeginSegment();
            Percent(slash < 0 ? text : text[..slash]);
            if (EndSegment() is not TemplateFault.None and var fault)
            {
                return fault;
            }

            if (slash < 0)
            {
                return TemplateFault.None;
            }

            Octet((byte)'/');
            text = text[(slash + 1)..];
        }
    }

    private TemplateFault Encode(TextMode mode, scoped ReadOnlySpan<byte> text)
    {
        if (mode != TextMode.PercentBase64)
        {
            // The text around it may be one that is encoded as a whole.
            var outer = _encoded;
            BeginEncoded();
            Literal(text);
            EndEncoded(mode);
            _encoded = outer;
            return TemplateFault.None;
        }

        var inner = new TaskText(stackalloc byte[OnStack]);
        inner.Encode(TextMode.Base64, text);
        Percent(inner.Written);
        inner.Free();
        return TemplateFault.None;
    }

    // Each word holds whole characters (RFC 2047 section 5); several are folded, one on a line.
    private void Word(scoped ReadOnlySpan<byte> text)
    {
        if (!text.ContainsAnyExceptInRange((byte)' ', (byte)'~') && text.IndexOf("=?"u8) < 0)
        {
            Literal(text);
            return;
        }

        for (var isFirst = true; !text.IsEmpty; isFirst = false)
        {
            var count = Math.Min(text.Length, BytesOfWord);
            while (count < text.Length && (text[count] & 0xC0) == 0x80)
            {
                count--;
            }

            Literal(isFirst ? "=?UTF-8?B?"u8 : "\r\n =?UTF-8?B?"u8);
            Encode(TextMode.Base64, text[..count]);
            Literal("?="u8);
            text = text[count..];
        }
    }

    private void FileName(scoped ReadOnlySpan<byte> text)
    {
        foreach (var octet in text)
        {
            if (octet == (byte)'"')
            {
                Literal("%22"u8);
            }
            else
            {
                Octet(octet);
            }
        }
    }

    private TemplateFault Xml(scoped ReadOnlySpan<byte> text)
    {
        foreach (var octet in text)
        {
            switch (octet)
            {
                case (byte)'&':
                    Literal("&amp;"u8);
                    break;
                case (byte)'<':
                    Literal("&lt;"u8);
                    break;
                case (byte)'>':
                    Literal("&gt;"u8);
                    break;
                case (byte)'"':
                    Literal("&quot;"u8);
                    break;
                case (byte)'\'':
                    Literal("&#39;"u8);
                    break;
                case < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r'):
                    return TemplateFault.InvalidXml;
                default:
                    Octet(octet);
                    break;
            }
        }

        return TemplateFault.None;
    }

    private static bool IsLabel(ReadOnlySpan<byte> text) => text.Length is > 0 and <= MaxLabel && !text.ContainsAnyExcept(HostBytes);

    private static bool IsHost(ReadOnlySpan<byte> text)
    {
        if (text.Length > MaxHost)
        {
            return false;
        }

        while (true)
        {
            var dot = text.IndexOf((byte)'.');
            if (!IsLabel(dot < 0 ? text : text[..dot]))
            {
                return false;
            }

            if (dot < 0)
            {
                return true;
            }

            text = text[(dot + 1)..];
        }
    }

    // C0, DEL, and C1 (U+0080 to U+009F), which is C2 80 to C2 9F in UTF-8; NEL among them ends a line for some.
    private static bool HasControl(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < 0x20 or 0x7F || (text[i] == 0xC2 && i + 1 < text.Length && text[i + 1] < 0xA0))
            {
                return true;
            }
        }

        return false;
    }

    // A string without its quotes and escapes, or the text of a number, a boolean or null. An integer that is written as 1.0 or 1e2 is
    // written out, so that a URL holds the same text for the same number.
    private static ReadOnlySpan<byte> Plain(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var inner = raw[1..^1];
                return inner.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(value.GetString()!) : inner;
            case JsonValueKind.Number when raw.ContainsAny((byte)'.', (byte)'e', (byte)'E') && JsonNumber.IsInteger(value)
                && value.TryGetDecimal(out var number):
                return Encoding.UTF8.GetBytes(decimal.Truncate(number).ToString("F0", System.Globalization.CultureInfo.InvariantCulture));
            default:
                return raw;
        }
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
}
