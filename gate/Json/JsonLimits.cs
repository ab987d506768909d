namespace LatchGate.Json;

/// <summary>Bounds of one JSON text. Each is inclusive.</summary>
/// <param name="MaxBytes">UTF-8 bytes of the text as received.</param>
/// <param name="MaxDepth">Nesting: a scalar has depth 0, each object or array adds 1. At most <see cref="DeepestAllowed"/>.</param>
/// <param name="MaxArrayItems">Items of any one array.</param>
public readonly record struct JsonLimits(int MaxBytes, int MaxDepth, int MaxArrayItems)
{
    /// <summary>No limit may allow deeper nesting than this.</summary>
    public const int DeepestAllowed = 128;

    /// <summary>
    /// Takes numbers that have no canonical form (RFC 8785 is for IEEE 754 doubles): integers outside ±(2^53-1), and what no double
    /// holds. Such a text can be read; it cannot be canonicalised.
    /// </summary>
    public bool AnyNumber { get; init; }

    /// <summary>What the gate writes itself and what it keeps as evidence: 96 MiB, depth 64, any array.</summary>
    public static JsonLimits Evidence { get; } = new(96 << 20, 64, int.MaxValue);

    /// <summary>Limits of an action's request or response: depth 10, 100 items an array (reference/kernel.md §1.10).</summary>
    /// <param name="maxBytes">The action's own maximum in bytes.</param>
    public static JsonLimits Payload(int maxBytes) => new(maxBytes, 10, 100);
}
