using System.Collections.Frozen;
using System.Globalization;

namespace LatchGate.Identity;

/// <summary>Who a user of this machine is to the gate: one entry of <c>[identity.peercred.principals]</c>.</summary>
public sealed class PeercredPrincipal
{
    /// <summary>Makes an entry.</summary>
    /// <param name="principal">The name that leases carry as <c>sub</c>.</param>
    /// <param name="scopes">The scopes that may be leased; null (no <c>scopes</c> key) is <c>tools:call</c>, an empty list is none.</param>
    /// <param name="owner">Who answers for the principal, or null.</param>
    /// <exception cref="ArgumentException">The name is empty, holds control characters or claims a reserved prefix, or a scope is malformed.</exception>
    public PeercredPrincipal(string principal, IReadOnlyList<string>? scopes, string? owner)
    {
        if (!PrincipalName.IsWellFormed(principal))
        {
            throw new ArgumentException($"'{principal}' is not a principal's name.", nameof(principal));
        }

        if (principal.StartsWith(PeercredMap.UnmappedPrefix, StringComparison.Ordinal) || principal.StartsWith("dev:", StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{principal}' begins with a prefix that the gate gives out itself.", nameof(principal));
        }

        foreach (var scope in scopes ?? [])
        {
            if (!LatchGate.Identity.Scopes.IsWellFormed(scope))
            {
                throw new ArgumentException($"'{scope}' is not a scope.", nameof(scopes));
            }
        }

        Principal = principal;
        Scopes = scopes is null ? [LatchGate.Identity.Scopes.ToolsCall] : [.. scopes];
        Owner = owner;
    }

    /// <summary>The principal's name.</summary>
    public string Principal { get; }

    /// <summary>The scopes that may be leased; empty means none at all.</summary>
    public IReadOnlyList<string> Scopes { get; }

    /// <summary>Who answers for the principal.</summary>
    public string? Owner { get; }
}

/// <summary>Users of this machine by uid, as the kernel reports them for a Unix socket connection (<c>SO_PEERCRED</c>).</summary>
/// <param name="principals">Entries by uid.</param>
/// <param name="allowUnmapped">Whether other users are served, as <c>uid:N</c> with the scope <c>tools:call</c>.</param>
public sealed class PeercredMap(IReadOnlyDictionary<uint, PeercredPrincipal> principals, bool allowUnmapped = false)
{
    internal const string UnmappedPrefix = "uid:";

    private readonly Dictionary<uint, PeercredPrincipal> _principals = new(principals);

    internal PeercredPrincipal? Find(uint uid) => _principals.GetValueOrDefault(uid);

    /// <summary>The name of a user: mapped, <c>uid:N</c>, or null when such users are not served.</summary>
    internal string? NameOf(uint uid) =>
        Find(uid)?.Principal ?? (allowUnmapped ? UnmappedPrefix + uid.ToString(CultureInfo.InvariantCulture) : null);
}
