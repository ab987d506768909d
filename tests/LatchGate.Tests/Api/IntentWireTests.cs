using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Tests.Cli;

namespace LatchGate.Tests.Api;

/// <summary>Intents without receipt, over the operators' socket and on the command line.</summary>
public sealed class IntentWireTests : IAsyncLifetime
{
    private const string First = "01941f29-7c00-7000-8000-000000000101";
    private const string Second = "01941f29-7c00-7000-8000-000000000102";

    private readonly LiveGate _gate = new()
    {
        Before = async (_, ledger) =>
        {
            await ledger.RecordIntentAsync(IntentOf(First));
            await ledger.RecordIntentAsync(IntentOf(Second));
        },
    };

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task An_intent_without_receipt_is_listed_and_resolved_by_an_operators_signed_note()
    {
        using var @operator = _gate.WireOperator();
        var listed = (await @operator.AuthorizedAsync("GET", "/v1/admin/intents")).Json.GetProperty("intents");
        Assert.Equal([First, Second], listed.EnumerateArray().Select(i => i.GetProperty("grant_id").GetString()));
        Assert.Equal("demo_get", listed[0].GetProperty("action_id").GetString());

        var path = $"/v1/admin/intents/{First}/resolve";
        foreach (var bad in new[]
        {
            "", "{}", """{"outcome":"done","note":"x"}""", """{"outcome":"happened","note":" "}""", """{"outcome":"happened","note":"x","more":1}""",
            """{"outcome":"happened","note":"NOTE"}""".Replace("NOTE", new string('n', 2001), StringComparison.Ordinal),
        })
        {
            (await @operator.AuthorizedAsync("POST", path, bad)).Refused(400, "bad_request");
        }

        (await @operator.AuthorizedAsync("POST", "/v1/admin/intents/none/resolve", """{"outcome":"happened","note":"x"}""")).Refused(404, "not_found");
        var resolved = await @operator.AuthorizedAsync("POST", path, """{"outcome":"not_happened","note":"nothing there"}""");
        Assert.Equal((200, 1), (resolved.Status, resolved.Json.GetProperty("unresolved_intents").GetInt64()));
        (await @operator.AuthorizedAsync("POST", path, """{"outcome":"happened","note":"x"}""")).Refused(409, "intent_already_resolved");

        Assert.Equal(1, (await @operator.AuthorizedAsync("GET", "/v1/admin/status")).Json.GetProperty("unresolved_intents").GetInt64());
        Assert.Contains("latchgate_unresolved_intents 1\n", (await @operator.AuthorizedAsync("GET", "/metrics")).Content, StringComparison.Ordinal);
        var note = Assert.Single((await @operator.AuthorizedAsync("GET", "/v1/audit/events", query: "?event_type=intent_resolved")).Json.GetProperty("events").EnumerateArray());
        Assert.Equal("default", note.GetProperty("principal").GetString());
        Assert.Equal("operator_dpop", note.GetProperty("operator_authn_method").GetString());
        Assert.Equal("trace-of-" + First, note.GetProperty("trace_id").GetString());
        Assert.Equal("nothing there", note.GetProperty("detail").GetProperty("note").GetString());
        Assert.Equal("not_happened", note.GetProperty("detail").GetProperty("outcome").GetString());
        var report = _gate.Verify();
        Assert.Null(report.Defect);
        Assert.Single(report.Unresolved);
    }

    [Fact]
    public async Task The_command_line_lists_and_resolves_them()
    {
        var cli = new CliRun(_gate.Environment, _gate.Configuration.Source.File);
        Assert.Equal(0, await cli.RunAsync("intents", "list"));
        Assert.Contains(First, cli.Output, StringComparison.Ordinal);
        Assert.Equal(64, await cli.RunAsync("intents", "resolve", First, "--outcome", "perhaps", "--note", "x"));
        Assert.Equal(64, await cli.RunAsync("intents", "resolve", First, "--outcome", "happened"));
        foreach (var (grant, left) in new[] { (First, 1), (Second, 0) })
        {
            Assert.Equal(0, await cli.RunAsync("intents", "resolve", grant, "--outcome", "not-happened", "--note", "looked", "--json"));
            Assert.Equal(left, cli.Json.GetProperty("unresolved_intents").GetInt64());
        }

        Assert.Equal(1, await cli.RunAsync("intents", "resolve", First, "--outcome", "unknown", "--note", "again", "--json"));
        Assert.Equal("intent_already_resolved", cli.Json.GetProperty("error").GetString());
        Assert.Equal(0, await cli.RunAsync("intents", "list"));
        Assert.Contains("Every call that began has a receipt, or a note.", cli.Output, StringComparison.Ordinal);
    }

    private static IntentRecord IntentOf(string grant) => new()
    {
        GrantId = grant,
        TraceId = "trace-of-" + grant,
        ActionId = "demo_get",
        ActionVersion = "1.0.0",
        ActionDigest = Sha256Digest.Of("manifest"u8),
        Principal = "agent:demo",
        SessionId = "s1",
        RequestHash = Sha256Digest.Of("{}"u8),
        TaskDigest = Sha256Digest.Of("task"u8),
        ModuleDigest = Sha256Digest.Of("module"u8),
        StartedAt = DateTimeOffset.UtcNow,
    };
}
