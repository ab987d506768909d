using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Evidence;

namespace LatchGate.Tests.Api;

/// <summary>However a dispatched call ends, it leaves a receipt that says so, through a whole gate and a real upstream (reference/kernel.md D-24).</summary>
public sealed class ReceiptEndingTests(EndingGate ending) : IClassFixture<EndingGate>
{
    private const string Told = "exchange request status";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LiveGate Gate => ending.Gate;

    // action, path, answer, code, failure class, result, outcome, checked, failed, decision of the event, statuses that the host saw
    public static TheoryData<string, string, int, string?, string?, string, string, string, string?, string, string> Endings => new()
    {
        { "http_fetch", "/", 200, null, null, "success", "verified", $"{Told} output:/data/status_code", null, "allow", "200" },
        { "http_fetch", "/status/404", 200, null, "verification_failed", "success", "verification_failed", Told, "status", "allow_unverified", "404" },
        { "undeclared", "/", 200, null, null, "success", "unverifiable_declared", "", null, "allow_unverified", "200" },
        { "body", "/", 200, null, "verification_failed", "success", "verification_failed", $"{Told} body", "body", "allow_unverified", "200" },
        { "body", "/json", 200, null, "verification_failed", "success", "verification_failed", $"{Told} body body:/id", "body:/id", "allow_unverified", "200" },
        { "header", "/", 200, null, "verification_failed", "success", "verification_failed", $"{Told} header:etag", "header:etag", "allow_unverified", "200" },
        { "asked", "/repeat", 200, null, null, "success", "verified", $"{Told} body body:/url output:/data/status_code", null, "allow", "200" },
        { "asked", "/other", 200, null, "verification_failed", "success", "verification_failed", $"{Told} body body:/url", "body:/url", "allow_unverified", "200" },
        { "asked", "/twice", 502, "response_schema_violation", "policy_violation", "provider_failure", "skipped", "", null, "deny", "200" },
        { "task_itself", "?", 200, null, "provider_error", "provider_failure", "provider_failed_before_verification", "", null, "allow_unverified", "" },
        { "starved", "/", 502, "action_execution_failed", "provider_error", "provider_failure", "skipped", "", null, "error", "" },
        { "late", "/stall", 502, "action_execution_failed", "timeout", "timeout", "skipped", "", null, "error", "-" },
        { "silent", "/", 502, "action_execution_failed", "provider_error", "provider_failure", "skipped", "", null, "error", "" },
        { "typed", "/", 502, "upstream_error", "provider_error", "provider_failure", "provider_failed_before_verification", "", null, "error", "200" },
        { "http_fetch", "/moved", 403, "egress_denied", "policy_violation", "provider_failure", "provider_failed_before_verification", "", null, "deny", "302" },
        { "http_fetch", "/broken", 502, "upstream_error", "provider_error", "provider_failure", "provider_failed_before_verification", "", null, "error", "200" },
        { "http_fetch", "closed", 502, "upstream_error", "provider_error", "provider_failure", "provider_failed_before_verification", "", null, "error", "-" },
        { "shaped", "/", 502, "response_schema_violation", "policy_violation", "provider_failure", "skipped", "", null, "deny", "200" },
        { "short", "/", 502, "response_schema_violation", "policy_violation", "provider_failure", "skipped", "", null, "deny", "200" },
        { "standing_high", "/", 200, null, null, "success", "verified", $"{Told} output:/data/status_code output:/data/url", null, "allow", "200" },
        { "standing_high", "/status/500", 502, "verification_failed", "verification_failed", "success", "verification_failed", Told, "status", "deny", "500" },
        { "standing_critical", "/status/404", 502, "verification_failed", "verification_failed", "success", "verification_failed", Told, "status", "deny", "404" },
    };

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task However_a_call_ends_its_receipt_says_so(
        string action, string path, int status, string? code, string? failure, string result, string outcome, string looked, string? failed, string decision, string seen)
    {
        using var agent = Gate.Wire();
        await agent.LeaseAsync();
        var request = RequestTo(path);

        var answer = await agent.ExecuteAsync(action, request);

        Assert.Equal((status, code), (answer.Status, answer.Error));
        if (code is null)
        {
            var verification = answer.Json.GetProperty("verification");
            Assert.Equal((outcome, outcome), (answer.Text("verification_outcome"), verification.GetProperty("outcome").GetString()));
            Assert.Equal(outcome is "verified" or "unverifiable_declared", verification.GetProperty("is_fully_successful").GetBoolean());
            Assert.Equal(looked, Words(verification));
            Assert.Equal(failed, Text(verification, "failed"));
        }

        var receipt = await agent.AuthorizedAsync("GET", $"/v1/receipts/{answer.Text("receipt_id")}");
        Assert.Equal((200, "valid"), (receipt.Status, receipt.Text("signature_status")));
        Assert.Equal(answer.Text("trace_id"), receipt.Text("trace_id"));
        AssertEnded(receipt.Json, failure, result, outcome, looked, failed);
        AssertBound(receipt.Json, EndingGate.Find(action), request, approvalId: null);
        AssertSeen(receipt.Json, action.StartsWith("standing", StringComparison.Ordinal) ? "DELETE" : "GET", seen);
        Assert.Equal(decision, ending.EndingEvent(answer.Text("trace_id")!).GetProperty("decision").GetString());
        AssertNothingIsOpen();
    }

    [Theory]
    [InlineData("http_delete", "/", 200, null, "verified", "exchange request status output:/data/status_code output:/data/url", null)]
    [InlineData("http_delete", "/status/500", 502, "verification_failed", "verification_failed", Told, "status")]
    [InlineData("asked_high", "/repeat", 200, null, "verified", $"{Told} body body:/url output:/data/status_code output:/data/url", null)]
    [InlineData("asked_high", "/other", 502, "verification_failed", "verification_failed", $"{Told} body body:/url", "body:/url")]
    [InlineData("asked_high", "/", 502, "verification_failed", "verification_failed", $"{Told} body", "body")]
    public async Task An_approved_call_is_compared_with_the_request_that_was_frozen_and_denied_where_that_is_not_what_happened(
        string action, string path, int status, string? code, string outcome, string looked, string? failed)
    {
        using var agent = Gate.Wire();
        using var @operator = Gate.WireOperator();
        await agent.LeaseAsync();
        var request = RequestTo(path);
        var held = await agent.ExecuteAsync(action, request);
        Assert.Equal(202, held.Status);
        var id = held.Text("approval_id")!;

        var answer = await @operator.AuthorizedAsync("POST", $"/v1/approvals/{id}/approve");

        Assert.Equal((status, code), (answer.Status, answer.Error));
        Assert.Equal(code is null ? null : failed, answer.Text("rule"));
        var receipt = await agent.AuthorizedAsync("GET", $"/v1/receipts/{answer.Text("receipt_id")}");
        Assert.Equal((200, "valid"), (receipt.Status, receipt.Text("signature_status")));
        AssertEnded(receipt.Json, code is null ? null : "verification_failed", "success", outcome, looked, failed);
        AssertBound(receipt.Json, EndingGate.Find(action), request, id);
        if (code is null)
        {
            var poll = await agent.AuthorizedAsync("GET", $"/v1/approvals/{id}/poll");
            Assert.Equal(looked, Words(poll.Json.GetProperty("verification")));
        }

        Assert.Equal(code is null ? "allow" : "deny", ending.EndingEvent(receipt.Text("trace_id")!).GetProperty("decision").GetString());
        AssertNothingIsOpen();
    }

    // Once dispatched a call is brought to its receipt, whoever still listens.
    [Fact]
    public async Task A_caller_that_hangs_up_leaves_a_call_with_a_receipt()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var release = new ManualResetEventSlim();
        using var caller = Gate.Wire();
        using var observer = Gate.WireOperator();
        await caller.LeaseAsync();
        Gate.OnUpstreamRequest = () =>
        {
            reached.TrySetResult();
            release.Wait(TimeSpan.FromSeconds(30));
        };
        try
        {
            var call = caller.ExecuteAsync("http_fetch", RequestTo("/hung"));
            await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            caller.Dispose();
            await Assert.ThrowsAnyAsync<Exception>(() => call);
        }
        finally
        {
            Gate.OnUpstreamRequest = null;
            release.Set();
        }

        var hash = HashOf(RequestTo("/hung"));
        JsonElement? end = null;
        for (var attempt = 0; end is null && attempt < 200; attempt++)
        {
            await Task.Delay(50, Cancel);
            end = EndOf(hash);
        }

        Assert.NotNull(end);
        var receipt = await observer.AuthorizedAsync("GET", $"/v1/receipts/{Text(end.Value, "receipt_id")}");
        Assert.Equal((200, "valid"), (receipt.Status, receipt.Text("signature_status")));
        AssertEnded(receipt.Json, null, "success", "verified", $"{Told} output:/data/status_code", null);
        AssertNothingIsOpen();
    }

    private JsonElement? EndOf(string requestHash)
    {
        using var reader = new LedgerReader(Gate.LedgerPath);
        foreach (var e in reader.QueryEvents(new EventQuery { Limit = EventQuery.MaxLimit }))
        {
            var json = JsonDocument.Parse(e.Json).RootElement;
            if (Text(json, "request_hash") == requestHash && Text(json, "receipt_id") is { Length: > 0 })
            {
                return json;
            }
        }

        return null;
    }

    private static void AssertEnded(JsonElement receipt, string? failure, string result, string outcome, string looked, string? failed)
    {
        Assert.Equal(failure, receipt.GetProperty("failure_class").GetString());
        Assert.Equal(result, receipt.GetProperty("normalized_result").GetProperty("kind").GetString());
        var verification = receipt.GetProperty("verification_outcome");
        Assert.Equal(outcome, verification.GetProperty("status").GetString());
        Assert.Equal(looked, Words(verification));
        Assert.Equal(failed, Text(verification, "failed"));
        Assert.Equal(outcome == "verified", verification.TryGetProperty("evidence", out _));
        Assert.Equal(outcome == "verification_failed", verification.TryGetProperty("reason", out _));
    }

    // Which request, whose, by which code, under which decision.
    private void AssertBound(JsonElement receipt, ActionSpec action, string request, string? approvalId)
    {
        Assert.Equal((action.Id, action.Version), (Text(receipt, "action_id"), Text(receipt, "action_version")));
        Assert.Equal(action.Digest.ToString(), Text(receipt, "action_digest"));
        Assert.Equal(action.ModuleDigest.ToString(), Text(receipt, "module_sha256"));
        Assert.Equal("builtin:http_api", Text(receipt, "provider_module_digest"));
        Assert.Equal(CompiledActions.ManifestSetDigest.ToString(), Text(receipt, "build_digest"));
        Assert.Equal(HashOf(request), Text(receipt, "request_hash"));
        Assert.Equal(Gate.Principal, Text(receipt, "principal"));
        Assert.Equal(approvalId, Text(receipt, "approval_id"));
        Assert.All(["receipt_id", "grant_id", "trace_id"], member => Assert.True(Guid.TryParse(Text(receipt, member), out _)));
        Assert.NotEmpty(Text(receipt, "session_id")!);
        Assert.StartsWith("sha256:", Text(receipt, "intent_digest"), StringComparison.Ordinal);
        var runtime = receipt.GetProperty("runtime");
        Assert.True(runtime.GetProperty("fuel_consumed").GetInt64() > 0);
        Assert.True(runtime.GetProperty("duration_ms").GetInt64() >= 0);
        Assert.Equal(receipt.GetProperty("effect_evidence").GetArrayLength() > 0, runtime.GetProperty("io_calls").GetInt32() > 0);
        Assert.True(Time(receipt, "finished_at") >= Time(receipt, "started_at"));
    }

    private void AssertSeen(JsonElement receipt, string method, string seen)
    {
        var effects = receipt.GetProperty("effect_evidence").EnumerateArray().ToList();
        Assert.Equal(seen, string.Join(" ", effects.Select(static e => e.GetProperty("status") is { ValueKind: JsonValueKind.Number } status ? status.GetRawText() : "-")));
        foreach (var effect in effects)
        {
            Assert.Equal(("http", method), (Text(effect, "kind"), Text(effect, "method")));
            Assert.StartsWith("http://127.0.0.1:", Text(effect, "target"), StringComparison.Ordinal);
            Assert.StartsWith("sha256:", Text(effect, "path_hash"), StringComparison.Ordinal);
            Assert.Equal(HashOf(""), Text(effect, "request_body_hash"));
        }

        // The upstream's answer to "/" is this word, and its hash is there also where the gate passed none of it on.
        if (Text(receipt, "action_id") is "shaped" or "short" or "undeclared" or "header")
        {
            Assert.Equal(HashOf("hello"), Text(effects[0], "response_body_hash"));
        }
    }

    private void AssertNothingIsOpen()
    {
        using var reader = new LedgerReader(Gate.LedgerPath);
        Assert.Empty(reader.UnresolvedIntents());
    }

    private string RequestTo(string path)
    {
        if (path == "?")
        {
            return $$"""{"nonsense":1,"url":"{{Gate.Url()}}"}""";
        }

        if (path != "closed")
        {
            return $$"""{"url":"{{Gate.Url(path)}}"}""";
        }

        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        return string.Create(CultureInfo.InvariantCulture, $"{{\"url\":\"http://127.0.0.1:{((IPEndPoint)closed.LocalEndpoint).Port}/\"}}");
    }

    private static string Words(JsonElement verification) => verification.TryGetProperty("checked", out var rules)
        ? string.Join(" ", rules.EnumerateArray().Select(static rule => rule.GetString()))
        : "";

    private static string? Text(JsonElement json, string member) => json.TryGetProperty(member, out var value) ? value.GetString() : null;

    private static DateTimeOffset Time(JsonElement json, string member) => DateTimeOffset.Parse(Text(json, member)!, CultureInfo.InvariantCulture);

    // The requests here are canonical JSON as they stand.
    private static string HashOf(string text) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
