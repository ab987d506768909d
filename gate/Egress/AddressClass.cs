using System.Diagnostics;

namespace LatchGate.Egress;

/// <summary>What kind of address an address is (reference/egress.md C4).</summary>
public enum AddressClass
{
    /// <summary>Globally reachable unicast.</summary>
    Public,

    /// <summary>A cloud metadata service.</summary>
    Metadata,

    /// <summary>0.0.0.0/8 and ::.</summary>
    Unspecified,

    /// <summary>169.254.0.0/16 and fe80::/10.</summary>
    LinkLocal,

    /// <summary>224.0.0.0/4 and ff00::/8.</summary>
    Multicast,

    /// <summary>255.255.255.255.</summary>
    Broadcast,

    /// <summary>240.0.0.0/4, and IPv6 outside 2000::/3 that no row names.</summary>
    Reserved,

    /// <summary>::/96, IPv4-compatible.</summary>
    TransitionCompat,

    /// <summary>::ffff:0:0:0/96, IPv4-translated (RFC 2765).</summary>
    TransitionTranslated,

    /// <summary>2002::/16.</summary>
    Transition6to4,

    /// <summary>2001::/32.</summary>
    TransitionTeredo,

    /// <summary>64:ff9b:1::/48 (RFC 8215).</summary>
    TransitionNat64Local,

    /// <summary>Interface identifier 0000:5efe or 0200:5efe (RFC 5214).</summary>
    TransitionIsatap,

    /// <summary>127.0.0.0/8 and ::1.</summary>
    Loopback,

    /// <summary>RFC 1918.</summary>
    Private,

    /// <summary>100.64.0.0/10 (RFC 6598).</summary>
    Cgnat,

    /// <summary>fc00::/7 (RFC 4193).</summary>
    Ula,

    /// <summary>fec0::/10, deprecated.</summary>
    SiteLocal,

    /// <summary>192.0.0.0/24 and what 2001::/23 holds beside its own rows.</summary>
    Ietf,

    /// <summary>192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32, 3fff::/20.</summary>
    Documentation,

    /// <summary>192.88.99.0/24, the former 6to4 relay anycast.</summary>
    Relay6to4,

    /// <summary>198.18.0.0/15 and 2001:2::/48.</summary>
    Benchmark,

    /// <summary>2001:10::/28 and 2001:20::/28.</summary>
    Orchid,

    /// <summary>100::/64.</summary>
    Discard,

    /// <summary>5f00::/16 (RFC 9602).</summary>
    Srv6,

    /// <summary>The gate's own addresses, and endpoints of its neighbours.</summary>
    GateIfaddr,
}

/// <summary>Who may open an address.</summary>
public enum AddressTier
{
    /// <summary>Any rule that lists it.</summary>
    Public,

    /// <summary>A rule with its flag, where the operator's ceiling covers it too.</summary>
    Special,

    /// <summary>Nobody.</summary>
    Never,
}

/// <summary>The class of one address.</summary>
/// <param name="Class">Its class, or the class of the IPv4 address within.</param>
/// <param name="ThroughNat64">Whether the class is that of an IPv4 address embedded by a NAT64 prefix.</param>
public readonly record struct AddressKind(AddressClass Class, bool ThroughNat64)
{
    /// <summary>Who may open it. A NAT64 form of something not public is never opened: the IPv4 form is there for that.</summary>
    public AddressTier Tier => Class switch
    {
        AddressClass.Public => AddressTier.Public,
        < AddressClass.Loopback or AddressClass.GateIfaddr => AddressTier.Never,
        _ => ThroughNat64 ? AddressTier.Never : AddressTier.Special,
    };

    /// <summary>The lower-case label for records.</summary>
    public string Label
    {
        get
        {
            var label = Class switch
            {
                AddressClass.Public => "public",
                AddressClass.Metadata => "metadata",
                AddressClass.Unspecified => "unspecified",
                AddressClass.LinkLocal => "link_local",
                AddressClass.Multicast => "multicast",
                AddressClass.Broadcast => "broadcast",
                AddressClass.Reserved => "reserved",
                AddressClass.TransitionCompat => "transition_compat",
                AddressClass.TransitionTranslated => "transition_translated",
                AddressClass.Transition6to4 => "transition_6to4",
                AddressClass.TransitionTeredo => "transition_teredo",
                AddressClass.TransitionNat64Local => "transition_nat64_local",
                AddressClass.TransitionIsatap => "transition_isatap",
                AddressClass.Loopback => "loopback",
                AddressClass.Private => "private",
                AddressClass.Cgnat => "cgnat",
                AddressClass.Ula => "ula",
                AddressClass.SiteLocal => "site_local",
                AddressClass.Ietf => "ietf",
                AddressClass.Documentation => "documentation",
                AddressClass.Relay6to4 => "relay_6to4",
                AddressClass.Benchmark => "benchmark",
                AddressClass.Orchid => "orchid",
                AddressClass.Discard => "discard",
                AddressClass.Srv6 => "srv6",
                AddressClass.GateIfaddr => "gate_ifaddr",
                _ => throw new UnreachableException(),
            };
            return ThroughNat64 ? "nat64_" + label : label;
        }
    }
}
