namespace LatchGate.Generators.Model;

/// <summary>The verifier.</summary>
/// <param name="Kind">A member of the gate's VerifierKind.</param>
/// <param name="ExpectedStatus">Accepted statuses; empty means 200 to 299.</param>
/// <param name="RequiredFields">Pointers into the provider's output.</param>
/// <param name="Effect">What the response must be beside its status.</param>
internal sealed record VerificationModel(
    string Kind, ImmutableEquatableArray<int> ExpectedStatus, ImmutableEquatableArray<string> RequiredFields, EffectModel Effect);

/// <summary>Rules on the response as the host reads it.</summary>
/// <param name="Body">Rules on places of the parsed body.</param>
/// <param name="Headers">Rules on header fields.</param>
/// <param name="Hash">The rule on the body's bytes; null for none.</param>
/// <param name="Schema">The schema of the parsed body; null for none.</param>
/// <param name="RequestFields">The properties of the request that rules compare with, each once.</param>
internal sealed record EffectModel(
    ImmutableEquatableArray<BodyRuleModel> Body,
    ImmutableEquatableArray<HeaderRuleModel> Headers,
    BodyHashModel? Hash,
    SchemaDocument? Schema,
    ImmutableEquatableArray<RequestFieldModel> RequestFields)
{
    public static EffectModel None { get; } = new(
        ImmutableEquatableArray<BodyRuleModel>.Empty,
        ImmutableEquatableArray<HeaderRuleModel>.Empty,
        null,
        null,
        ImmutableEquatableArray<RequestFieldModel>.Empty);

    public bool IsEmpty => Body.Count == 0 && Headers.Count == 0 && Hash is null && Schema is null;

    /// <summary>Whether some rule is checked whatever the request holds.</summary>
    public bool AlwaysChecks
    {
        get
        {
            foreach (var rule in Body)
            {
                if (!rule.WhenRequested)
                {
                    return true;
                }
            }

            foreach (var rule in Headers)
            {
                if (!rule.WhenRequested)
                {
                    return true;
                }
            }

            return Hash is not null || Schema is not null;
        }
    }
}

/// <summary>A rule on one place of the body.</summary>
/// <param name="Pointer">The place.</param>
/// <param name="Check">What the value must be, as a schema; null asks for any value.</param>
/// <param name="EqualsRequest">The property of the request that it must equal; null for none.</param>
/// <param name="Absent">Whether there must be no such place.</param>
/// <param name="WhenRequested">Whether the rule holds only for requests that have the property.</param>
internal sealed record BodyRuleModel(string Pointer, SchemaDocument? Check, string? EqualsRequest, bool Absent, bool WhenRequested);

/// <summary>A rule on one header field; without text, pattern and property the field must be there.</summary>
internal sealed record HeaderRuleModel(string Name, string? Text, DfaModel? Pattern, string? EqualsRequest, bool WhenRequested);

/// <summary>What the SHA-256 of the body must be: exactly one of the three is set.</summary>
internal sealed record BodyHashModel(string? Hex, string? EqualsRequest, string? EqualsHeader);

/// <summary>A property of the request, with the default that stands in for it.</summary>
internal sealed record RequestFieldModel(string Name, JsonLiteral? Default);
