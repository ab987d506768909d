using System.Globalization;
using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>The parts of an absolute URL (RFC 3986 §3) that a signature covers, spelt as Go's <c>net/url</c> spells them.</summary>
/// <param name="Host">Host and port, as written.</param>
/// <param name="Path">The escaped path.</param>
/// <param name="Query">The query, as written.</param>
internal sealed record AwsUrl(string Host, string Path, string Query)
{
    internal static AwsUrl? Parse(string url)
    {
        var rest = url.AsSpan();
        var fragment = rest.IndexOf('#');
        rest = fragment < 0 ? rest : rest[..fragment];
        var colon = rest.IndexOf("://");
        if (colon < 1 || rest.ContainsAnyInRange('\0', '\u001f') || rest.Contains('\u007f'))
        {
            return null;
        }

        rest = rest[(colon + 3)..];
        var question = rest.IndexOf('?');
        var query = question < 0 ? "" : rest[(question + 1)..].ToString();
        rest = question < 0 ? rest : rest[..question];
        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest[..slash];
        var host = authority[(authority.LastIndexOf('@') + 1)..];
        return host.IsEmpty || host.ContainsAny(" %<>") || Escape(slash < 0 ? "" : rest[slash..].ToString()) is not { } path
            ? null
            : new AwsUrl(host.ToString(), path, query);
    }

    // A path that is validly escaped stays as it is; any other is unescaped, then escaped throughout.
    private static string? Escape(string path)
    {
        var bytes = new List<byte>(path.Length);
        var valid = true;
        var source = Encoding.UTF8.GetBytes(path);
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != '%')
            {
                valid &= Stays(source[i]) || "!'()*[]"u8.Contains(source[i]);
                bytes.Add(source[i]);
                continue;
            }

            if (i + 2 >= source.Length || !byte.TryParse(path.Length == source.Length ? path.AsSpan(i + 1, 2) : Encoding.ASCII.GetString(source, i + 1, 2),
                NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                return null;
            }

            bytes.Add(octet);
            i += 2;
        }

        if (valid)
        {
            return path;
        }

        var escaped = new StringBuilder();
        foreach (var octet in bytes)
        {
            _ = Stays(octet) ? escaped.Append((char)octet) : escaped.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }

        return escaped.ToString();
    }

    private static bool Stays(byte octet) => char.IsAsciiLetterOrDigit((char)octet) || "-_.~$&+,/:;=@"u8.Contains(octet);
}
