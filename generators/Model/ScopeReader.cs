using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Reads <c>required_scopes</c>: <c>namespace:name</c>, always with <c>tools:call</c>.</summary>
internal static class ScopeReader
{
    private const string Base = "tools:call";

    public static ImmutableEquatableArray<string> Read(Fields fields, DiagnosticBag diagnostics)
    {
        if (fields.List("required_scopes") is not { } list)
        {
            return new([Base]);
        }

        var scopes = new List<string>();
        foreach (var text in fields.Texts("required_scopes")!)
        {
            if (Fault(text.Value) is { } fault)
            {
                diagnostics.Add(Descriptors.BadScope, text.Location, ManifestReader.Shown(text.Value), fault);
            }
            else if (!scopes.Contains(text.Value))
            {
                scopes.Add(text.Value);
            }
        }

        if (!scopes.Contains(Base))
        {
            diagnostics.Add(Descriptors.BaseScope, list.Location);
        }

        return scopes.ToEquatableArray();
    }

    private static string? Fault(string scope) => scope switch
    {
        { Length: < 4 or > 64 } => $"it has {scope.Length.ToString(CultureInfo.InvariantCulture)} characters",
        _ when scope[0] is < 'a' or > 'z' => "it does not begin with a letter a-z",
        _ when !scope.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or ':' or '_' or '-') => "it holds another character",
        _ when !scope.Contains(':') => "the ':' is missing",
        _ when scope[scope.Length - 1] == ':' => "the name after ':' is empty",
        _ => null,
    };
}
