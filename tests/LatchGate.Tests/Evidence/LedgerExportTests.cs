using System.Text;
using LatchGate.Evidence;

namespace LatchGate.Tests.Evidence;

public sealed class LedgerExportTests
{
    [Fact]
    public async Task An_export_has_the_ledgers_chain_and_head()
    {
        using var temp = new TempLedger();
        var lines = await ExportAsync(temp, 600);
        Assert.Equal(1200, lines.Length);
        var report = await VerifyAsync(lines);
        temp.Close();
        var ledger = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Null(report.Defect);
        Assert.Equal((ledger.Events, ledger.Head), (report.Events, report.Head));
    }

    [Fact]
    public async Task An_edited_dropped_reordered_or_cut_line_is_found()
    {
        using var temp = new TempLedger();
        var lines = await ExportAsync(temp, 3);
        Assert.Equal((LedgerDefectKind.LinkBroken, 3), await DefectAsync([lines[0], lines[1].Replace("agent:demo", "agent:evil", StringComparison.Ordinal), .. lines[2..]]));
        Assert.Equal((LedgerDefectKind.EventMissing, 2), await DefectAsync([lines[0], .. lines[2..]]));
        Assert.Equal((LedgerDefectKind.EventMissing, 1), await DefectAsync([lines[1], lines[0], .. lines[2..]]));
        Assert.Equal((LedgerDefectKind.EventChanged, 2), await DefectAsync([lines[0], lines[1].Replace(":", ": ", StringComparison.Ordinal), .. lines[2..]]));
        using var cut = new MemoryStream(Encoding.UTF8.GetBytes(lines[0] + "\n" + lines[1]));
        Assert.Equal(LedgerDefectKind.EventChanged, (await LedgerExport.VerifyAsync(cut)).Defect!.Kind);
    }

    private static async Task<(LedgerDefectKind, long)> DefectAsync(string[] lines) =>
        (await VerifyAsync(lines)).Defect is { } defect ? (defect.Kind, defect.Seq) : default;

    private static async Task<VerificationReport> VerifyAsync(string[] lines)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n"))));
        return await LedgerExport.VerifyAsync(input);
    }

    private static async Task<string[]> ExportAsync(TempLedger temp, int calls)
    {
        await Task.WhenAll(Enumerable.Range(0, calls).Select(_ => temp.CallAsync()));
        using var output = new MemoryStream();
        Assert.Equal(2 * calls, await LedgerExport.WriteAsync(temp.Ledger, output));
        return Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
