using LatchGate.Storage;

namespace LatchGate.Demo;

/// <summary>The ledger as a file that others than the gate open: to count in it, and to tamper with a copy.</summary>
internal static class LedgerFile
{
    private static ReadOnlySpan<byte> Status => "\"status\":200"u8;

    /// <summary>Copies a ledger and flips one bit of a receipt in the copy: the status 200 becomes 300.</summary>
    internal static void CopyAndFlip(string ledger, string copy)
    {
        File.Copy(ledger, copy);
        using var database = Database.Open(copy, DatabaseAccess.ReadWrite);
        using var select = database.PrepareOnce("SELECT rowid, body FROM receipts");
        if (!select.Step())
        {
            throw new InvalidOperationException("the ledger holds no receipt");
        }

        var row = select.Int64(0);
        var body = select.Bytes(1).ToArray();
        var at = body.AsSpan().IndexOf(Status);
        if (at < 0)
        {
            throw new InvalidOperationException("the receipt names no status 200");
        }

        body[at + Status.Length - 3] ^= 1;
        select.Reset();
        using var update = database.PrepareOnce("UPDATE receipts SET body = ? WHERE rowid = ?");
        if (update.Blob(body).Integer(row).Run() != 1)
        {
            throw new InvalidOperationException("the receipt was not changed");
        }
    }

    /// <summary>How many events of a ledger record a refusal.</summary>
    internal static long Refusals(string ledger)
    {
        using var database = Database.Open(ledger, DatabaseAccess.ReadOnly);
        return database.Scalar("SELECT count(*) FROM events WHERE decision = 'deny' AND event_type = 'action_call'");
    }
}
