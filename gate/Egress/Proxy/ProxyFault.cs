using System.Diagnostics;

namespace LatchGate.Egress.Proxy;

/// <summary>What is wrong with the proxy, as the canary sees it.</summary>
internal enum ProxyFault
{
    /// <summary>Nothing: it refused what it must refuse.</summary>
    None,

    /// <summary>It was not asked yet.</summary>
    NotProbed,

    /// <summary>Its name does not resolve, or nothing accepts a connection there.</summary>
    Unreachable,

    /// <summary>It accepts connections, and does not answer in time or not in HTTP.</summary>
    NoAnswer,

    /// <summary>It wants credentials, which the gate has none of.</summary>
    WantsCredentials,

    /// <summary>It answers neither as one that refuses nor as one that lets through: no forward proxy.</summary>
    NoProxy,

    /// <summary>It tries to reach a name that no list has.</summary>
    AllowsUnlistedName,

    /// <summary>It tries to reach an address that is not public.</summary>
    AllowsPrivateAddress,
}

/// <summary>Words of <see cref="ProxyFault"/>.</summary>
internal static class ProxyFaults
{
    /// <summary>Whether the proxy lets through what it must refuse: worse than one that is away.</summary>
    internal static bool IsOpen(this ProxyFault fault) => fault is ProxyFault.AllowsUnlistedName or ProxyFault.AllowsPrivateAddress;

    /// <summary>Whether something answers there.</summary>
    internal static bool IsReachable(this ProxyFault fault) => fault is not (ProxyFault.NotProbed or ProxyFault.Unreachable or ProxyFault.NoAnswer);

    /// <summary>The stable word.</summary>
    internal static string Label(this ProxyFault fault) => fault switch
    {
        ProxyFault.None => "attested",
        ProxyFault.NotProbed => "egress_proxy_not_probed",
        ProxyFault.Unreachable => "egress_proxy_unreachable",
        ProxyFault.NoAnswer => "egress_proxy_no_answer",
        ProxyFault.WantsCredentials => "egress_proxy_wants_credentials",
        ProxyFault.NoProxy => "egress_proxy_is_no_proxy",
        ProxyFault.AllowsUnlistedName => "egress_proxy_allows_unlisted_name",
        ProxyFault.AllowsPrivateAddress => "egress_proxy_allows_private_address",
        _ => throw new UnreachableException(),
    };

    /// <summary>What to do about it, in one sentence.</summary>
    internal static string Remedy(this ProxyFault fault) => fault switch
    {
        ProxyFault.None or ProxyFault.NotProbed => "",
        ProxyFault.Unreachable => "Start the proxy, or correct egress_proxy_url.",
        ProxyFault.NoAnswer => "Look at the proxy's log; it is overloaded, or something else listens there.",
        ProxyFault.WantsCredentials => "Turn its authentication off, and restrict its port to the gate by the network.",
        ProxyFault.NoProxy => "Name a forward proxy in egress_proxy_url.",
        ProxyFault.AllowsUnlistedName => "Let it deny by default: see deploy/squid/squid.conf.",
        ProxyFault.AllowsPrivateAddress => "Let it refuse private addresses: see deploy/squid/squid.conf.",
        _ => throw new UnreachableException(),
    };
}
