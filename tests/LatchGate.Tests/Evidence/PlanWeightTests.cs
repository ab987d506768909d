using LatchGate.Evidence;

namespace LatchGate.Tests.Evidence;

/// <summary>
/// What ends many approvals at once leaves their plans on the disk: a thousand of a mebibyte each would not fit into memory, and to
/// revoke everything must never be what ends the gate.
/// </summary>
public sealed class PlanWeightTests : IDisposable
{
    private const int Plans = 48;
    private const int PlanSize = 1024 * 1024;
    private const long FarLess = Plans * (long)PlanSize / 4;

    private readonly TempLedger _temp = new();

    [Fact]
    public async Task Revoking_everything_reads_no_plan()
    {
        await HoldAsync();
        var revocation = new RevocationChange(1, 1, Entry: null, EndsApprovals: true, "ada");
        Assert.Equal(Plans, await EndAsync(() => _temp.Ledger.RecordRevocationAsync(revocation, TempLedger.Event(type: EventTypes.AdminRevokeAll))));
        Assert.Equal(0, _temp.Ledger.OpenApprovals);
    }

    [Fact]
    public async Task The_sweep_reads_no_plan()
    {
        await HoldAsync();
        _temp.Time.Advance(TimeSpan.FromSeconds(301));
        Assert.Equal(Plans, (await EndAsync(() => _temp.Ledger.ExpireApprovalsAsync()))!.Count);
        Assert.Equal(0, _temp.Ledger.OpenApprovals);
    }

    [Fact]
    public async Task The_start_after_a_crash_reads_no_plan()
    {
        foreach (var id in await HoldAsync())
        {
            var claim = await _temp.Ledger.ClaimApprovalAsync(id, "ada", TempLedger.Event(type: EventTypes.ApprovalClaimed));
            await _temp.Ledger.RecordIntentAsync(_temp.Intent(approval: id), new IntentConditions(false, claim.Token));
        }

        Assert.Equal(Plans, await EndAsync(() => _temp.Ledger.EndInterruptedApprovalsAsync()));
    }

    public void Dispose()
    {
        // What the chain vouches for is the row as it ended, which has no plan.
        _temp.Close();
        Assert.Null(LedgerVerifier.Verify(_temp.Path, _temp.Keys).Defect);
        _temp.Dispose();
    }

    private async Task<List<string>> HoldAsync()
    {
        var ids = new List<string>();
        var plan = new byte[PlanSize];
        Array.Fill(plan, (byte)7);
        for (var i = 0; i < Plans; i++)
        {
            var approval = _temp.Approval() with { SealedPlan = plan };
            Assert.True((await _temp.Ledger.HoldApprovalAsync(approval, TempLedger.Event(), TempLedger.Bounds)).IsDurable);
            ids.Add(approval.ApprovalId);
        }

        return ids;
    }

    // A lone writer works on its caller's thread, which counts what it allocates.
    private static async Task<T?> EndAsync<T>(Func<ValueTask<LatchGate.Storage.Written<T>>> end)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var ending = end();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var written = await ending;
        Assert.True(written.IsDurable);
        Assert.InRange(allocated, 1, FarLess);
        return written.Value;
    }
}
