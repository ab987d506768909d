namespace LatchGate.Tests.Pipeline;

public sealed class OneDispatchPathTests : IDisposable
{
    // What a NativeAOT gate cannot have, or what makes behaviour that no reader of the code sees.
    private static readonly string[] BannedTypes =
    [
        "System.Reflection.Emit.", "System.Linq.Expressions.", "Microsoft.CSharp.RuntimeBinder.", "System.Dynamic.", "System.Runtime.Loader.",
        "System.Runtime.CompilerServices.CallSite", "System.Runtime.CompilerServices.AsyncVoidMethodBuilder",
        "System.Reflection.MethodInfo", "System.Reflection.MethodBase", "System.Reflection.FieldInfo", "System.Reflection.PropertyInfo",
        "System.Reflection.ConstructorInfo", "System.Runtime.Serialization.Formatters", "System.Diagnostics.Process",
    ];

    private static readonly string[] BannedMembers =
    [
        "System.Activator::CreateInstance", "System.Type::GetType", "System.Type::InvokeMember", "System.Type::MakeGenericType", "System.Type::GetMethod",
        "System.Type::GetProperty", "System.Type::GetField", "System.Delegate::DynamicInvoke", "System.Reflection.Assembly::Load",
        "System.Reflection.Assembly::LoadFrom", "System.Reflection.Assembly::LoadFile", "System.Reflection.Assembly::GetType",
    ];

    private readonly GateAssembly _gate = new();

    public void Dispose() => _gate.Dispose();

    [Fact]
    public void Only_dispatch_enters_the_sandbox() =>
        Assert.Equal(["LatchGate.Pipeline.Dispatch.EnterAsync"], _gate.CallersOf("LatchGate.Sandbox.SandboxHost", "ExecuteAsync"));

    [Fact]
    public void Only_the_execution_with_grant_and_intent_dispatches()
    {
        Assert.Equal(["LatchGate.Pipeline.Dispatch.RunAsync"], _gate.CallersOf("LatchGate.Pipeline.Dispatch", "EnterAsync"));
        Assert.Equal(["LatchGate.Pipeline.Execution.RunAsync"], _gate.CallersOf("LatchGate.Pipeline.Dispatch", "RunAsync"));
    }

    [Fact]
    public void Only_policy_and_an_operator_lead_to_an_execution()
    {
        Assert.Equal(
            ["LatchGate.Approvals.ApprovalDesk.ApproveAsync", "LatchGate.Pipeline.CallPipeline.AskPolicyAsync"],
            _gate.CallersOf("LatchGate.Pipeline.Execution", "RunAsync"));
        Assert.Equal(["LatchGate.Pipeline.CallPipeline.AskPolicyAsync"], _gate.CallersOf("LatchGate.Pipeline.AuthorizedCall", "TryFromPolicy"));
        Assert.Equal(["LatchGate.Approvals.PlanReview.PrepareAsync"], _gate.CallersOf("LatchGate.Pipeline.AuthorizedCall", "TryFromApproval"));
        Assert.Equal(["LatchGate.Approvals.PlanReview.PrepareAsync"], _gate.CallersOf("LatchGate.Approvals.ClaimedPlan", "TryCreate"));
        Assert.Equal(["LatchGate.Approvals.ApprovalDesk.ApproveAsync"], _gate.CallersOf("LatchGate.Approvals.PlanReview", "PrepareAsync"));
        Assert.Equal(["LatchGate.Pipeline.Execution.Grant"], _gate.CallersOf("LatchGate.Grants.SignedGrant", "Sign"));
        Assert.StartsWith("LatchGate.Evidence.Ledger.", Assert.Single(_gate.CallersOf("LatchGate.Evidence.RecordedIntent", "Write")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LatchGate.Pipeline.AuthorizedCall", "LatchGate.Pipeline.AuthorizedCall")]
    [InlineData("LatchGate.Grants.SignedGrant", "LatchGate.Grants.SignedGrant.Sign")]
    [InlineData("LatchGate.Grants.VerifiedGrant", "LatchGate.Grants.VerifiedGrant.TryVerify")]
    [InlineData("LatchGate.Evidence.RecordedIntent", "LatchGate.Evidence.RecordedIntent.Write")]
    [InlineData("LatchGate.Evidence.DurableEvidence", "LatchGate.Evidence.DurableEvidence.Write")]
    [InlineData("LatchGate.Actions.ValidatedRequest", "LatchGate.Actions.ValidatedRequest.TryCreate")]
    [InlineData("LatchGate.Actions.ResolvedTask", "LatchGate.Actions.ResolvedTask")]
    [InlineData("LatchGate.Approvals.ClaimedPlan", "LatchGate.Approvals.ClaimedPlan.TryCreate")]
    [InlineData("LatchGate.Identity.VerifiedCaller", "LatchGate.Identity")]
    [InlineData("LatchGate.Identity.VerifiedLease", "LatchGate.Identity.VerifiedLease")]
    [InlineData("LatchGate.Identity.VerifiedOperator", "LatchGate.Identity")]
    public void A_proof_value_is_made_only_where_the_check_is(string type, string maker) =>
        Assert.All(_gate.CallersOf(type, ".ctor"), caller => Assert.StartsWith(maker, caller, StringComparison.Ordinal));

    [Fact]
    public void Nothing_in_the_gate_reflects_emits_or_binds_late()
    {
        Assert.DoesNotContain(_gate.ReferencedTypes, type => BannedTypes.Any(banned => type.StartsWith(banned, StringComparison.Ordinal)));
        Assert.DoesNotContain(_gate.ReferencedMembers, BannedMembers.Contains);
    }

    [Fact]
    public void No_exception_is_dropped_unseen() => Assert.Empty(_gate.EmptyCatches());
}
