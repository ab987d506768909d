using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>The properties of the request that rules of a verifier compare the response with.</summary>
/// <param name="request">The request's schema; null where there is none, or where it is faulty.</param>
/// <param name="isDeclared">Whether there is one: its own faults are told elsewhere.</param>
/// <param name="diagnostics">Takes what is wrong.</param>
internal sealed class RequestFields(SchemaDocument? request, bool isDeclared, DiagnosticBag diagnostics)
{
    private const int MaxReferences = 32;

    private readonly List<RequestFieldModel> _used = [];

    /// <summary>Those that were used, each once.</summary>
    public ImmutableEquatableArray<RequestFieldModel> ToEquatableArray() => _used.ToEquatableArray();

    /// <summary>Uses one property.</summary>
    /// <param name="name">Its name, as the rule has it.</param>
    /// <param name="what">What it is compared with, for messages.</param>
    /// <param name="allowed">The types that can equal that; <see cref="JsonTypes.Any"/> takes all.</param>
    /// <param name="whenRequested">Whether the rule is for requests that have it alone.</param>
    /// <returns>The name; null after a diagnostic.</returns>
    public string? Use(TextNode name, string what, JsonTypes allowed, bool whenRequested)
    {
        if (request is null && isDeclared)
        {
            return name.Value;
        }

        var root = request?.Nodes[0];
        if (root?.Properties.FirstOrDefault(property => property.Name == name.Value) is not { } declared)
        {
            var known = root?.Properties.Select(static property => property.Name).ToList() ?? [];
            diagnostics.Add(
                Descriptors.UnknownRequestProperty,
                name.Location,
                ManifestReader.Shown(name.Value),
                known.Count == 0 ? "Declare it in io.request_schema" : Nearest.Hint(name.Value, known));
            return null;
        }

        var types = TypesOf(request!.Nodes[declared.Schema], MaxReferences);
        if (!Meet(types, allowed))
        {
            var reason = $"the request's '{name.Value}' is never of a type that it can have";
            diagnostics.Add(Descriptors.RuleNeverHolds, name.Location, what, reason);
            return null;
        }

        var fallback = request.Nodes[declared.Schema].Default;
        var mayBeAbsent = fallback is null && !root.Required.Contains(declared.Name);
        if (mayBeAbsent != whenRequested)
        {
            var descriptor = mayBeAbsent ? Descriptors.OptionalRequestProperty : Descriptors.NeedlessWhenRequested;
            diagnostics.Add(descriptor, name.Location, name.Value);
            return null;
        }

        if (!_used.Exists(field => field.Name == declared.Name))
        {
            _used.Add(new RequestFieldModel(declared.Name, fallback));
        }

        return declared.Name;
    }

    /// <summary>Whether a value can be of both; an integer is a number too.</summary>
    public static bool Meet(JsonTypes left, JsonTypes right) =>
        left == JsonTypes.Any || right == JsonTypes.Any || (Widened(left) & Widened(right)) != 0;

    private static JsonTypes Widened(JsonTypes types) => types.HasFlag(JsonTypes.Number) ? types | JsonTypes.Integer : types;

    private JsonTypes TypesOf(SchemaModel model, int depth)
    {
        if (model.Types != JsonTypes.Any || depth == 0)
        {
            return model.Types;
        }

        return model.Const is { } constant ? constant.Type
            : model.Enum is { } values ? values.Aggregate(JsonTypes.Any, static (types, value) => types | value.Type)
            : model.Reference >= 0 ? TypesOf(request!.Nodes[model.Reference], depth - 1)
            : JsonTypes.Any;
    }
}
