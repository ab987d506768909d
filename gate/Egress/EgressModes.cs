namespace LatchGate.Egress;

/// <summary>Whether the lists of a rule set bind.</summary>
public enum EgressMode
{
    /// <summary>They do.</summary>
    Enforce,

    /// <summary>
    /// What they refuse is let through and recorded, as long as the operator's audit window is open
    /// (<see cref="EgressCeiling.AuditUntil"/>). The floor, the operator's own lists, redirects, caps and credentials bind as ever.
    /// </summary>
    Audit,
}

/// <summary>What becomes of a target that no rule names.</summary>
public enum EgressDefault
{
    /// <summary>It is refused.</summary>
    Deny,

    /// <summary>It is let through, where the operator opened the gate (<see cref="EgressCeiling.OpenEgress"/>). The floor holds.</summary>
    Allow,
}

/// <summary>Transport of a target.</summary>
public enum EgressProtocol
{
    /// <summary>A stream; what <c>io/http</c> uses.</summary>
    Tcp,

    /// <summary>Datagrams; no host interface carries them yet.</summary>
    Udp,
}

/// <summary>What becomes of a response body over its limit.</summary>
public enum OverflowPolicy
{
    /// <summary>The call fails.</summary>
    Fail,

    /// <summary>The body is cut at the limit, and the answer says so.</summary>
    Truncate,
}
