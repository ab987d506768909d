namespace LatchGate.Evidence;

/// <summary>What kind of destination was learned.</summary>
public enum LearnedKind
{
    /// <summary>A host.</summary>
    Domain,

    /// <summary>A glob over paths.</summary>
    Path,
}

/// <summary>How a destination was learned.</summary>
public enum LearnSource
{
    /// <summary>With an operator's approval.</summary>
    Approval,

    /// <summary>By the command line.</summary>
    Cli,

    /// <summary>From a file.</summary>
    Import,

    /// <summary>By the admin API.</summary>
    Api,
}

/// <summary>Wire forms of <see cref="LearnSource"/> and <see cref="LearnedKind"/>.</summary>
public static class LearnedWire
{
    /// <summary>The lower-case name.</summary>
    public static string ToWire(this LearnSource source) => source switch
    {
        LearnSource.Approval => "approval",
        LearnSource.Cli => "cli",
        LearnSource.Import => "import",
        LearnSource.Api => "api",
        _ => throw new ArgumentOutOfRangeException(nameof(source)),
    };

    /// <summary>Reads what <see cref="ToWire(LearnSource)"/> writes.</summary>
    public static bool TryParse(string? wire, out LearnSource source)
    {
        for (source = LearnSource.Approval; source <= LearnSource.Api; source++)
        {
            if (wire == source.ToWire())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The lower-case name.</summary>
    public static string ToWire(this LearnedKind kind) => kind == LearnedKind.Domain ? "domain" : "path";
}

/// <summary>A learned destination (reference/kernel.md §15).</summary>
/// <param name="Kind">Host or path.</param>
/// <param name="ActionId">The action it belongs to.</param>
/// <param name="Value">The domain or the glob, in its stored spelling.</param>
/// <param name="AddedBy">The operator.</param>
/// <param name="AddedAt">When, in <see cref="WireTime"/> form.</param>
/// <param name="Source">How, as <see cref="LearnedWire.ToWire(LearnSource)"/> has it.</param>
/// <param name="ApprovalId">The approval, when there was one.</param>
public sealed record LearnedEntry(
    LearnedKind Kind, string ActionId, string Value, string AddedBy, string AddedAt, string Source, string? ApprovalId);

/// <summary>What a change of learned destinations did.</summary>
public enum LearnedWrite
{
    /// <summary>It changed the table, and an event says so.</summary>
    Changed,

    /// <summary>There was nothing to change: already present, or not present.</summary>
    Unchanged,

    /// <summary>The action has as many as it may have.</summary>
    Full,
}
