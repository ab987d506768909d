using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>Reads redirects (RFC 9110 §15.4). Where they lead is judged like any first request.</summary>
internal static class Redirects
{
    internal static bool IsRedirect(int? status) => status is 301 or 302 or 303 or 307 or 308;

    /// <summary>The method of the next request: 303 makes GET of all but HEAD, 301 and 302 of POST; 307 and 308 keep it.</summary>
    internal static string NextMethod(int? status, string method) => status switch
    {
        303 when method != "HEAD" => "GET",
        301 or 302 when method == "POST" => "GET",
        _ => method,
    };

    /// <summary>Joins a <c>Location</c> with the URL it answers (RFC 3986 §5.2).</summary>
    /// <returns>False when it is empty or has a character that parsers disagree on.</returns>
    internal static bool TryJoin(Target current, string? location, out string url)
    {
        url = "";
        if (string.IsNullOrEmpty(location) || location.AsSpan().ContainsAnyExceptInRange('!', '~') || location.Contains('\\', StringComparison.Ordinal))
        {
            return false;
        }

        if (UrlText.SchemeLength(location) >= 0)
        {
            url = location;
            return true;
        }

        if (location.StartsWith("//", StringComparison.Ordinal))
        {
            url = (current.Scheme == EgressSchemes.Https ? "https:" : "http:") + location;
            return true;
        }

        var query = current.PathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? current.PathAndQuery : current.PathAndQuery[..query];
        url = current.Origin + location[0] switch
        {
            '/' => RemoveDotSegments(location),
            '?' => path + location,
            '#' => current.PathAndQuery,
            _ => RemoveDotSegments(path[..(path.LastIndexOf('/') + 1)] + location),
        };
        return true;
    }

    // RFC 3986 §5.2.4, on a path that begins with a slash; query and fragment stay as they are.
    internal static string RemoveDotSegments(string reference)
    {
        var end = reference.AsSpan().IndexOfAny('?', '#');
        var path = end < 0 ? reference : reference[..end];
        var kept = new List<string>();
        var segments = path.Split('/');
        for (var i = 1; i < segments.Length; i++)
        {
            var last = i == segments.Length - 1;
            if (segments[i] is "." or "..")
            {
                if (segments[i] == ".." && kept.Count > 0)
                {
                    kept.RemoveAt(kept.Count - 1);
                }

                if (last)
                {
                    kept.Add("");
                }
            }
            else
            {
                kept.Add(segments[i]);
            }
        }

        return "/" + string.Join('/', kept) + (end < 0 ? "" : reference[end..]);
    }
}
