using System.Collections.Immutable;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Pipeline;

public sealed class EffectVerifierTests
{
    private const string Ok = """{"ok":true,"data":{"status_code":200,"url":"u"}}""";

    [Fact]
    public void What_provider_and_host_agree_on_is_verified()
    {
        var outcome = Verify(Ok, [Seen.Status(200)]);
        Assert.Equal(VerificationStatus.Verified, outcome.Status);
        Assert.Equal("""{"host_corroborated":true,"http_status":200}""", System.Text.Encoding.UTF8.GetString(outcome.Evidence!.Span));
    }

    [Theory]
    [InlineData(Ok, 404, "the provider reported HTTP 200, the host saw HTTP 404")]
    [InlineData("""{"ok":true,"data":{"status_code":404}}""", 404, "HTTP status 404 is not an accepted one")]
    [InlineData("""{"ok":true,"data":{"status_code":"200"}}""", 200, "the provider's output has no HTTP status")]
    [InlineData("""{"ok":true,"data":{"status_code":200.5}}""", 200, "the provider's output has no HTTP status")]
    [InlineData("""{"ok":true}""", 200, "the provider's output has no HTTP status")]
    [InlineData(Ok, null, "the host saw no HTTP response")]
    public void What_the_host_did_not_see_is_not_verified(string output, int? status, string reason)
    {
        var outcome = Verify(output, [Seen.Status(status)]);
        Assert.Equal((VerificationStatus.VerificationFailed, reason), (outcome.Status, outcome.Reason));
        Assert.Null(outcome.Evidence);
    }

    [Fact]
    public void A_provider_that_says_success_without_a_call_is_not_believed() =>
        Assert.Equal(VerificationStatus.VerificationFailed, Verify(Ok, []).Status);

    [Fact]
    public void The_last_exchange_counts()
    {
        Assert.Equal(VerificationStatus.Verified, Verify(Ok, [Seen.Status(302), Seen.Status(200)]).Status);
        Assert.Equal(VerificationStatus.VerificationFailed, Verify(Ok, [Seen.Status(200), Seen.Status(500)]).Status);
        Assert.Equal(VerificationStatus.VerificationFailed, Verify(Ok, [Seen.Status(200), Seen.Status(null)]).Status);
    }

    [Fact]
    public void An_earlier_exchange_that_failed_fails_the_call_and_one_that_was_answered_is_in_the_evidence()
    {
        var lost = Verify(Ok, [Seen.Status(null), Seen.Status(200)]);
        Assert.Equal((VerificationStatus.VerificationFailed, "exchange", "an earlier exchange of the call failed"), (lost.Status, lost.Failed, lost.Reason));
        var refused = Verify(Ok, [Seen.Status(200) with { Outcome = EgressReason.ContentType }, Seen.Status(200)]);
        Assert.Equal((VerificationStatus.VerificationFailed, "exchange"), (refused.Status, refused.Failed));
        var repeated = Verify(Ok, [Seen.Status(503), Seen.Status(302), Seen.Status(200)]);
        Assert.Equal(VerificationStatus.Verified, repeated.Status);
        Assert.Equal(
            """{"earlier_status":[503,302],"host_corroborated":true,"http_status":200}""", System.Text.Encoding.UTF8.GetString(repeated.Evidence!.Span));
    }

    [Fact]
    public void A_response_that_the_host_refused_is_not_verified_whatever_its_status() =>
        Assert.Equal("exchange", Verify(Ok, [Seen.Status(200) with { Outcome = EgressReason.ResponseTooLarge }]).Failed);

    [Theory]
    [InlineData(204, true)]
    [InlineData(200, false)]
    public void An_action_may_say_which_statuses_it_accepts(int status, bool verified) => Assert.Equal(
        verified,
        Verify(Ok.Replace("200", $"{status}", StringComparison.Ordinal), [Seen.Status(status)], [202, 204]).Status == VerificationStatus.Verified);

    [Fact]
    public void A_field_that_the_action_promises_must_be_there()
    {
        Assert.Equal(VerificationStatus.Verified, Verify(Ok, [Seen.Status(200)], fields: ["/data/url"]).Status);
        Assert.Equal("the output has no /data/id", Verify(Ok, [Seen.Status(200)], fields: ["/data/url", "/data/id"]).Reason);
    }

    [Fact]
    public void A_failure_is_not_verified() =>
        Assert.Equal(VerificationStatus.ProviderFailedBeforeVerification, Verify("""{"ok":false}""", [Seen.Status(200)]).Status);

    [Fact]
    public void Where_nothing_can_be_checked_the_outcome_says_so()
    {
        using var document = JsonDocument.Parse(Ok);
        var outcome = EffectVerifier.Verify(new VerificationSpec(VerifierKind.None, [], []), document.RootElement, []);
        Assert.Equal(VerificationStatus.UnverifiableDeclared, outcome.Status);
    }

    private static VerificationOutcome Verify(
        string output, IReadOnlyList<LatchGate.HostIo.EffectEvidence> seen, ImmutableArray<int>? statuses = null, ImmutableArray<string>? fields = null)
    {
        using var document = JsonDocument.Parse(output);
        return EffectVerifier.Verify(new VerificationSpec(VerifierKind.HttpStatus, statuses ?? [], fields ?? []), document.RootElement, seen);
    }
}
