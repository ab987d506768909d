using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace LatchGate.Telemetry.Tracing;

/// <summary>
/// A place in a trace: which trace, which span of it, and whether that is recorded (W3C Trace Context, Level 2, §3.2). Telemetry only:
/// nothing is decided by it.
/// </summary>
/// <remarks>
/// <code>
/// traceparent = version "-" trace-id "-" parent-id "-" trace-flags      55 characters in version 00
/// version     = 2HEXDIGLC      not ff; of a higher version the same four fields are read, and more may follow after "-"
/// trace-id    = 32HEXDIGLC     not all zero
/// parent-id   = 16HEXDIGLC     not all zero
/// trace-flags = 2HEXDIGLC      bit 0: sampled
/// </code>
/// </remarks>
/// <param name="TraceHigh">The first 8 bytes of the trace id, as one big-endian number.</param>
/// <param name="TraceLow">The last 8.</param>
/// <param name="SpanId">The span, likewise.</param>
/// <param name="IsSampled">Whether whoever began the trace records it.</param>
internal readonly record struct TraceContext(ulong TraceHigh, ulong TraceLow, ulong SpanId, bool IsSampled)
{
    private const int Length = 55;
    private const int LongestState = 512;
    private const int MostMembers = 32;

    private static readonly SearchValues<byte> _hexDigits = SearchValues.Create("0123456789abcdef"u8);
    private static readonly SearchValues<byte> _keyCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-*/@"u8);

    /// <summary>32 hexadecimal digits.</summary>
    internal string TraceIdText => TraceHigh.ToString("x16", CultureInfo.InvariantCulture) + TraceLow.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>16 hexadecimal digits.</summary>
    internal string SpanIdText => Text(SpanId);

    /// <summary>A span id as text: 16 hexadecimal digits.</summary>
    internal static string Text(ulong spanId) => spanId.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>The trace that a call without one begins: its id is the call's, whose UUID has the 16 bytes of a trace id.</summary>
    internal static TraceContext Of(string callId, ulong spanId)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = Guid.TryParse(callId, out var id) && id.TryWriteBytes(bytes, bigEndian: true, out _);
        return new TraceContext(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), spanId, true);
    }

    /// <summary>A new span id, not zero, whose lowest 4 bits are: those number the stages of a call.</summary>
    internal static ulong NewSpanId()
    {
        ulong id;
        do
        {
            // Unlike others only, not secret.
            id = (ulong)Random.Shared.NextInt64() & ~0xFUL;
        }
        while (id == 0);
        return id;
    }

    /// <summary>Reads a <c>traceparent</c>; false for whatever the standard calls invalid.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out TraceContext context)
    {
        context = default;
        if (text.Length < Length || text[2] != '-' || text[35] != '-' || text[52] != '-'
            || !TryHex(text[..2], out var version) || version == 0xff
            || (text.Length > Length && (version == 0 || text[Length] != '-'))
            || !TryHex(text[3..19], out var high) || !TryHex(text[19..35], out var low) || (high | low) == 0
            || !TryHex(text[36..52], out var span) || span == 0
            || !TryHex(text[53..55], out var flags))
        {
            return false;
        }

        context = new TraceContext(high, low, span, (flags & 1) != 0);
        return true;
    }

    /// <summary>
    /// Whether a <c>tracestate</c> is one (§3.3): up to 32 members <c>key=value</c> with commas between, 512 characters in all.
    /// </summary>
    internal static bool IsState(ReadOnlySpan<byte> text)
    {
        var members = 0;
        if (text.Length > LongestState)
        {
            return false;
        }

        foreach (var part in text.Split((byte)','))
        {
            var member = text[part].Trim(" \t"u8);
            if (member.IsEmpty)
            {
                continue;
            }

            var equals = member.IndexOf((byte)'=');
            if (++members > MostMembers || equals is < 1 or > 256 || member[..equals].ContainsAnyExcept(_keyCharacters)
                || !(char.IsAsciiLetterLower((char)member[0]) || char.IsAsciiDigit((char)member[0]))
                || member.Length - equals - 1 is 0 or > 256
                || member[(equals + 1)..].ContainsAnyExceptInRange((byte)' ', (byte)'~') || member[(equals + 1)..].Contains((byte)'='))
            {
                return false;
            }
        }

        return members > 0;
    }

    /// <summary>The <c>traceparent</c> of this place.</summary>
    internal string ToTraceParent() => $"00-{TraceIdText}-{SpanIdText}-0{(IsSampled ? '1' : '0')}";

    /// <summary>Reads what <see cref="ToTraceParent"/> wrote, or a header.</summary>
    internal static bool TryParse(string text, out TraceContext context) => TryParse(Encoding.ASCII.GetBytes(text), out context);

    private static bool TryHex(ReadOnlySpan<byte> digits, out ulong value)
    {
        value = 0;
        return !digits.ContainsAnyExcept(_hexDigits) && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
