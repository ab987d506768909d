using LatchGate.Actions;
using LatchGate.Crypto;
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

    // The intent is durable before the grant is needed: a fault of the signer must not leave it without an outcome.
    [Fact]
    public async Task A_grant_that_cannot_be_signed_ends_in_a_receipt_and_nothing_is_sent()
    {
        var world = new CountingWorld();
        using var rig = new ExecutionRig(world);
        rig.GrantKey.Dispose();
        var denied = Assert.IsType<CallOutcome.Denied>(await rig.FetchAsync());
        Assert.Equal(GateFailure.ActionExecutionFailed, denied.Denial.Failure);
        Assert.Equal("internal_error", rig.Receipt(denied.Denial.ReceiptId!).GetProperty("failure_class").GetString());
        Assert.Empty(rig.State.Ledger.Read(r => r.UnresolvedIntents()));
        Assert.Equal(0, world.Calls);
    }

    [Fact]
    public async Task A_receipt_that_cannot_be_signed_leaves_the_intent_unresolved_and_the_caller_is_told_that_the_evidence_is_missing()
    {
        var world = new CountingWorld();
        using var receiptKey = new Ed25519Signer(new byte[32]);
        using var rig = new ExecutionRig(world, receiptKey: receiptKey);
        receiptKey.Dispose();
        var denied = Assert.IsType<CallOutcome.Denied>(await rig.FetchAsync());
        Assert.Equal(GateFailure.EvidencePersistenceFailed, denied.Denial.Failure);
        Assert.Null(denied.Denial.ReceiptId);
        Assert.Single(rig.State.Ledger.Read(r => r.UnresolvedIntents()));
        Assert.Equal(1, world.Calls);
    }

    [Fact]
    public async Task A_call_that_the_world_answers_is_executed()
    {
        using var rig = new ExecutionRig(new AnsweringWorld("""{"id":7}"""));
        var executed = Assert.IsType<CallOutcome.Executed>(await rig.FetchAsync());
        Assert.True(executed.Report.IsFullySuccessful);
    }

    // Names of members come from the upstream, and a reason shows them.
    [Fact]
    public async Task What_a_rule_says_of_a_response_holds_no_secret_of_the_gate()
    {
        const string Secret = "tok-0123456789abcdef";
        using var secrets = LatchGate.Secrets.FixedSecrets.Of(("token", Secret));
        var build = ActionRegistry.OfThisBuild();
        Assert.True(build.TryFind("http_fetch", out var fetch));
        var checks = fetch with
        {
            Verification = fetch.Verification with
            {
                BodySchema = static (value, ref errors) =>
                {
                    foreach (var member in value.EnumerateObject())
                    {
                        errors.AddUnknown(member);
                    }
                },
            },
        };
        using var rig = new ExecutionRig(
            new AnsweringWorld($$"""{"{{Secret}}":1}"""), ActionRegistry.Create([checks], build.ManifestSetDigest, null), secrets: secrets);
        var executed = Assert.IsType<CallOutcome.Executed>(await rig.FetchAsync());
        var outcome = executed.Report.Verification;
        Assert.Equal(
            ("body_schema", "the response body does not fit its schema: has the unknown member '***REDACTED***' (additionalProperties)"), (outcome.Failed, outcome.Reason));
        Assert.DoesNotContain(Secret, rig.Receipt(executed.Report.ReceiptId).GetRawText(), StringComparison.Ordinal);
    }

    private sealed class CountingWorld : IHttpTransport
    {
        internal int Calls { get; private set; }

        public ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation)
        {
            Calls++;
            return new AnsweringWorld("{}").SendAsync(route, request, limits, cancellation);
        }
    }

    private sealed class BreakingWorld : IHttpTransport
    {
        public ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation) =>
            throw new NotSupportedException("a secret of the transport");
    }
}
