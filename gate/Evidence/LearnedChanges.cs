namespace LatchGate.Evidence;

/// <summary>The changes of learned destinations, each with its event, inside the caller's transaction.</summary>
internal static class LearnedChanges
{
    internal static LearnedWrite Add(LedgerTables tables, LearnedEntry entry, AuditEvent announcement)
    {
        var stored = entry with { AddedAt = WireTime.Format(tables.Now) };
        var written = tables.Learned.Add(stored);
        if (written == LearnedWrite.Changed)
        {
            Append(tables, stored.Kind, announcement with
            {
                EventType = stored.Kind == LearnedKind.Domain ? EventTypes.DomainAdd : EventTypes.PathAdd,
                ActionId = stored.ActionId,
                ApprovalId = stored.ApprovalId,
                Detail = tables.Writer.Reset().BeginObject().Member("source"u8, stored.Source).Member("value"u8, stored.Value).End().Finish(),
            });
        }

        return written;
    }

    internal static LearnedWrite Remove(LedgerTables tables, LearnedKind kind, string actionId, string value, AuditEvent announcement)
    {
        if (tables.Learned.Remove(kind, actionId, value) == 0)
        {
            return LearnedWrite.Unchanged;
        }

        Append(tables, kind, announcement with
        {
            EventType = kind == LearnedKind.Domain ? EventTypes.DomainRemove : EventTypes.PathRemove,
            ActionId = actionId,
            Detail = tables.Writer.Reset().BeginObject().Member("value"u8, value).End().Finish(),
        });
        return LearnedWrite.Changed;
    }

    /// <summary>Removes all of an action.</summary>
    /// <returns>How many.</returns>
    internal static int Clear(LedgerTables tables, LearnedKind kind, string actionId, AuditEvent announcement)
    {
        var count = tables.Learned.Clear(kind, actionId);
        if (count > 0)
        {
            Append(tables, kind, announcement with
            {
                EventType = kind == LearnedKind.Domain ? EventTypes.DomainClear : EventTypes.PathClear,
                ActionId = actionId,
                Detail = tables.Writer.Reset().BeginObject().Member("deleted_count"u8, (long?)count).End().Finish(),
            });
        }

        return count;
    }

    private static void Append(LedgerTables tables, LearnedKind kind, AuditEvent e) =>
        tables.Append(e, new RecordDigests(Learned: tables.Learned.DigestOf(kind, e.ActionId)));
}
