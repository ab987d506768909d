using LatchGate.Egress;
using LatchGate.HostIo;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Pipeline;

public sealed class ExecutionFailureTests
{
    [Fact]
    public async Task A_fault_of_the_gate_while_the_call_is_under_way_ends_in_a_receipt_that_says_so()
    {
        using var rig = new ExecutionRig(new BreakingWorld());
        var denied = Assert.IsType<CallOutcome.Denied>(await rig.FetchAsync());
        Assert.Equal(GateFailure.ActionExecutionFailed, denied.Denial.Failure);
        Assert.NotNull(denied.Denial.ReceiptId);
        Assert.Empty(rig.State.Ledger.Read(r => r.UnresolvedIntents()));

        var receipt = rig.Receipt(denied.Denial.ReceiptId);
        Assert.Equal("internal_error", receipt.GetProperty("failure_class").GetString());
        Assert.Equal("internal_error", receipt.GetProperty("normalized_result").GetProperty("kind").GetString());

        // What the host had begun is known, and the reason is in the log, not in the answer.
        Assert.Equal(1, receipt.GetProperty("effect_evidence").GetArrayLength());
        Assert.Contains(nameof(NotSupportedException), rig.Log.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("a secret of the transport", denied.Denial.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_the_world_answers_is_executed()
    {
        using var rig = new ExecutionRig(new AnsweringWorld("""{"id":7}"""));
        var executed = Assert.IsType<CallOutcome.Executed>(await rig.FetchAsync());
        Assert.True(executed.Report.IsFullySuccessful);
    }

    private sealed class BreakingWorld : IHttpTransport
    {
        public ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation) =>
            throw new NotSupportedException("a secret of the transport");
    }
}
