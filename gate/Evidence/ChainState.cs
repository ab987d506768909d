using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// What events say about the tables beside them, up to some event: for each row that they vouch for, its digest or its values. Its
/// canonical text stands for the events before a base (<see cref="Segments.SegmentRecord"/>).
/// </summary>
internal sealed class ChainState
{
    // Of the verifier's rows.
    private const int TimestampColumn = 2;
    private const int TypeColumn = 3;
    private const int PrincipalColumn = 4;
    private const int SessionColumn = 5;
    private const int ActionColumn = 6;

    /// <summary>Digest of each approval's last state, by id.</summary>
    internal Dictionary<string, Sha256Digest> Approvals { get; } = new(StringComparer.Ordinal);

    /// <summary>Budgets by session.</summary>
    internal Dictionary<string, SessionBudget> Budgets { get; } = new(StringComparer.Ordinal);

    /// <summary>Digest of what an action has learned, by "kind action".</summary>
    internal Dictionary<string, Sha256Digest> Learned { get; } = new(StringComparer.Ordinal);

    /// <summary>Digest of what a principal has spent.</summary>
    internal Dictionary<string, Sha256Digest> Usage { get; } = new(StringComparer.Ordinal);

    /// <summary>Digest of what was used under a rule with caps, by <see cref="EgressUsageTable.KeyOf"/>.</summary>
    internal Dictionary<string, Sha256Digest> Egress { get; } = new(StringComparer.Ordinal);

    /// <summary>Intents without outcome, by grant.</summary>
    internal Dictionary<string, OpenIntent> OpenIntents { get; } = new(StringComparer.Ordinal);

    /// <summary>Digest of everything that is revoked; null when nothing ever was.</summary>
    internal Sha256Digest? Revocations { get; private set; }

    /// <summary>Remembers what an event says about the state after it.</summary>
    /// <param name="e">The event.</param>
    /// <param name="row">Its row, compared with its text.</param>
    /// <param name="body">Its text.</param>
    internal void Remember(in EventText e, Statement row, ReadOnlySpan<byte> body)
    {
        if (e.ApprovalDigest is { } digest && e.ApprovalId is { } approval)
        {
            Approvals[approval] = digest;
        }

        if (e.LearnedDigest is { } learned)
        {
            var kind = row.String(TypeColumn).StartsWith("path_", StringComparison.Ordinal) ? LearnedKind.Path : LearnedKind.Domain;
            Learned[$"{kind.ToWire()} {row.String(ActionColumn)}"] = learned;
        }

        if (e.UsageDigest is { } usage)
        {
            Usage[row.String(PrincipalColumn)] = usage;
        }

        if (e.IsEgressUsage)
        {
            var detail = body[e.Detail];
            var key = EgressUsageTable.KeyOf(row.String(PrincipalColumn), row.String(ActionColumn), EventText.TextOf(detail, "rule"u8));
            Egress[key] = Sha256Digest.Of(detail);
        }

        Revocations = e.RevocationsDigest ?? Revocations;
        if (e.IsBudgetSet)
        {
            Budgets[row.String(SessionColumn)] = new SessionBudget(e.CallsAfter, e.Seq, row.String(TimestampColumn), e.ExpiresAt);
        }
        else if (e.HasBudget && e.IntentDigest is not null && Budgets.TryGetValue(row.String(SessionColumn), out var budget))
        {
            Budgets[row.String(SessionColumn)] = new SessionBudget(e.CallsAfter, e.Seq, budget.CreatedAt, budget.ExpiresAt);
        }

        if (e.GrantId is not { } grant)
        {
            return;
        }

        if (e.IntentDigest is { } intent)
        {
            OpenIntents[grant] = new OpenIntent(e.Seq, intent);
        }
        else if (e.ReceiptDigest is not null || e.IsResolution)
        {
            OpenIntents.Remove(grant);
        }
    }

    /// <summary>The canonical text. The order within a kind is that of the dictionaries; nothing compares two of these texts.</summary>
    internal CanonicalBytes ToCanonical()
    {
        using var writer = new CanonicalWriter();
        writer.BeginObject();
        Write(writer.Name("approvals"u8), Approvals);
        writer.Name("budgets"u8).BeginArray();
        foreach (var (session, budget) in Budgets)
        {
            writer.BeginObject()
                .Member("calls"u8, budget.Calls)
                .Member("created_at"u8, budget.CreatedAt)
                .Member("expires_at"u8, budget.ExpiresAt)
                .Member("seq"u8, (long?)budget.Seq)
                .Member("session_id"u8, session)
                .End();
        }

        Write(writer.End().Name("egress"u8), Egress);
        writer.Name("intents"u8).BeginArray();
        foreach (var (grant, intent) in OpenIntents)
        {
            writer.BeginObject()
                .Member("digest"u8, (Sha256Digest?)intent.Digest)
                .Member("grant_id"u8, grant)
                .Member("seq"u8, (long?)intent.Seq)
                .End();
        }

        Write(writer.End().Name("learned"u8), Learned);
        Write(writer.Member("revocations"u8, Revocations).Name("usage"u8), Usage);
        return writer.End().Finish();
    }

    /// <summary>Reads the canonical text; null when it is none.</summary>
    internal static ChainState? TryRead(ReadOnlyMemory<byte> text)
    {
        if (!Jcs.IsCanonical(text.Span, JsonLimits.Evidence))
        {
            return null;
        }

        using var document = JsonDocument.Parse(text);
        var (root, state) = (document.RootElement, new ChainState());
        if (!Read(root, "approvals"u8, state.Approvals) || !Read(root, "egress"u8, state.Egress) || !Read(root, "learned"u8, state.Learned)
            || !Read(root, "usage"u8, state.Usage)
            || !root.TryGetProperty("budgets"u8, out var budgets) || budgets.ValueKind != JsonValueKind.Array
            || !root.TryGetProperty("intents"u8, out var intents) || intents.ValueKind != JsonValueKind.Array
            || !root.TryGetProperty("revocations"u8, out var revocations))
        {
            return null;
        }

        foreach (var budget in budgets.EnumerateArray())
        {
            var calls = budget.GetProperty("calls"u8);
            state.Budgets[budget.GetProperty("session_id"u8).GetString()!] = new SessionBudget(
                calls.ValueKind == JsonValueKind.Null ? null : calls.GetInt64(),
                budget.GetProperty("seq"u8).GetInt64(),
                budget.GetProperty("created_at"u8).GetString()!,
                budget.GetProperty("expires_at"u8).GetString());
        }

        foreach (var intent in intents.EnumerateArray())
        {
            if (!Sha256Digest.TryParse(intent.GetProperty("digest"u8).GetString(), out var digest))
            {
                return null;
            }

            var seq = intent.GetProperty("seq"u8).GetInt64();
            state.OpenIntents[intent.GetProperty("grant_id"u8).GetString()!] = new OpenIntent(seq, digest);
        }

        if (revocations.ValueKind == JsonValueKind.String)
        {
            state.Revocations = Sha256Digest.TryParse(revocations.GetString(), out var revoked) ? revoked : null;
        }

        return state;
    }

    private static void Write(CanonicalWriter writer, Dictionary<string, Sha256Digest> digests)
    {
        writer.BeginArray();
        foreach (var (name, digest) in digests)
        {
            writer.BeginArray().Value(name).Value(digest).End();
        }

        writer.End();
    }

    private static bool Read(JsonElement root, ReadOnlySpan<byte> name, Dictionary<string, Sha256Digest> digests)
    {
        if (!root.TryGetProperty(name, out var pairs) || pairs.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        foreach (var pair in pairs.EnumerateArray())
        {
            if (!Sha256Digest.TryParse(pair[1].GetString(), out var digest))
            {
                return false;
            }

            digests[pair[0].GetString()!] = digest;
        }

        return true;
    }
}

/// <summary>What the chain says about a session's budget.</summary>
internal sealed class SessionBudget(long? calls, long seq, string createdAt, string? expiresAt)
{
    /// <summary>Calls left; null without bound.</summary>
    internal long? Calls { get; } = calls;

    /// <summary>The last event that says so.</summary>
    internal long Seq { get; } = seq;

    internal string CreatedAt { get; } = createdAt;

    internal string? ExpiresAt { get; } = expiresAt;
}

/// <summary>An intent without outcome.</summary>
internal sealed class OpenIntent(long seq, Sha256Digest digest)
{
    /// <summary>Its place.</summary>
    internal long Seq { get; } = seq;

    /// <summary>Of its text.</summary>
    internal Sha256Digest Digest { get; } = digest;
}
