namespace LatchGate.Egress;

/// <summary>Which layer decided.</summary>
public enum EgressLayer
{
    /// <summary>The action's rules, or the floor under them.</summary>
    Kernel,

    /// <summary>The operator's bounds.</summary>
    Gate,

    /// <summary>The operator's forward proxy.</summary>
    Proxy,
}

/// <summary>What the judge says, and why.</summary>
/// <param name="Reason"><see cref="EgressReason.Allowed"/>, or the first check that failed.</param>
/// <param name="Rule">The rule that decided; empty when none did.</param>
/// <param name="Layer">The layer that decided.</param>
/// <param name="Address">Class of the address that decided; null before addresses are known.</param>
/// <param name="Mixed">Whether public and other addresses stood in one DNS answer.</param>
/// <param name="Status">HTTP status the agent sees.</param>
/// <param name="Message">One sentence for the agent. Names no address.</param>
public readonly record struct EgressVerdict(
    EgressReason Reason, string Rule, EgressLayer Layer, AddressKind? Address, bool Mixed, int Status, string Message)
{
    /// <summary>Whether the request may go on.</summary>
    public bool Allowed => Reason is EgressReason.Allowed or EgressReason.Audit;

    /// <summary>With <see cref="EgressReason.Audit"/>: the list refusal that enforcing would answer; else null.</summary>
    public EgressReason? WouldDeny { get; init; }

    internal static EgressVerdict Allow(string rule, AddressKind? address = null, bool mixed = false) =>
        new(EgressReason.Allowed, rule, EgressLayer.Kernel, address, mixed, EgressReason.Allowed.Status(), EgressReason.Allowed.Message());

    // Allowed, or let through in audit mode: then the rule is the one that would deny.
    internal static EgressVerdict Pass(string rule, in EgressVerdict? forgiven, AddressKind? address = null, bool mixed = false) =>
        forgiven is not { } refusal ? Allow(rule, address, mixed) : new(
            EgressReason.Audit,
            refusal.Rule.Length > 0 ? refusal.Rule : rule,
            EgressLayer.Kernel,
            address,
            mixed,
            EgressReason.Audit.Status(),
            EgressReason.Audit.Message()) { WouldDeny = refusal.Reason };

    /// <summary>A refusal with the reason's own status and sentence.</summary>
    public static EgressVerdict Refuse(
        EgressReason reason, EgressLayer layer = EgressLayer.Kernel, AddressKind? address = null, bool mixed = false, string rule = "") =>
        new(reason, rule, layer, address, mixed, reason.Status(), reason.Message());

    internal static EgressVerdict Refuse(EgressDenyRule rule, AddressKind? address = null, bool mixed = false) =>
        new(EgressReason.DenyRule, rule.Name, EgressLayer.Kernel, address, mixed, rule.Status, rule.Message.Length > 0 ? rule.Message : EgressReason.DenyRule.Message());
}
