namespace LatchGate.Config;

/// <summary><c>[retention]</c>: how long events stay in the ledger before they move to segment files.</summary>
/// <param name="KeepDays"><c>keep_days</c>: older events are sealed every hour, 1 to 36500. Null seals nothing by itself.</param>
/// <param name="ArchiveDir"><c>archive_dir</c>: where segment files go, on a local disk. Default <c>segments</c> in the state
/// directory.</param>
public sealed record RetentionConfig(int? KeepDays, string ArchiveDir)
{
    internal static RetentionConfig Read(ConfigTable table, string stateDir)
    {
        var retention = new RetentionConfig(
            table.Integer("keep_days", 1, 36_500), table.FilePath("archive_dir") ?? Path.Combine(stateDir, "segments"));
        table.RefuseUnknownKeys();
        return retention;
    }
}
