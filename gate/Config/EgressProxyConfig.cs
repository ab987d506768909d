using System.Globalization;
using LatchGate.Egress;

namespace LatchGate.Config;

/// <summary>The forward proxy that all requests of actions go through, and how its list is kept (docs/squid.md).</summary>
/// <param name="Url"><c>egress_proxy_url</c>; null connects directly.</param>
/// <param name="LiveAllowlistPath"><c>egress_live_allowlist_path</c>: the list that the gate writes; null when it is shipped with the proxy.</param>
/// <param name="ReloadCommand">
/// <c>egress_reload_command</c> as words, run without a shell when the list changed; null when the proxy notices by itself.
/// </param>
public sealed record EgressProxyConfig(ProxyAddress? Url, string? LiveAllowlistPath, string[]? ReloadCommand)
{
    /// <summary>No proxy.</summary>
    public static EgressProxyConfig None { get; } = new(null, null, null);

    internal static EgressProxyConfig Read(ConfigTable root)
    {
        var url = root.Text("egress_proxy_url");
        var path = root.FilePath("egress_live_allowlist_path");
        var reload = root.Text("egress_reload_command");
        if (reload is not null && path is null)
        {
            throw reload.Refuse("is set without egress_live_allowlist_path", "Name the list that the proxy is to reload, or remove the command.");
        }

        return new EgressProxyConfig(
            url is null ? null : ProxyAddress.TryParse(url.Value, out var address) ? address
                : throw url.Refuse("is not the address of a forward proxy", "Give \"http://HOST:PORT\" without user and path, such as \"http://squid:3128\"."),
            path,
            reload is null ? null : CommandWords.TrySplit(reload.Value, out var words) ? words
                : throw reload.Refuse("is not a command", "Write program and arguments, separated by blanks; quote what holds blanks. No shell reads it."));
    }
}

/// <summary>Where a forward proxy listens: <c>http://HOST:PORT</c>. The host may be a name, also of one label.</summary>
/// <param name="Host">A name in lower case, or an address without brackets.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record ProxyAddress(string Host, int Port)
{
    private const string Scheme = "http://";

    /// <summary>Reads it; the port must be there: 80 is no proxy's.</summary>
    public static bool TryParse(string text, out ProxyAddress? address)
    {
        address = null;
        var authority = text.EndsWith('/') ? text[..^1] : text;
        if (!authority.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        authority = authority[Scheme.Length..];
        var colon = authority.LastIndexOf(':');
        if (colon <= 0 || !CanonicalHost.TryParse(authority.AsSpan(0, colon), out var host, out _))
        {
            return false;
        }

        var port = authority.AsSpan(colon + 1);
        if (port.Length is 0 or > 5 || port[0] == '0' || port.ContainsAnyExceptInRange('0', '9')
            || int.Parse(port, NumberStyles.None, CultureInfo.InvariantCulture) is not (> 0 and <= ushort.MaxValue and var number))
        {
            return false;
        }

        address = new ProxyAddress(host.Text, number);
        return true;
    }

    /// <summary>As in the configuration.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Scheme}{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");
}
