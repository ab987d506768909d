using System.Collections.Immutable;
using System.Net;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>
/// What a connection may be reused for: the same principal, action and rule, to the same origin over the same judged
/// addresses, with the same trust. A connection judged for one is never lent to another.
/// </summary>
internal sealed class RouteKey : IEquatable<RouteKey>
{
    private readonly string _principal;
    private readonly string _action;
    private readonly string _rule;
    private readonly string _origin;
    private readonly ImmutableArray<IPAddress> _addresses;
    private readonly object? _trust;
    private readonly int _hash;

    /// <param name="route">Judged.</param>
    /// <param name="trust">What stands for the rule's own authorities; null without.</param>
    internal RouteKey(JudgedRoute route, object? trust)
    {
        _trust = trust;
        _principal = route.Principal;
        _action = route.Action;
        _rule = route.Rule;
        _origin = route.Target.Origin;

        // Resolvers rotate their answers: the set counts, not the order.
        _addresses = route.Addresses;
        var addresses = 0;
        foreach (var address in _addresses)
        {
            addresses ^= address.GetHashCode();
        }

        _hash = HashCode.Combine(_principal, _action, _rule, _origin, addresses);
    }

    public bool Equals(RouteKey? other)
    {
        if (other is null || _hash != other._hash || _addresses.Length != other._addresses.Length || _principal != other._principal
            || _action != other._action || _rule != other._rule || _origin != other._origin || !ReferenceEquals(_trust, other._trust))
        {
            return false;
        }

        // Both are free of duplicates, so equal length and inclusion make equal sets.
        foreach (var address in _addresses)
        {
            if (!other._addresses.Contains(address))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as RouteKey);

    public override int GetHashCode() => _hash;
}
