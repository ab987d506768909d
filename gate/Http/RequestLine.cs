using System.Runtime.CompilerServices;

namespace LatchGate.Http;

/// <summary>
/// RFC 9112 §3:
/// <code>
/// request-line   = method SP request-target SP HTTP-version
/// request-target = origin-form / absolute-form / asterisk-form      (authority-form, for CONNECT, is refused)
/// HTTP-version   = "HTTP/1.1" / "HTTP/1.0"
/// </code>
/// Absolute form is accepted, as RFC 9112 §3.2.2 demands of servers; its authority is as little inspected as Host is.
/// Positions count from the first byte of the line.
/// </summary>
internal struct RequestLine
{
    internal int MethodLength;
    internal int TargetStart;
    internal int TargetEnd;
    internal int PathStart;
    internal int PathEnd;
    internal bool IsHttp11;

    private static ReadOnlySpan<byte> Version11 => "HTTP/1.1"u8;

    private static ReadOnlySpan<byte> Version10 => "HTTP/1.0"u8;

    /// <summary>Reads a line without its CR LF.</summary>
    internal static HttpFault Parse(ReadOnlySpan<byte> line, out RequestLine parsed)
    {
        parsed = default;
        var methodEnd = line.IndexOf(HttpGrammar.Space);
        var versionStart = line.LastIndexOf(HttpGrammar.Space) + 1;
        if (methodEnd <= 0 || versionStart <= methodEnd + 1 || !HttpGrammar.IsToken(line[..methodEnd]))
        {
            return HttpFault.MalformedRequestLine;
        }

        var version = line[versionStart..];
        parsed.IsHttp11 = version.SequenceEqual(Version11);
        if (!parsed.IsHttp11 && !version.SequenceEqual(Version10))
        {
            return IsVersion(version) ? HttpFault.UnsupportedVersion : HttpFault.MalformedRequestLine;
        }

        parsed.MethodLength = methodEnd;
        parsed.TargetStart = methodEnd + 1;
        parsed.TargetEnd = versionStart - 1;
        return ParseTarget(line, ref parsed);
    }

    private static HttpFault ParseTarget(ReadOnlySpan<byte> line, ref RequestLine parsed)
    {
        var target = line[parsed.TargetStart..parsed.TargetEnd];
        if (target.IsEmpty || target.Contains(HttpGrammar.Space))
        {
            return HttpFault.MalformedRequestLine;
        }

        var path = 0;
        if (target[0] != '/')
        {
            path = PathOfOtherForm(line[..parsed.MethodLength], target);
            if (path < 0)
            {
                return HttpFault.InvalidTarget;
            }
        }

        // Brackets of an IPv6 authority are nobody's business; what follows it is checked.
        var rest = target[path..];
        if (rest.ContainsAnyExcept(HttpGrammar.TargetBytes))
        {
            return HttpFault.InvalidTarget;
        }

        var query = rest.IndexOf((byte)'?');
        parsed.PathStart = parsed.TargetStart + path;
        parsed.PathEnd = query < 0 ? parsed.TargetEnd : parsed.PathStart + query;
        return HttpFault.None;
    }

    /// <summary>Where the path of an asterisk-form or absolute-form target starts; negative if it is neither, or has no path.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int PathOfOtherForm(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target)
    {
        if (target.SequenceEqual("*"u8))
        {
            return method.SequenceEqual("OPTIONS"u8) ? 0 : -1;
        }

        var scheme = target.StartsWith("http://"u8) ? 7 : target.StartsWith("https://"u8) ? 8 : -1;
        if (scheme < 0)
        {
            return -1;
        }

        var slash = target[scheme..].IndexOf((byte)'/');
        return slash > 0 && !target.Slice(scheme, slash).ContainsAnyExceptInRange((byte)'!', (byte)'~')
            && !target.Slice(scheme, slash).ContainsAny((byte)'?', (byte)'#') ? scheme + slash : -1;
    }

    private static bool IsVersion(ReadOnlySpan<byte> version)
        => version.Length == 8 && version.StartsWith("HTTP/"u8) && char.IsAsciiDigit((char)version[5]) && version[6] == '.' && char.IsAsciiDigit((char)version[7]);
}
