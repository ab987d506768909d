using System.Globalization;

namespace LatchGate.Json;

/// <summary>Why a text is not acceptable JSON.</summary>
public enum JsonFaultKind
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>More bytes than the limit.</summary>
    TooLarge,

    /// <summary>Nested deeper than the limit.</summary>
    TooDeep,

    /// <summary>An array with more items than the limit.</summary>
    ArrayTooLong,

    /// <summary>The bytes are not UTF-8 (RFC 3629).</summary>
    InvalidUtf8,

    /// <summary>An escape names half of a surrogate pair, which no UTF-8 text can hold.</summary>
    LoneSurrogate,

    /// <summary>Not the grammar of RFC 8259: also comments, trailing commas, a byte-order mark, an empty text, or data after the value.</summary>
    Malformed,

    /// <summary>An object names a member twice, escapes resolved.</summary>
    DuplicateName,

    /// <summary>
    /// An integer beyond ±(2^53 − 1), which a double cannot hold exactly (RFC 7493 §2.2); also <c>1e17</c>, which canonical form writes as
    /// one. From <c>1e21</c> on canonical form has an exponent, and so may the text.
    /// </summary>
    UnsafeInteger,

    /// <summary>A number beyond the largest finite double, such as <c>1e400</c>.</summary>
    NumberOverflow,
}

/// <summary>What is wrong with a JSON text, and where. Never holds a piece of the text.</summary>
/// <param name="Kind">What is wrong; <see cref="JsonFaultKind.None"/> when nothing is.</param>
/// <param name="Position">Byte offset of the offending token from the start of the text.</param>
/// <param name="Actual">For limits: what was found, or the first value past the limit.</param>
/// <param name="Limit">For limits: the most that is allowed.</param>
public readonly record struct JsonFault(JsonFaultKind Kind, long Position = 0, long Actual = 0, long Limit = 0)
{
    /// <summary>True when nothing is wrong.</summary>
    public bool None => Kind == JsonFaultKind.None;

    /// <summary>One clause that says what is wrong.</summary>
    /// <param name="subject">What the text is, such as <c>request</c> or <c>response</c>.</param>
    public string Describe(string subject) => Kind switch
    {
        JsonFaultKind.None => $"{subject} is valid JSON",
        JsonFaultKind.TooLarge => Invariant($"{subject} exceeds size limit ({Actual} > {Limit} bytes)"),
        JsonFaultKind.TooDeep => Invariant($"{subject} exceeds nesting depth limit ({Actual} > {Limit})"),
        JsonFaultKind.ArrayTooLong => Invariant($"{subject} exceeds array size limit ({Actual} items > {Limit})"),
        JsonFaultKind.InvalidUtf8 => Invariant($"{subject} is not UTF-8 (byte {Position})"),
        JsonFaultKind.LoneSurrogate => Invariant($"{subject} has a string with a lone surrogate (byte {Position})"),
        JsonFaultKind.Malformed => Invariant($"{subject} is not valid JSON (byte {Position})"),
        JsonFaultKind.DuplicateName => Invariant($"{subject} names a member twice (byte {Position})"),
        JsonFaultKind.UnsafeInteger => Invariant($"{subject} has an integer outside ±(2^53-1) (byte {Position}); send it as a string"),
        JsonFaultKind.NumberOverflow => Invariant($"{subject} has a number too large for a double (byte {Position}); send it as a string"),
        _ => throw new InvalidOperationException($"No text for {Kind}."),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
