namespace LatchGate.Evidence;

/// <summary>How an intent without receipt ended, as an operator found out.</summary>
public enum ResolvedAs
{
    /// <summary>The effect is there.</summary>
    Happened,

    /// <summary>The effect is not there, and will not come.</summary>
    NotHappened,

    /// <summary>It could not be found out.</summary>
    Unknown,
}

/// <summary>Wire forms of <see cref="ResolvedAs"/>.</summary>
public static class ResolvedAsWords
{
    /// <summary>The snake_case name.</summary>
    public static string ToWire(this ResolvedAs outcome) => outcome switch
    {
        ResolvedAs.Happened => "happened",
        ResolvedAs.NotHappened => "not_happened",
        ResolvedAs.Unknown => "unknown",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };

    /// <summary>Reads the snake_case name.</summary>
    public static bool TryParse(string? word, out ResolvedAs outcome)
    {
        outcome = word switch { "happened" => ResolvedAs.Happened, "not_happened" => ResolvedAs.NotHappened, _ => ResolvedAs.Unknown };
        return word is "happened" or "not_happened" or "unknown";
    }
}

/// <summary>What became of a note on an intent.</summary>
public enum ResolutionOutcome
{
    /// <summary>The note is in the chain, signed; the intent counts as resolved.</summary>
    Resolved,

    /// <summary>No intent has this grant.</summary>
    NotFound,

    /// <summary>It has a receipt, or a note already.</summary>
    AlreadyResolved,

    /// <summary>Its call may still be under way in this gate: its receipt may yet come.</summary>
    InFlight,
}

/// <summary>Notes of operators on intents that have no receipt (reference/kernel.md D-24, D-30), inside the caller's transaction.</summary>
internal static class IntentResolutions
{
    internal static ResolutionOutcome Resolve(
        LedgerTables tables, string grantId, ResolvedAs outcome, string note, TimeSpan longest, AuditEvent announcement)
    {
        if (!tables.Intents.TryFind(grantId, out var seq, out var traceId, out var startedAt))
        {
            return ResolutionOutcome.NotFound;
        }

        // Of an earlier run no call is under way. A clock that was set back makes this wait longer, never shorter.
        if (seq > tables.OpenedAt && (!WireTime.TryParse(startedAt, out var started) || started + longest > tables.Now))
        {
            return ResolutionOutcome.InFlight;
        }

        if (!tables.Intents.TryResolve(seq))
        {
            return ResolutionOutcome.AlreadyResolved;
        }

        tables.Append(
            announcement with
            {
                TraceId = traceId,
                EventType = EventTypes.IntentResolved,
                GrantId = grantId,
                DenyReason = note,
                Detail = tables.Writer.Reset().BeginObject()
                    .Member("intent_seq"u8, (long?)seq)
                    .Member("note"u8, note)
                    .Member("outcome"u8, outcome.ToWire())
                    .End().Finish(),
            },
            default);
        tables.WriteCheckpoint();
        return ResolutionOutcome.Resolved;
    }
}
