using System.Collections.Immutable;
using System.Net;
using LatchGate.Pipeline;

namespace LatchGate.Egress;

/// <summary>What the operator says about ways out. It only narrows what manifests open; the default opens no special address.</summary>
public sealed record EgressCeiling
{
    private readonly ImmutableArray<Cidr> _nat64Prefixes = [];

    /// <summary>Nothing special is open, nothing else is narrowed.</summary>
    public static EgressCeiling Default { get; } = new();

    /// <summary>Special addresses that a rule with its flag may reach (<c>egress.private_cidrs</c>).</summary>
    public ImmutableArray<Cidr> PrivateCidrs { get; init; } = [];

    /// <summary>RFC 6052 prefixes of the operator's network, beside 64:ff9b::/96 (<c>egress.nat64_prefixes</c>).</summary>
    /// <exception cref="StartupException">A prefix is not IPv6 or has a length that RFC 6052 §2.2 does not define.</exception>
    public ImmutableArray<Cidr> Nat64Prefixes
    {
        get => _nat64Prefixes;
        init
        {
            foreach (var prefix in value)
            {
                if (prefix.Network.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6
                    || prefix.PrefixLength is not (32 or 40 or 48 or 56 or 64 or 96))
                {
                    throw new StartupException(
                        StartupError.ConfigValidationFailed,
                        $"egress.nat64_prefixes has {prefix.Network}/{prefix.PrefixLength}, which is no NAT64 prefix.",
                        "Use an IPv6 prefix of length 32, 40, 48, 56, 64 or 96 (RFC 6052).");
                }
            }

            _nat64Prefixes = value;
        }
    }

    /// <summary>Hosts that no action reaches (<c>egress.deny</c>).</summary>
    public ImmutableArray<HostPattern> Deny
    {
        get;
        init
        {
            field = value;
            DeniedHosts = HostTable.Of(value);
        }
    } = [];

    /// <summary>The only hosts that any action reaches (<c>egress.ceiling_hosts</c>); null means no such bound, empty means none.</summary>
    public ImmutableArray<HostPattern>? RuntimeAllowlist
    {
        get;
        init
        {
            field = value;
            CeilingHosts = value is { } hosts ? HostTable.Of(hosts) : null;
        }
    }

    /// <summary>Whether rules that name every host, and <c>default: allow</c>, have effect (<c>egress.open_egress</c>).</summary>
    public bool OpenEgress { get; init; }

    /// <summary>
    /// When the operator's audit window closes (<c>egress.mode = "audit"</c> with <c>egress.audit_until</c>); null means that all rule sets
    /// are enforced, whatever their mode. So audit mode ends by itself.
    /// </summary>
    public DateTimeOffset? AuditUntil { get; init; }

    /// <summary>Whether the rules' lists only record at <paramref name="now"/>: they ask for it, and neither their end nor the operator's has come.</summary>
    public bool Audits(EgressRuleSet rules, DateTimeOffset now) =>
        rules.Mode == EgressMode.Audit && AuditUntil is { } end && now < end && (rules.AuditUntil is not { } own || now < own);

    /// <summary>The labels of principals (<c>[identity.peercred.principals.UID] labels</c>).</summary>
    public PrincipalDirectory Principals { get; init; } = PrincipalDirectory.Empty;

    /// <summary>Addresses of the gate's own interfaces. Leave loopback out: it is special, and endpoints on it are listed below.</summary>
    public ImmutableArray<IPAddress> GateAddresses { get; init; } = [];

    /// <summary>Endpoints of the gate's neighbours: Redis, OPA, proxy, its own listeners.</summary>
    public ImmutableArray<IPEndPoint> GateEndpoints { get; init; } = [];

    /// <summary><see cref="Deny"/>, prepared for questions.</summary>
    internal HostTable DeniedHosts { get; private init; } = HostTable.Of(ImmutableArray<HostPattern>.Empty);

    /// <summary><see cref="RuntimeAllowlist"/>, prepared for questions.</summary>
    internal HostTable? CeilingHosts { get; private init; }
}
