using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Model;
using Microsoft.CodeAnalysis;

namespace LatchGate.Generators.Diagnostics;

/// <summary>A diagnostic held by value, so that it can travel through incremental steps.</summary>
internal sealed record DiagnosticInfo(DiagnosticDescriptor Descriptor, LocationInfo Location, ImmutableEquatableArray<string> Arguments)
{
    /// <summary>The diagnostic as the compiler takes it.</summary>
    public Diagnostic ToDiagnostic() => Diagnostic.Create(Descriptor, Location.ToLocation(), [.. Arguments.Cast<object>()]);
}

/// <summary>Collects what is wrong with one file; reading goes on, so that a build shows all of it.</summary>
internal sealed class DiagnosticBag
{
    private readonly List<DiagnosticInfo> _items = [];

    /// <summary>Whether anything was wrong so far.</summary>
    public bool Any => _items.Count > 0;

    /// <summary>How many things were wrong so far.</summary>
    public int Count => _items.Count;

    /// <summary>Adds one.</summary>
    public void Add(DiagnosticDescriptor descriptor, LocationInfo location, params string[] arguments) =>
        _items.Add(new DiagnosticInfo(descriptor, location, arguments.ToEquatableArray()));

    /// <summary>All of them, in the order found.</summary>
    public ImmutableEquatableArray<DiagnosticInfo> ToEquatableArray() => _items.ToEquatableArray();
}
