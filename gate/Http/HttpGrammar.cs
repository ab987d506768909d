using System.Buffers;

namespace LatchGate.Http;

/// <summary>Byte classes of RFC 9110 §5 and RFC 3986, and the named bytes of the parser.</summary>
internal static class HttpGrammar
{
    internal const byte CarriageReturn = (byte)'\r';
    internal const byte LineFeed = (byte)'\n';
    internal const byte Space = (byte)' ';
    internal const byte Tab = (byte)'\t';
    internal const byte Colon = (byte)':';

    /// <summary><c>tchar</c>, RFC 9110 §5.6.2.</summary>
    internal static readonly SearchValues<byte> TokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>What RFC 3986 allows in a path and a query; neither <c>#</c> nor any byte outside visible ASCII.</summary>
    internal static readonly SearchValues<byte> TargetBytes = SearchValues.Create(
        "-._~!$&'()*+,;=:@/?%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Control bytes but HTAB, never in a field value (RFC 9110 §5.5). CR and LF are among them.</summary>
    internal static readonly SearchValues<byte> ForbiddenInValue = SearchValues.Create(
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127,
    ]);

    /// <summary>Whether <paramref name="bytes"/> is one or more <c>tchar</c>.</summary>
    internal static bool IsToken(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && !bytes.ContainsAnyExcept(TokenBytes);

    /// <summary>Removes optional white space (<c>OWS</c>: SP and HTAB) at both ends.</summary>
    internal static ReadOnlySpan<byte> TrimOptionalWhiteSpace(ReadOnlySpan<byte> value) => value.Trim(" \t"u8);
}
