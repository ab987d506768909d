using LatchGate.Evidence;
using LatchGate.Storage;

namespace LatchGate.Tests.Evidence;

/// <summary>Signatures are checked on other threads, in batches of 256; what is reported is as if there were one thread.</summary>
public sealed class VerifierThreadsTests
{
    private const int Calls = 700;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task The_first_defect_in_the_order_of_the_chain_is_the_one_that_is_named(int helpers)
    {
        using var temp = new TempLedger();
        await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => Task.Run(() => temp.CallAsync())));
        temp.Close();
        var good = LedgerVerifier.Verify(temp.Path, temp.Keys, helpers);
        Assert.Null(good.Defect);
        Assert.Equal((2 * Calls, Calls), (good.Events, good.Receipts));
        var places = ReceiptEvents(temp.Path);

        // A wrong signature in the first batch, one in the last, and an event changed between them.
        Break(temp.Path, places[200]);
        Break(temp.Path, places[690]);
        Edit(temp.Path, places[400]);
        var report = LedgerVerifier.Verify(temp.Path, temp.Keys, helpers);
        Assert.Equal((LedgerDefectKind.ReceiptSignature, places[200]), (report.Defect!.Kind, report.Defect.Seq));
        Assert.Equal((places[200] - 1, 201), (report.Events, report.Receipts));
        Assert.NotEmpty(report.Defect.TraceId);
        Assert.Contains("invalid", report.Defect.Detail, StringComparison.Ordinal);

        // Before every wrong signature: the change is the first.
        Edit(temp.Path, places[100]);
        var edited = LedgerVerifier.Verify(temp.Path, temp.Keys, helpers);
        Assert.Equal((LedgerDefectKind.EventChanged, places[100]), (edited.Defect!.Kind, edited.Defect.Seq));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_wrong_signature_in_the_last_receipt_is_found(int helpers)
    {
        using var temp = new TempLedger();
        await temp.CallAsync();
        temp.Close();
        Break(temp.Path, 2);
        Assert.Equal(LedgerDefectKind.ReceiptSignature, LedgerVerifier.Verify(temp.Path, temp.Keys, helpers).Defect!.Kind);
    }

    private static List<long> ReceiptEvents(string path)
    {
        using var database = Database.Open(path, DatabaseAccess.ReadOnly);
        using var rows = database.PrepareOnce("SELECT seq FROM events WHERE event_type = 'action_call' ORDER BY seq");
        var places = new List<long>();
        while (rows.Step())
        {
            places.Add(rows.Int64(0));
        }

        return places;
    }

    private static void Break(string path, long seq) => Run(
        path, $"UPDATE receipts SET signature = zeroblob(64) WHERE receipt_id = (SELECT json_extract(CAST(body AS TEXT), '$.receipt_id') FROM events WHERE seq = {seq})");

    private static void Edit(string path, long seq) =>
        Run(path, $"UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'agent:demo', 'agent:evil') AS BLOB) WHERE seq = {seq}");

    private static void Run(string path, string sql)
    {
        using var database = Database.Open(path, DatabaseAccess.ReadWrite);
        database.Execute(sql);
        Assert.Equal(1, database.Changes);
    }
}
