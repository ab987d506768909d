using System.Collections.Immutable;
using System.Text;
using LatchGate.Http;

namespace LatchGate.Approvals;

/// <summary>URLs and form bodies for an operator's eyes: their parameters are looked at by name.</summary>
internal static class PreviewUrl
{
    /// <summary>A URL without user information and without credentials in its query.</summary>
    internal static string Clean(string url, ImmutableArray<string> secrets)
    {
        var fragment = url.IndexOf('#', StringComparison.Ordinal);
        var end = fragment < 0 ? url.Length : fragment;
        var query = url.AsSpan(0, end).IndexOf('?');
        var path = query < 0 ? end : query;
        return WithoutUser(Redaction.Scrub(url[..path]))
            + (query < 0 ? "" : "?" + CleanPairs(url[(query + 1)..end], secrets))
            + (fragment < 0 ? "" : Redaction.Scrub(url[fragment..]));
    }

    /// <summary>Pairs as in a query or a form (<c>name=value&amp;…</c>), with the values of credentials left out.</summary>
    internal static string CleanPairs(string pairs, ImmutableArray<string> secrets)
    {
        var clean = new StringBuilder(pairs.Length);
        var rest = pairs.AsSpan();
        while (true)
        {
            var end = rest.IndexOf('&');
            var pair = end < 0 ? rest : rest[..end];
            var equals = pair.IndexOf('=');
            if (equals < 0)
            {
                clean.Append(Redaction.Scrub(pair.ToString()));
            }
            else
            {
                var (name, value) = (pair[..equals].ToString(), pair[(equals + 1)..].ToString());
                clean.Append(name).Append('=').Append(Redaction.IsSecretName(Decoded(name), secrets) ? Redaction.Marker(value.Length) : Scrubbed(value));
            }

            if (end < 0)
            {
                return clean.ToString();
            }

            clean.Append('&');
            rest = rest[(end + 1)..];
        }
    }

    // What is encoded is looked at decoded; the value is shown as it is sent.
    private static string Scrubbed(string value)
    {
        var decoded = Decoded(value);
        return Redaction.Scrub(decoded) == decoded ? value : Redaction.Scrub(value) is var scrubbed && scrubbed != value ? scrubbed : Redaction.Marker(value.Length);
    }

    private static string Decoded(string text) =>
        PercentDecoding.TryDecodeForm(Encoding.UTF8.GetBytes(text), out var decoded) ? decoded : text;

    private static string WithoutUser(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return url;
        }

        var from = scheme + 3;
        var slash = url.IndexOf('/', from);
        var authority = slash < 0 ? url.Length : slash;
        var at = url.LastIndexOf('@', authority - 1, authority - from);
        return at < 0 ? url : string.Concat(url.AsSpan(0, from), Redaction.Marker(at - from), url.AsSpan(at));
    }
}
