using System.Text;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Sandbox;

namespace LatchGate.Tests.Pipeline;

public sealed class JudgementTests
{
    private const string Ok = """{"ok":true,"data":{"status_code":200,"url":"u"}}""";
    private static readonly ActionSpec Low = CompiledActions.All.Single(a => a.Id == "http_fetch");
    private static readonly ActionSpec High = CompiledActions.All.Single(a => a.Id == "http_delete");

    [Fact]
    public void A_confirmed_success_has_no_failure_and_no_denial()
    {
        var judgement = Of(Low, Ok, 200);
        Assert.True(judgement.Succeeded);
        Assert.Equal(VerificationStatus.Verified, judgement.Verification.Status);
        Assert.Null(judgement.Failure);
        Assert.Null(judgement.Denial);
        
        // The receipt holds it in canonical order (RFC 8785).
        Assert.Equal("""{"data":{"status_code":200,"url":"u"},"ok":true}""", Encoding.UTF8.GetString(judgement.Output!.Span));
    }

    [Fact]
    public void An_unconfirmed_low_risk_call_is_executed_and_marked()
    {
        var judgement = Of(Low, Ok, 500);
        Assert.Null(judgement.Denial);
        Assert.Equal((VerificationStatus.VerificationFailed, FailureClass.VerificationFailed), (judgement.Verification.Status, judgement.Failure));
    }

    [Fact]
    public void An_unconfirmed_high_risk_call_is_told_as_a_failure()
    {
        Assert.Null(Of(High, Ok, 200).Denial);
        Assert.Equal((GateFailure.VerificationFailed, "verification_failed"), (Of(High, Ok, 500).Denial!.Failure, Of(High, Ok, 500).Denial!.Detail));
        var failed = Of(High, """{"ok":false,"error":{"code":"x","message":"y"}}""", 200);
        Assert.Equal((GateFailure.VerificationFailed, ResultKind.ProviderFailure), (failed.Denial!.Failure, failed.Result.Kind));
    }

    [Fact]
    public void A_provider_that_says_it_failed_is_executed_with_a_failure()
    {
        var judgement = Of(Low, """{"ok":false,"error":{"code":"x","message":"y"}}""", 200);
        Assert.Null(judgement.Denial);
        Assert.Equal((ResultKind.ProviderFailure, FailureClass.ProviderError), (judgement.Result.Kind, judgement.Failure));
        Assert.Equal(VerificationStatus.ProviderFailedBeforeVerification, judgement.Verification.Status);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"ok":"true"}""")]
    [InlineData("""{"ok":1}""")]
    [InlineData("""{"ok":true,"ok":true}""")]
    [InlineData("""{"ok":true""")]
    public void An_output_of_another_shape_is_not_passed_on(string output)
    {
        var judgement = Of(Low, output, 200);
        Assert.Equal((GateFailure.ResponseSchemaViolation, FailureClass.PolicyViolation), (judgement.Denial!.Failure, judgement.Failure));
        Assert.Equal(VerificationStatus.Skipped, judgement.Verification.Status);
    }

    [Fact]
    public void A_success_must_fit_the_response_schema()
    {
        var judgement = Of(High, """{"ok":true,"data":{"status_code":200}}""", 200);
        Assert.Equal(GateFailure.ResponseSchemaViolation, judgement.Denial!.Failure);
        Assert.Contains("url", judgement.Denial.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_over_the_limit_is_not_passed_on()
    {
        var judgement = Of(Low with { Io = Low.Io with { MaxResponseBytes = Ok.Length - 1 } }, Ok, 200);
        Assert.Equal(GateFailure.ResponseSchemaViolation, judgement.Denial!.Failure);
        Assert.Null(judgement.Output);
    }

    [Theory]
    [InlineData(EgressReason.HostNotAllowed, GateFailure.EgressDenied, 403, FailureClass.PolicyViolation)]
    [InlineData(EgressReason.PrivateTarget, GateFailure.EgressDenied, 403, FailureClass.PolicyViolation)]
    [InlineData(EgressReason.RebindDetected, GateFailure.UpstreamFailed, null, FailureClass.ProviderError)]
    [InlineData(EgressReason.BandwidthCap, GateFailure.EgressDenied, 429, FailureClass.PolicyViolation)]
    [InlineData(EgressReason.CapsUnavailable, GateFailure.EgressDenied, 503, FailureClass.PolicyViolation)]
    [InlineData(EgressReason.ProxyDenied, GateFailure.EgressDenied, 403, FailureClass.PolicyViolation)]
    [InlineData(EgressReason.ProxyFailed, GateFailure.UpstreamFailed, null, FailureClass.ProviderError)]
    [InlineData(EgressReason.ConnectFailed, GateFailure.UpstreamFailed, null, FailureClass.ProviderError)]
    [InlineData(EgressReason.RequestTimeout, GateFailure.UpstreamFailed, null, FailureClass.Timeout)]
    public void What_the_host_refused_is_told_whatever_the_provider_says(EgressReason reason, GateFailure failure, int? status, FailureClass kind)
    {
        foreach (var output in new[] { Ok, """{"ok":false,"error":{"code":"x","message":"y"}}""" })
        {
            var done = new DispatchResult(Result(output), [], EgressVerdict.Refuse(reason, rule: "the-rule"));
            var judgement = Judgement.Of(Low, in done);
            Assert.Equal((failure, status, kind), (judgement.Denial!.Failure, judgement.Denial.Status, judgement.Failure));
            Assert.Equal((reason.Label(), "the-rule"), (judgement.Denial.Detail, judgement.Denial.Rule));
            Assert.False(judgement.Succeeded);
        }
    }

    public static TheoryData<TrapReason> Traps => [.. Enum.GetValues<TrapReason>().Where(trap => trap != TrapReason.None)];

    [Theory]
    [MemberData(nameof(Traps))]
    public void A_provider_that_was_stopped_has_no_output_and_a_reason(TrapReason trap)
    {
        var done = new DispatchResult(new SandboxResult(trap, default, 7, 1, TimeSpan.Zero), [Seen.Status(200)], null);
        var judgement = Judgement.Of(Low, in done);
        Assert.Null(judgement.Output);
        Assert.Equal(VerificationStatus.Skipped, judgement.Verification.Status);
        Assert.Equal(trap.ToWire(), judgement.Denial!.Detail);
        Assert.Equal(trap is TrapReason.Busy or TrapReason.HostOutOfMemory ? GateFailure.Busy : GateFailure.ActionExecutionFailed, judgement.Denial.Failure);
        Assert.Equal(trap == TrapReason.DeadlineExceeded ? (FailureClass.Timeout, ResultKind.Timeout) : (FailureClass.ProviderError, ResultKind.ProviderFailure), (judgement.Failure, judgement.Result.Kind));
    }

    private static SandboxResult Result(string output) => new(TrapReason.None, Encoding.UTF8.GetBytes(output), 7, 1, TimeSpan.Zero);

    private static Judgement Of(ActionSpec action, string output, int? status)
    {
        var done = new DispatchResult(Result(output), [Seen.Status(status)], null);
        return Judgement.Of(action, in done);
    }
}
