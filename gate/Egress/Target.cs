using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LatchGate.Egress;

/// <summary>
/// Where a request wants to go. The text is checked once, here; from then on this object alone is matched, resolved,
/// connected and recorded, so that no two parsers can disagree.
/// </summary>
public sealed class Target
{
    /// <summary>Longest URL in UTF-8 bytes.</summary>
    public const int MaxLength = 8192;

    private Target(EgressSchemes scheme, CanonicalHost host, ushort port, string pathAndQuery, string origin, Uri requestUri)
    {
        Scheme = scheme;
        Host = host.Text;
        Address = host.Address;
        Port = port;
        PathAndQuery = pathAndQuery;
        Origin = origin;
        RequestUri = requestUri;
    }

    /// <summary>Exactly one flag.</summary>
    public EgressSchemes Scheme { get; }

    /// <summary>Lower-case A-labels without a dot at the end, or a canonical address without brackets.</summary>
    public string Host { get; }

    /// <summary>The address, when the host is a literal; null for a name.</summary>
    public IPAddress? Address { get; }

    /// <summary>1 to 65535.</summary>
    public ushort Port { get; }

    /// <summary>Path and query as they were given, non-ASCII percent-encoded as UTF-8; begins with <c>/</c>.</summary>
    public string PathAndQuery { get; }

    /// <summary><c>scheme://host:port</c>, the port always written. Holds no path, so it may be recorded.</summary>
    public string Origin { get; }

    /// <summary>What the HTTP client is given. Built from the parts above, its path left untouched.</summary>
    internal Uri RequestUri { get; }

    /// <summary>Checks <paramref name="url"/> (reference/egress.md C3 steps 1 to 5; RFC 3986 §3).</summary>
    /// <remarks>
    /// <code>
    /// url       = scheme "://" authority [path] ["?" query] ["#" fragment]     the fragment is dropped
    /// authority = host [":" port]                                             no userinfo, not even empty
    /// port      = [1-9][0-9]{0,4}, at most 65535
    /// </code>
    /// </remarks>
    /// <param name="url">Raw text, as the guest or a <c>Location</c> header gave it.</param>
    /// <param name="target">The target, when true is returned.</param>
    /// <param name="reason"><see cref="EgressReason.Allowed"/>, or the first check that failed.</param>
    public static bool Parse(string url, [NotNullWhen(true)] out Target? target, out EgressReason reason)
    {
        target = null;
        reason = EgressReason.InvalidUrl;
        var text = url.AsSpan();
        if (text.IsEmpty || text.Length > MaxLength || Encoding.UTF8.GetByteCount(text) > MaxLength || UrlText.HasForbidden(text))
        {
            return false;
        }

        var colon = UrlText.SchemeLength(text);
        if (colon < 0)
        {
            return false;
        }

        EgressSchemes scheme;
        if (text[..colon].Equals("https", StringComparison.OrdinalIgnoreCase))
        {
            scheme = EgressSchemes.Https;
        }
        else if (text[..colon].Equals("http", StringComparison.OrdinalIgnoreCase))
        {
            scheme = EgressSchemes.Http;
        }
        else
        {
            reason = EgressReason.UnsupportedScheme;
            return false;
        }

        var rest = text[(colon + 1)..];
        if (!rest.StartsWith("//", StringComparison.Ordinal))
        {
            return false;
        }

        rest = rest[2..];
        var end = rest.IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        if (authority.Contains('@'))
        {
            reason = EgressReason.UrlCredentials;
            return false;
        }

        if (!UrlText.TrySplit(authority, out var hostText, out var portText, out var hasPort, out reason)
            || !CanonicalHost.TryParse(hostText, out var host, out reason))
        {
            return false;
        }

        var port = scheme == EgressSchemes.Https ? (ushort)443 : (ushort)80;
        if (hasPort && !UrlText.TryParsePort(portText, out port))
        {
            reason = EgressReason.InvalidPort;
            return false;
        }

        return TryBuild(scheme, host, port, UrlText.PathOf(end < 0 ? [] : rest[end..]), out target, out reason);
    }

    private static bool TryBuild(EgressSchemes scheme, CanonicalHost host, ushort port, string path, out Target? target, out EgressReason reason)
    {
        var authority = host.Address is { AddressFamily: AddressFamily.InterNetworkV6 } ? $"[{host.Text}]" : host.Text;
        var origin = string.Create(CultureInfo.InvariantCulture, $"{(scheme == EgressSchemes.Https ? "https" : "http")}://{authority}:{port}");

        // The client reads the host from this object, so the platform's reading must be ours.
        if (!Uri.TryCreate(origin + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }, out var uri)
            || uri.IdnHost != host.Text || uri.Port != port)
        {
            target = null;
            reason = EgressReason.InvalidHost;
            return false;
        }

        target = new Target(scheme, host, port, path, origin, uri);
        reason = EgressReason.Allowed;
        return true;
    }
}
