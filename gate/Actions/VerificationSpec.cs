using System.Collections.Immutable;
using LatchGate.Crypto;

namespace LatchGate.Actions;

/// <summary>How the effect of a call is checked (reference/kernel.md §13).</summary>
public enum VerifierKind
{
    /// <summary>Nothing can be checked; the outcome says so.</summary>
    None,

    /// <summary>The HTTP exchange that the host saw: its status, and what else the manifest asks of the response.</summary>
    HttpStatus,

    /// <summary>The hashes that the host saw before and after.</summary>
    FsHash,
}

/// <summary>A verifier with its configuration.</summary>
/// <param name="Kind">Which check.</param>
/// <param name="ExpectedStatus">Accepted HTTP statuses; empty means 200 to 299.</param>
/// <param name="RequiredFields">JSON pointers (RFC 6901) that must exist in the provider's output.</param>
public sealed record VerificationSpec(VerifierKind Kind, ImmutableArray<int> ExpectedStatus, ImmutableArray<string> RequiredFields)
{
    /// <summary>Rules on places of the response body, which is then read as strict JSON.</summary>
    public ImmutableArray<BodyRule> Body { get; init; } = [];

    /// <summary>Rules on the response's header fields.</summary>
    public ImmutableArray<HeaderRule> Headers { get; init; } = [];

    /// <summary>What the SHA-256 of the response body must be; null asks for nothing.</summary>
    public BodyHashRule? BodyHash { get; init; }

    /// <summary>The schema of the parsed response body; null for none.</summary>
    public SchemaValidator? BodySchema { get; init; }

    /// <summary>The properties of the request that rules compare with. They are kept with the task until the call is judged.</summary>
    public ImmutableArray<RequestField> RequestFields { get; init; } = [];

    /// <summary>Whether the response body must be parsed.</summary>
    public bool ReadsBody => !Body.IsEmpty || BodySchema is not null;
}

/// <summary>
/// A rule on one place of the response body. Without <see cref="Absent"/> there must be a value, which the other members restrict.
/// </summary>
/// <param name="Pointer">The place (RFC 6901); empty for the whole body.</param>
public sealed record BodyRule(string Pointer)
{
    /// <summary>What the rule is called where it is told that it was checked: <c>body:/id</c>.</summary>
    public string Word { get; } = "body:" + Pointer;

    /// <summary>What the value must be by itself; null takes any.</summary>
    public SchemaValidator? Check { get; init; }

    /// <summary>The property of the request whose value it must equal, type included; null for none.</summary>
    public string? EqualsRequest { get; init; }

    /// <summary>There must be no such place.</summary>
    public bool Absent { get; init; }

    /// <summary>The rule is for requests that have the property, and skipped for others.</summary>
    public bool WhenRequested { get; init; }
}

/// <summary>Whether a pattern is found in the value of a header field.</summary>
/// <param name="value">The value.</param>
public delegate bool HeaderPattern(string value);

/// <summary>A rule on one header field, which must be there; a rule that looks at its value wants it once.</summary>
/// <param name="Name">In lower case.</param>
public sealed record HeaderRule(string Name)
{
    /// <summary>What the rule is called where it is told that it was checked: <c>header:location</c>.</summary>
    public string Word { get; } = "header:" + Name;

    /// <summary>The exact value; null for none.</summary>
    public string? Text { get; init; }

    /// <summary>The pattern that must be found in the value; null for none.</summary>
    public HeaderPattern? Matches { get; init; }

    /// <summary>The property of the request, a string, that the value must be; null for none.</summary>
    public string? EqualsRequest { get; init; }

    /// <inheritdoc cref="BodyRule.WhenRequested"/>
    public bool WhenRequested { get; init; }
}

/// <summary>What the SHA-256 of the response body must be. Exactly one of the three is given.</summary>
/// <param name="Digest">This.</param>
/// <param name="EqualsRequest">What this property of the request says.</param>
/// <param name="EqualsHeader">What this header field of the response says; in lower case.</param>
public sealed record BodyHashRule(Sha256Digest? Digest = null, string? EqualsRequest = null, string? EqualsHeader = null);

/// <summary>A property of the request that rules compare with.</summary>
/// <param name="Name">The property.</param>
/// <param name="Default">JSON text, UTF-8, that stands in where a request leaves it out; empty for none.</param>
public sealed record RequestField(string Name, ReadOnlyMemory<byte> Default);
