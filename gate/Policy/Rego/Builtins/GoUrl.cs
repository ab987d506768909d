namespace LatchGate.Policy.Rego.Builtins;

/// <summary>A URI (RFC 3986 §3) in the shape of Go's <c>net/url.URL</c>.</summary>
internal static class GoUrl
{
    /// <summary>The parts, or null for a URI with escapes or a user, which Go shows in more ways than one.</summary>
    internal static RegoObject? Parse(string uri)
    {
        var colon = uri.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || uri.AsSpan().ContainsAny('%', '@', ' '))
        {
            return null;
        }

        var scheme = uri[..colon].ToLowerInvariant();
        var rest = uri[(colon + 1)..];
        var fragment = Cut(ref rest, '#');
        var forceQuery = rest.EndsWith('?') && rest.IndexOf('?', StringComparison.Ordinal) == rest.Length - 1;
        var query = Cut(ref rest, '?');
        var (opaque, host, path) = ("", "", rest);
        if (rest.StartsWith("//", StringComparison.Ordinal))
        {
            var slash = rest.IndexOf('/', 2);
            host = slash < 0 ? rest[2..] : rest[2..slash];
            path = slash < 0 ? "" : rest[slash..];
        }
        else if (!rest.StartsWith('/'))
        {
            (opaque, path) = (rest, "");
        }

        var parts = new RegoObject();
        parts.Set("Scheme", new RegoString(scheme));
        parts.Set("Opaque", new RegoString(opaque));
        parts.Set("User", RegoNull.Instance);
        parts.Set("Host", new RegoString(host));
        parts.Set("Path", new RegoString(path));
        parts.Set("RawPath", RegoString.Empty);
        parts.Set("OmitHost", RegoBoolean.False);
        parts.Set("ForceQuery", RegoBoolean.Of(forceQuery));
        parts.Set("RawQuery", new RegoString(query));
        parts.Set("Fragment", new RegoString(fragment));
        parts.Set("RawFragment", RegoString.Empty);
        return parts;
    }

    private static string Cut(ref string text, char at)
    {
        var index = text.IndexOf(at, StringComparison.Ordinal);
        var after = index < 0 ? "" : text[(index + 1)..];
        text = index < 0 ? text : text[..index];
        return after;
    }
}
