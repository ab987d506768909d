using LatchGate.Evidence;
using LatchGate.Storage;

namespace LatchGate.Tests.Evidence;

/// <summary>However many approvals there are, a request reads its own part of an index.</summary>
public sealed class ApprovalIndexTests
{
    public static TheoryData<string, string> Questions
    {
        get
        {
            var now = TempLedger.Start;
            return new TheoryData<string, string>
            {
                { ApprovalList.SqlOf(new ApprovalQuery(now, ApprovalState.Pending, 50)), "approvals_by_state" },
                { ApprovalList.SqlOf(new ApprovalQuery(now, ApprovalState.Denied, 50)), "approvals_by_state" },
                { ApprovalList.SqlOf(new ApprovalQuery(now, null, 50)), "PRIMARY KEY" },
                { ApprovalList.SqlOf(new ApprovalQuery(now, null, 50, "agent:demo")), "approvals_of_principal" },
                { ApprovalTable.DueSql, "approvals_due" },
                { $"SELECT {ApprovalTable.Columns} FROM approvals WHERE approval_id = ?", "PRIMARY KEY" },
                { $"SELECT {ApprovalTable.Columns} FROM approvals WHERE same_key = ? AND {ApprovalTable.NotEnded}", "approvals_same" },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Questions))]
    public void A_question_about_approvals_is_a_range_of_an_index(string sql, string index)
    {
        using var temp = new TempLedger();
        using var database = Database.Open(temp.Path, DatabaseAccess.ReadOnly);
        using var plan = database.PrepareOnce("EXPLAIN QUERY PLAN " + sql);
        var steps = new List<string>();
        while (plan.Step())
        {
            steps.Add(plan.String(3));
        }

        var step = Assert.Single(steps);
        Assert.StartsWith("SEARCH approvals", step, StringComparison.Ordinal);
        Assert.Contains(index, step, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expired_ones_are_listed_as_expired_before_and_after_the_sweep_and_pages_follow_each_other()
    {
        using var temp = new TempLedger();
        for (var i = 0; i < 5; i++)
        {
            // Identifiers 1, 3, 5, 7 and 9: those between are of the traces.
            await temp.Ledger.HoldApprovalAsync(temp.Approval(), TempLedger.Event(), TempLedger.Bounds);
            temp.Time.Advance(TimeSpan.FromSeconds(60));
        }

        temp.Time.Advance(TimeSpan.FromSeconds(120));
        var now = temp.Time.GetUtcNow();
        string[] List(ApprovalState? state, int limit = 50, string? before = null) =>
            [.. temp.Ledger.Read(r => r.ListApprovals(new ApprovalQuery(now, state, limit, Before: before))).Select(a => a.ApprovalId[^1..])];
        Assert.Equal(["9", "7"], List(ApprovalState.Pending));
        Assert.Equal(["5", "3", "1"], List(ApprovalState.Expired));
        Assert.Single((await temp.Ledger.ExpireApprovalsAsync(limit: 1)).Value!);
        Assert.Equal(["5", "3", "1"], List(ApprovalState.Expired));
        Assert.Equal(["5"], List(ApprovalState.Expired, 1));
        await temp.Ledger.ExpireApprovalsAsync();
        Assert.Equal(["5", "3", "1"], List(ApprovalState.Expired));
        Assert.Equal(["7", "5", "3"], List(null, 3, "01941f29-7c00-7000-8000-000000000009"));
        Assert.Equal(2, temp.Ledger.OpenApprovals);
    }
}
