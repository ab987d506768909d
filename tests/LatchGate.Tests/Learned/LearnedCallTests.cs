using LatchGate.Config;
using LatchGate.Evidence;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Telemetry;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Learned;

/// <summary>A call to a host before it is learned, while it is, and after it was taken away. No name resolves here: to get that far is enough.</summary>
public sealed class LearnedCallTests
{
    private static readonly Learner Alice = new("alice", "operator_dpop", "jkt");

    [Fact]
    public async Task A_learned_host_needs_no_human_until_it_is_taken_away()
    {
        using var rig = new ExecutionRig(new AnsweringWorld("{}"), LearningActions.Registry);
        var caller = await CallPipelineFaultTests.CallerWithBudgetAsync();
        await rig.State.Ledger.InitBudgetAsync(caller.Lease.SessionId, 10, rig.State.Time.GetUtcNow().AddHours(1), "agent:test-agent", "t");
        await using var audit = new AuditTrail(rig.State.Ledger, new GateLog(rig.Log, LogLevel.Info, TimeProvider.System));
        var pipeline = CallPipelineFaultTests.PipelineOf(rig, audit);
        Task<CallOutcome> CallAsync() =>
            pipeline.RunAsync(rig.State.NextId(), caller, "http_fetch", """{"url":"https://new.example.com/x"}"""u8.ToArray(), 1000).AsTask();

        Assert.IsType<CallOutcome.Pending>(await CallAsync());

        await rig.Learned.AddDomainAsync("http_fetch", "new.example.com", Alice, LearnSource.Api);
        var reached = Assert.IsType<CallOutcome.Denied>(await CallAsync());
        Assert.Equal(GateFailure.UpstreamFailed, reached.Denial.Failure);
        Assert.NotNull(reached.Denial.ReceiptId);

        await rig.Learned.RemoveAsync(LearnedKind.Domain, "http_fetch", "new.example.com", Alice);
        Assert.IsType<CallOutcome.Pending>(await CallAsync());
    }
}
