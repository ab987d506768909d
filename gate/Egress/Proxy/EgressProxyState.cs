using System.Diagnostics;

namespace LatchGate.Egress.Proxy;

/// <summary>How far the proxy's list is from the computed one.</summary>
internal enum ListState
{
    /// <summary>The gate keeps no list (static mode), or has not looked yet.</summary>
    Unknown,

    /// <summary>The list is on disk; without a proxy to ask that is all that can be known.</summary>
    Written,

    /// <summary>The proxy has shown that it uses it.</summary>
    InForce,

    /// <summary>It cannot be written; the proxy keeps the earlier one.</summary>
    WriteFailed,

    /// <summary>It is on disk, and the reload command failed.</summary>
    ReloadFailed,

    /// <summary>It is on disk, and the proxy goes on with another one.</summary>
    NotInForce,
}

/// <summary>Words of <see cref="ListState"/>.</summary>
internal static class ListStates
{
    /// <summary>Whether the operator has to do something.</summary>
    internal static bool IsFault(this ListState state) => state is ListState.WriteFailed or ListState.ReloadFailed or ListState.NotInForce;

    /// <summary>The stable word.</summary>
    internal static string Label(this ListState state) => state switch
    {
        ListState.Unknown => "unknown",
        ListState.Written => "written",
        ListState.InForce => "in_force",
        ListState.WriteFailed => "egress_list_write_failed",
        ListState.ReloadFailed => "egress_list_reload_failed",
        ListState.NotInForce => "egress_list_not_in_force",
        _ => throw new UnreachableException(),
    };
}

/// <summary>What is known of the proxy and its list. Immutable; swapped whole.</summary>
/// <param name="IsConfigured">Whether there is a proxy at all.</param>
/// <param name="Fault">What the last canary found.</param>
/// <param name="ProbedAt">When.</param>
/// <param name="List">What the last sync did.</param>
/// <param name="Detail">Why it failed, in words; empty when it did not.</param>
/// <param name="Digest">The computed list, <c>sha256:HEX</c>; empty before the first sync.</param>
/// <param name="Entries">How many entries it has.</param>
internal sealed record EgressProxyState(
    bool IsConfigured, ProxyFault Fault, DateTimeOffset? ProbedAt, ListState List, string Detail, string Digest, int Entries)
{
    internal static EgressProxyState Initial(bool isConfigured) => new(isConfigured, ProxyFault.NotProbed, null, ListState.Unknown, "", "", 0);

    /// <summary>Whether the proxy has proved that it denies by default.</summary>
    internal bool IsAttested => IsConfigured && Fault == ProxyFault.None;

    /// <summary>Whether what actions may reach is narrower now than what the gate allows, or slower: all else works.</summary>
    internal bool IsDegraded => List.IsFault() || (IsConfigured && Fault is not (ProxyFault.None or ProxyFault.NotProbed));

    /// <summary>Whether the second layer lets through what it must not.</summary>
    internal bool IsOpen => IsConfigured && Fault.IsOpen();
}
