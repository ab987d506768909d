using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.HostIo;
using LatchGate.Pipeline;
using EffectEvidence = LatchGate.HostIo.EffectEvidence;

namespace LatchGate.Generators.Tests;

/// <summary>The rules of a compiled manifest, against responses: each row changes one thing of one that fits.</summary>
public sealed class EffectRuleTests
{
    private const string Request = """{"title":"a note","note":"n"}""";
    private const string Body = """
        {"id":9007199254740993,"title":"a note","count":3,"note":"n","state":"open","kind":"note","gone":null,"tags":["x"],"extra":{"deep":[1e400]}}
        """;

    private static readonly ActionSpec Action = GeneratorHarness.LoadOne(RepositoryFiles.Fixture("verified.yaml"));

    [Fact]
    public void A_response_that_fits_is_verified_and_every_rule_was_looked_at()
    {
        var outcome = Verify(Body, Request);
        Assert.Null(outcome.Reason);
        Assert.Equal(VerificationStatus.Verified, outcome.Status);
        Assert.Equal(
        [
            "exchange", "request", "status", "header:location", "header:etag", "header:x-kind", "header:x-correlation", "body_sha256", "body",
            "body:/id", "body:/title", "body:/count", "body:/note", "body:/state", "body:/kind", "body:/error", "body:/gone", "body:/tags",
            "body_schema", "output:/data/status_code",
        ], outcome.Checked);
        Assert.Null(outcome.Failed);
    }

    [Theory]
    [InlineData("\"id\":9007199254740993", "\"id\":9007199254740994", "body:/id", "/id of the response body must be at most 9007199254740993 (maximum)")]
    [InlineData("\"id\":9007199254740993", "\"id\":0", "body:/id", "/id of the response body must be at least 1 (minimum)")]
    [InlineData("\"id\":9007199254740993", "\"id\":1.5", "body:/id", "/id of the response body must be of type integer (type)")]
    [InlineData("\"id\":9007199254740993", "\"id\":\"7\"", "body:/id", "/id of the response body must be of type integer (type)")]
    [InlineData("\"id\":9007199254740993,", "", "body:/id", "the response body has no /id")]
    [InlineData("\"title\":\"a note\"", "\"title\":\"A note\"", "body:/title", "/title of the response body is not the request's title")]
    [InlineData("\"title\":\"a note\"", "\"title\":\"\"", "body:/title", "/title of the response body must have at least 1 character(s) (minLength)")]
    [InlineData("\"count\":3", "\"count\":\"3\"", "body:/count", "/count of the response body is not the request's count")]
    [InlineData("\"count\":3", "\"count\":4", "body:/count", "/count of the response body is not the request's count")]
    [InlineData("\"count\":3", "\"count\":3e99999999999999", "body:/count", "/count of the response body is not the request's count")]
    [InlineData("\"count\":3", "\"count\":[3]", "body:/count", "/count of the response body is not the request's count")]
    [InlineData("\"note\":\"n\"", "\"note\":null", "body:/note", "/note of the response body is not the request's note")]
    [InlineData("\"state\":\"open\"", "\"state\":\"closed\"", "body:/state", "/state of the response body must be one of the allowed values (enum)")]
    [InlineData("\"kind\":\"note\"", "\"kind\":[\"note\"]", "body:/kind", "/kind of the response body must be the one allowed value (const)")]
    [InlineData("\"gone\":null", "\"gone\":null,\"error\":null", "body:/error", "the response body has /error")]
    [InlineData("\"gone\":null", "\"gone\":false", "body:/gone", "/gone of the response body must be of type null (type)")]
    [InlineData("\"tags\":[\"x\"]", "\"tags\":[]", "body:/tags", "/tags of the response body must have at least 1 item(s) (minItems)")]
    [InlineData("\"tags\":[\"x\"]", "\"tags\":7", "body:/tags", "/tags of the response body must be of type string or array or object (type)")]
    [InlineData("\"gone\":null", "\"gone\":null,\"gone\":null", "body", "the response body names a member twice (byte 102)")]
    [InlineData("\"gone\":null", "\"gone\":null,", "body", "the response body is not valid JSON (byte 102)")]
    public void A_body_in_which_one_thing_is_other_is_not_verified(string from, string to, string rule, string reason)
    {
        Assert.Contains(from, Body, StringComparison.Ordinal);
        Fails(Verify(Body.Replace(from, to, StringComparison.Ordinal), Request), rule, reason);
    }

    [Theory]
    [InlineData("", "body", "the response body is not valid JSON (byte 0)")]
    [InlineData("[]", "body:/id", "the response body has no /id")]
    [InlineData("\"id\"", "body:/id", "the response body has no /id")]
    public void A_body_of_another_kind_is_not_verified(string body, string rule, string reason) => Fails(Verify(body, Request), rule, reason);

    [Fact]
    public void A_body_that_nests_too_deep_is_too_large_or_was_cut_is_not_verified()
    {
        var deep = Body.Replace("{\"deep\":[1e400]}", new string('[', 64) + new string(']', 64), StringComparison.Ordinal);
        Fails(Verify(deep, Request), "body", "the response body exceeds nesting depth limit (65 > 64)");
        var whole = Seen(Body);
        Fails(Verify(whole with { Truncated = true }, Request), "body_sha256", "the response body did not come whole");
        Fails(Verify(whole with { ResponseBody = null }, Request), "body_sha256", "the response body did not come whole");
        var large = Seen(Body + new string(' ', EffectEvidence.MaxKeptBody));
        Fails(Verify(large, Request), "body", "the response body is too large to be checked");
    }

    [Theory]
    [InlineData("location", null, "the response has no header location")]
    [InlineData("location", "https://example.com/x", "the header location does not match its pattern")]
    [InlineData("location", "https://example.com/7\n", "the header location does not match its pattern")]
    [InlineData("etag", null, "the response has no header etag")]
    [InlineData("x-kind", "Note", "the header x-kind is not the expected one")]
    [InlineData("x-correlation", "b", "the header x-correlation is not the request's title")]
    public void A_header_that_is_other_is_not_verified(string name, string? value, string reason)
    {
        var seen = Seen(Body);
        var headers = seen.ResponseHeaders.Where(field => field.Name != name).ToList();
        if (value is not null)
        {
            headers.Add(new HeaderField(name, value));
        }

        Fails(Verify(seen with { ResponseHeaders = headers }, Request), "header:" + name, reason);
    }

    [Fact]
    public void A_header_that_comes_twice_says_nothing_but_that_it_is_there()
    {
        var seen = Seen(Body);
        Fails(
            Verify(seen with { ResponseHeaders = [.. seen.ResponseHeaders, new HeaderField("x-kind", "note")] }, Request),
            "header:x-kind",
            "the response has the header x-kind more than once");
        Assert.Equal(VerificationStatus.Verified, Verify(seen with { ResponseHeaders = [.. seen.ResponseHeaders, new HeaderField("etag", "2")] }, Request).Status);
    }

    [Fact]
    public void A_rule_for_requests_with_a_property_is_skipped_for_others_and_not_told_as_checked()
    {
        var outcome = Verify(Body.Replace("\"note\":\"n\",", "", StringComparison.Ordinal), """{"title":"a note"}""");
        Assert.Equal(VerificationStatus.Verified, outcome.Status);
        Assert.DoesNotContain("body:/note", outcome.Checked);
        Assert.Contains("body:/count", outcome.Checked);
    }

    [Theory]
    [InlineData("3.0")]
    [InlineData("30e-1")]
    public void A_number_is_its_value_however_it_is_written(string count) =>
        Assert.Equal(VerificationStatus.Verified, Verify(Body.Replace("\"count\":3", $"\"count\":{count}", StringComparison.Ordinal), Request).Status);

    [Fact]
    public void A_request_whose_value_is_unknown_is_not_verified()
    {
        // As a plan would be that was frozen without it.
        var bytes = Task(Request).Bytes;
        Assert.True(ResolvedTask.TryThaw(Action, bytes.Span, Sha256Digest.Of(bytes.Span), out var thawed));
        Fails(Verify(Seen(Body), thawed), "header:x-correlation", "the header x-correlation is not the request's title");
    }

    [Theory]
    [InlineData("GET", "https://example.com/notes", "the host saw another method than the task's")]
    [InlineData("POST", "https://example.com/notes?x", "the host saw another URL than the task's")]
    [InlineData("POST", "https://example.com:8443/notes", "the host saw another URL than the task's")]
    public void A_request_that_is_not_the_tasks_is_not_verified(string method, string url, string reason) =>
        Fails(Verify(Seen(Body) with { Method = method, Target = TargetOf(url) }, Request), "request", reason);

    private static void Fails(VerificationOutcome outcome, string rule, string reason)
    {
        Assert.Equal((VerificationStatus.VerificationFailed, rule, reason), (outcome.Status, outcome.Failed, outcome.Reason));
        Assert.Equal(rule, outcome.Checked[^1]);
        Assert.Null(outcome.Evidence);
    }

    private static VerificationOutcome Verify(string body, string request) => Verify(Seen(body), request);

    private static VerificationOutcome Verify(EffectEvidence seen, string request) => Verify(seen, Task(request));

    private static VerificationOutcome Verify(EffectEvidence seen, ResolvedTask task)
    {
        using var output = JsonDocument.Parse("""{"ok":true,"data":{"status_code":201}}""");
        return EffectVerifier.Verify(Action.Verification, output.RootElement, [seen], task);
    }

    private static ResolvedTask Task(string request)
    {
        Assert.True(ValidatedRequest.TryCreate(Action, Encoding.UTF8.GetBytes(request), out var valid, out var reason), reason);
        using (valid)
        {
            Assert.True(ResolvedTask.TryCreate(valid, out var task, out _));
            return task;
        }
    }

    private static EffectEvidence Seen(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var digest = Sha256Digest.Of(bytes);
        return new EffectEvidence
        {
            Method = "POST",
            Target = TargetOf("https://example.com/notes"),
            Verdict = EgressVerdict.Allow("rule"),
            Rule = "rule",
            Fingerprint = Sha256Digest.Of("request"u8),
            RequestBody = Sha256Digest.Of(""u8),
            Outcome = EgressReason.Allowed,
            Status = 201,
            ResponseBody = digest,
            ResponseLength = bytes.Length,
            KeptBody = bytes.Length <= EffectEvidence.MaxKeptBody ? bytes : default,
            ResponseHeaders =
            [
                new HeaderField("location", "https://example.com/7"), new HeaderField("etag", "1"), new HeaderField("x-kind", "note"),
                new HeaderField("x-correlation", "a note"), new HeaderField("x-checksum", digest.ToHex()),
            ],
            StrippedHeaders = [],
            StartedAt = DateTimeOffset.UnixEpoch,
            FinishedAt = DateTimeOffset.UnixEpoch,
        };
    }

    private static Target TargetOf(string url)
    {
        Assert.True(Target.Parse(url, out var target, out _));
        return target;
    }
}
