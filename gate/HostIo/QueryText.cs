using System.Text;

namespace LatchGate.HostIo;

/// <summary>Single parameters of a path with query, the rest of which stays as it was written.</summary>
internal static class QueryText
{
    /// <summary>Adds a parameter at the end.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="name">Plain; it is encoded.</param>
    /// <param name="value">Encoded already.</param>
    internal static string Add(string path, string name, string value)
    {
        var plain = Encoding.UTF8.GetBytes(name);
        var encoded = new byte[plain.Length * 3];
        var length = PercentEncoding.Write(plain, encoded, keepSlash: false);
        var separator = path.Contains('?', StringComparison.Ordinal) ? path[^1] is '?' or '&' ? "" : "&" : "?";
        return $"{path}{separator}{Encoding.ASCII.GetString(encoded, 0, length)}={value}";
    }

    /// <summary>Takes every parameter of a name out, in whatever spelling.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="name">Plain.</param>
    /// <param name="removed">The values, as they were written, joined by <c>&amp;</c>; null when there was none.</param>
    /// <returns>The same text when there was none.</returns>
    internal static string Remove(string path, string name, out string? removed)
    {
        removed = null;
        var question = path.IndexOf('?', StringComparison.Ordinal);
        if (question < 0)
        {
            return path;
        }

        var plain = Encoding.UTF8.GetBytes(name);
        var query = path.AsSpan(question + 1);
        var kept = new StringBuilder();
        foreach (var range in query.Split('&'))
        {
            var parameter = query[range];
            var equals = parameter.IndexOf('=');
            if (PercentEncoding.Decode(equals < 0 ? parameter : parameter[..equals], plusIsSpace: true).AsSpan().SequenceEqual(plain))
            {
                var value = equals < 0 ? "" : parameter[(equals + 1)..].ToString();
                removed = removed is null ? value : $"{removed}&{value}";
            }
            else
            {
                kept.Append(kept.Length > 0 ? "&" : "").Append(parameter);
            }
        }

        return removed is null ? path : kept.Length == 0 ? path[..question] : $"{path[..question]}?{kept}";
    }
}
