using System.Collections.Immutable;

namespace LatchGate.Egress;

/// <summary>
/// An action's ways out, as compiled from the <c>egress:</c> block of its manifest (reference/egress.md C2). Immutable.
/// </summary>
/// <param name="Profile">Whether there is any way out.</param>
/// <param name="Allow">Allow rules in manifest order; empty means nothing is reachable.</param>
/// <param name="Deny">Deny rules in manifest order; they win over every allow rule.</param>
/// <param name="AllowLearning">Whether a call to an unlisted host is put to an operator instead of refused.</param>
/// <param name="Limits">Bounds of each request.</param>
public sealed record EgressRuleSet(
    EgressProfile Profile,
    ImmutableArray<EgressAllowRule> Allow,
    ImmutableArray<EgressDenyRule> Deny,
    bool AllowLearning,
    EgressLimits Limits)
{
    /// <summary>The most redirects that a rule set may let follow.</summary>
    public const int MostRedirects = 10;

    private IndexCache _cache = new();

    /// <summary>No way out at all.</summary>
    public static EgressRuleSet Closed { get; } = new(EgressProfile.None, [], [], false, EgressLimits.Default);

    /// <inheritdoc cref="EgressRuleSet(EgressProfile, ImmutableArray{EgressAllowRule}, ImmutableArray{EgressDenyRule}, bool, EgressLimits)"/>
    public ImmutableArray<EgressAllowRule> Allow
    {
        get;
        init
        {
            field = value;
            _cache = new IndexCache();
        }
    } = Allow;

    /// <inheritdoc cref="EgressRuleSet(EgressProfile, ImmutableArray{EgressAllowRule}, ImmutableArray{EgressDenyRule}, bool, EgressLimits)"/>
    public ImmutableArray<EgressDenyRule> Deny
    {
        get;
        init
        {
            field = value;
            _cache = new IndexCache();
        }
    } = Deny;

    /// <summary>Whether the lists bind.</summary>
    public EgressMode Mode { get; init; }

    /// <summary>When audit mode ends at the latest; null leaves it to the operator's end alone.</summary>
    public DateTimeOffset? AuditUntil { get; init; }

    /// <summary>What becomes of a target that no rule names.</summary>
    public EgressDefault Default { get; init; }

    /// <summary>Redirects followed at most, 0 to 10, each judged anew; 0 refuses any.</summary>
    public int MaxRedirects { get; init; }

    /// <summary>
    /// Media types that a response may have, lower case without parameters; the empty text stands for a response that names none. Empty
    /// means any.
    /// </summary>
    public ImmutableArray<string> ContentTypes { get; init; } = [];

    /// <summary>Headers that a provider may send, lower case; empty means all that the gate does not reserve.</summary>
    public ImmutableArray<string> RequestHeaders { get; init; } = [];

    /// <summary>Whether every host is named: by <c>default: allow</c>, or by a rule for any. It takes an operator to make it hold.</summary>
    public bool OpensAll
    {
        get
        {
            foreach (var rule in Allow)
            {
                if (rule.Any)
                {
                    return true;
                }
            }

            return Default == EgressDefault.Allow;
        }
    }

    /// <summary>Which rules list a host. Made at the first question, then kept.</summary>
    internal EgressRuleIndex Index => _cache.Index ??= new EgressRuleIndex(Allow, Deny);

    // What is derived from the rules takes no part in comparing them.
    private sealed class IndexCache
    {
        internal EgressRuleIndex? Index { get; set; }

        public override bool Equals(object? obj) => obj is IndexCache;

        public override int GetHashCode() => 0;
    }
}

/// <summary>Whether an action has a way out.</summary>
public enum EgressProfile
{
    /// <summary>No network.</summary>
    None,

    /// <summary>Only what a rule lists.</summary>
    ProxyAllowlist,
}

/// <summary>One opening.</summary>
/// <param name="Name"><c>[a-z0-9._-]{1,64}</c>, unique over allow and deny.</param>
/// <param name="Hosts">Host patterns; empty when the rule is by CIDR alone.</param>
/// <param name="Cidrs">Networks; with hosts, both must hold.</param>
/// <param name="Ports">Inclusive port ranges.</param>
/// <param name="Schemes">Accepted schemes.</param>
/// <param name="Methods">Accepted methods in upper case; empty means any.</param>
/// <param name="AllowPrivateTargets">Whether special addresses may be reached, where the operator's ceiling says so too.</param>
/// <param name="Resolve">Whether names may be resolved for a rule that has only CIDRs.</param>
/// <param name="Expires">When the rule stops to apply; null means never.</param>
public sealed record EgressAllowRule(
    string Name,
    ImmutableArray<HostPattern> Hosts,
    ImmutableArray<Cidr> Cidrs,
    ImmutableArray<PortRange> Ports,
    EgressSchemes Schemes,
    ImmutableArray<string> Methods,
    bool AllowPrivateTargets,
    bool Resolve,
    DateTimeOffset? Expires)
{
    /// <summary>Transport; a target of another is refused.</summary>
    public EgressProtocol Protocol { get; init; }

    /// <summary>Whom the rule is for; empty means everybody.</summary>
    public ImmutableArray<PrincipalSelector> Principals { get; init; } = [];

    /// <summary>Credentials that requests under this rule get, in this order. Only over https, only for these hosts.</summary>
    public ImmutableArray<CredentialBinding> Credentials { get; init; } = [];

    /// <summary>Bounds of bytes; null for none.</summary>
    public BandwidthCap? Bandwidth { get; init; }

    /// <summary>Bounds of tokens and money; null for none.</summary>
    public SpendCap? Spend { get; init; }

    /// <summary>An absolute path of PEM certificates that TLS trusts under this rule, beside the roots it trusts anyway; null for none.</summary>
    public string? CaFile { get; init; }

    /// <summary>Whether the rule names every host; without effect unless the operator opened the gate (<see cref="EgressCeiling.OpenEgress"/>).</summary>
    public bool Any { get; init; }
}

/// <summary>One refusal. A target is refused that fits everything the rule says; a rule that says nothing refuses all.</summary>
/// <param name="Name">As in <see cref="EgressAllowRule.Name"/>.</param>
/// <param name="Hosts">Host patterns; empty for any host.</param>
/// <param name="Cidrs">Networks; any one address within one is enough. Empty for any address.</param>
/// <param name="Status">HTTP status of the refusal, 400 to 599.</param>
/// <param name="Message">What the caller is told, at most 512 characters; empty for the default.</param>
public sealed record EgressDenyRule(string Name, ImmutableArray<HostPattern> Hosts, ImmutableArray<Cidr> Cidrs, int Status, string Message)
{
    /// <summary>Inclusive port ranges; empty for any port.</summary>
    public ImmutableArray<PortRange> Ports { get; init; } = [];

    /// <summary>Whom the rule is against; empty means everybody.</summary>
    public ImmutableArray<PrincipalSelector> Principals { get; init; } = [];
}

/// <summary>URL schemes of a rule.</summary>
[Flags]
public enum EgressSchemes
{
    /// <summary><c>https</c>.</summary>
    Https = 1,

    /// <summary><c>http</c>.</summary>
    Http = 2,
}

/// <summary>Inclusive port range.</summary>
/// <param name="From">1 to 65535.</param>
/// <param name="To"><paramref name="From"/> to 65535.</param>
public readonly record struct PortRange(ushort From, ushort To)
{
    /// <summary>Whether the range covers <paramref name="port"/>.</summary>
    public bool Contains(int port) => port >= From && port <= To;
}

/// <summary>Bounds of one request (reference/egress.md C2).</summary>
/// <param name="RequestBytes">Largest request body in bytes.</param>
/// <param name="ResponseBytes">Largest response body in bytes, raw and decoded.</param>
/// <param name="ConnectMs">Milliseconds to connect, TLS included.</param>
/// <param name="RequestMs">Milliseconds for the whole request.</param>
public sealed record EgressLimits(int RequestBytes, int ResponseBytes, int ConnectMs, int RequestMs)
{
    /// <summary>What applies where a manifest says nothing.</summary>
    public static EgressLimits Default { get; } = new(1024 * 1024, 10 * 1024 * 1024, 5_000, 30_000);

    /// <summary>What becomes of a response body over <see cref="ResponseBytes"/>.</summary>
    public OverflowPolicy OnOverflow { get; init; }
}
