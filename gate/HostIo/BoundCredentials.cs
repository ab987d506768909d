using System.Collections.Immutable;
using LatchGate.Secrets;

namespace LatchGate.HostIo;

/// <summary>What a rule's credentials made of one request. Holds the secrets open until the exchange is over.</summary>
internal sealed class BoundCredentials : IDisposable
{
    private readonly List<SecretLease> _leases = [];
    private readonly List<SecretField> _fields = [];

    /// <summary>What is in the request now: header names, and <c>query:NAME</c> for parameters. For the record.</summary>
    internal ImmutableArray<string> Injected { get; private set; } = [];

    /// <summary>Those of them that replaced something of the guest's.</summary>
    internal ImmutableArray<string> Collided { get; private set; } = [];

    /// <summary>The secrets whose marks are in the request.</summary>
    internal SecretField[] Fields => [.. _fields];

    public void Dispose()
    {
        foreach (var lease in _leases)
        {
            lease.Dispose();
        }
    }

    internal SecretLease Hold(SecretLease lease)
    {
        _leases.Add(lease);
        return lease;
    }

    /// <summary>Adds a field, and returns the mark to write for it.</summary>
    internal string Mark(SecretField field)
    {
        _fields.Add(field);
        return field.Mark;
    }

    internal void Note(string name, bool collided)
    {
        Injected = Injected.Add(name);
        Collided = collided ? Collided.Add(name) : Collided;
    }
}
