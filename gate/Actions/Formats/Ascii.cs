using System;

namespace LatchGate.Actions.Formats;

/// <summary>What grammars say of single bytes (RFC 5234, appendix B.1).</summary>
internal static class Ascii
{
    public static bool IsDigit(byte octet) => octet is >= (byte)'0' and <= (byte)'9';

    public static bool IsLetter(byte octet) => (octet | 0x20) is >= 'a' and <= 'z';

    public static bool IsLetterOrDigit(byte octet) => IsDigit(octet) || IsLetter(octet);

    public static bool IsHex(byte octet) => IsDigit(octet) || (octet | 0x20) is >= 'a' and <= 'f';

    /// <summary>Whether all bytes of a text that is not empty are digits.</summary>
    public static bool AreDigits(ReadOnlySpan<byte> text)
    {
        foreach (var octet in text)
        {
            if (!IsDigit(octet))
            {
                return false;
            }
        }

        return !text.IsEmpty;
    }

    /// <summary>Two digits as a number; -1 where they are none.</summary>
    public static int Two(ReadOnlySpan<byte> text, int at) =>
        at + 2 <= text.Length && IsDigit(text[at]) && IsDigit(text[at + 1]) ? ((text[at] - '0') * 10) + text[at + 1] - '0' : -1;

    /// <summary>Whether <paramref name="set"/> has the byte.</summary>
    public static bool Has(ReadOnlySpan<byte> set, byte octet) => set.IndexOf(octet) >= 0;
}
