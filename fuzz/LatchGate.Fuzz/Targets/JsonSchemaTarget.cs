using System.Collections.Immutable;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;
using LatchGate.Fuzz.Subjects;
using LatchGate.Json;
using LatchGate.Sandbox;

namespace LatchGate.Fuzz.Targets;

/// <summary>Requests of compiled actions. The first byte chooses the action, the rest is the request.</summary>
internal sealed class JsonSchemaTarget : FuzzTarget
{
    private static readonly ImmutableArray<ActionSpec> _actions = [.. CompiledSchemas.All, .. ActionRegistry.OfThisBuild().Actions.Where(static action => action.ValidateRequest is not null)];

    private readonly NaiveSchema[] _schemas = [.. _actions.Select(static action => new NaiveSchema(JsonDocument.Parse(action.RequestSchema).RootElement))];

    internal override string Name => "json-schema";

    internal override string Property => "a request is taken exactly when an interpreter of its schema takes its canonical form, and becomes a task of valid JSON";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Actions."];

    internal override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var at = input[0] % _actions.Length;
        var action = _actions[at];
        var body = input[1..].ToArray();
        var accepted = ValidatedRequest.TryCreate(action, body, out var request, out var reason);
        if (!Jcs.TryCanonicalize(body.Length == 0 ? "{}"u8 : body, JsonLimits.Payload(action.Io.MaxRequestBytes), out var canonical, out _))
        {
            Check.Holds(!accepted, "what is not strict JSON is refused");
            return;
        }

        using var document = canonical.Parse();
        using (request)
        {
            Check.Equal(accepted, reason is null, "a request, or a reason");
            if (HasOnlyPlainNumbers(document.RootElement))
            {
                Check.Equal(_schemas[at].IsValid(document.RootElement), accepted, $"validity ({reason})");
            }

            if (request is not null)
            {
                CheckAccepted(action, request);
            }
        }
    }

    private static void CheckAccepted(ActionSpec action, ValidatedRequest request)
    {
        Check.Holds(ValidatedRequest.TryCreate(action, request.Canonical.Memory, out var again, out var reason), $"the canonical form is valid too ({reason})");
        using (again)
        {
            Check.Equal(request.Canonical.Digest, again.Canonical.Digest, "digest of the canonical form");
        }

        if (ResolvedTask.TryCreate(request, out var task, out _))
        {
            Check.Holds(ResultJson.IsValid(task.Bytes.Span), "the task is valid JSON");
        }
    }

    // The interpreter counts in decimals: 28 digits, no exponents beyond theirs.
    private static bool HasOnlyPlainNumbers(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetRawText() is { Length: <= 20 } text && !text.AsSpan().ContainsAny('e', 'E'),
        JsonValueKind.Array => value.EnumerateArray().All(HasOnlyPlainNumbers),
        JsonValueKind.Object => value.EnumerateObject().All(static member => HasOnlyPlainNumbers(member.Value)),
        _ => true,
    };
}
