using LatchGate.Storage;

namespace LatchGate.Binary.Tests;

/// <summary>The commands against a running gate, by their exit codes.</summary>
public sealed class CommandTests(BadInputTests.Serving serving) : IClassFixture<BadInputTests.Serving>
{
    private BinaryGate Gate => serving.Gate;

    [Fact]
    public async Task A_call_and_its_receipt()
    {
        var call = await Gate.RunAsync("call", "http_fetch", $"url={Gate.Url()}", "--json");
        Assert.Equal((0, ""), (call.Exit, call.Error));
        var id = call.Json.GetProperty("receipt_id").GetString()!;
        var shown = await Gate.RunAsync("receipts", "show", id, "--json");
        Assert.Equal((0, "valid"), (shown.Exit, shown.Json.GetProperty("signature_status").GetString()));
        var offline = await Gate.RunAsync("receipts", "show", id, "--ledger", Gate.Ledger, "--json");
        Assert.Equal((0, "valid"), (offline.Exit, offline.Json.GetProperty("signature_status").GetString()));
        Assert.Equal(1, (await Gate.RunAsync("receipts", "show", "01941f29-7c00-7000-8000-000000000001")).Exit);
    }

    [Fact]
    public async Task A_call_ends_with_the_code_of_its_outcome()
    {
        Assert.Equal(3, (await Gate.RunAsync("call", "http_fetch", "url=https://not-listed.example/")).Exit);
        Assert.Equal(3, (await Gate.RunAsync("call", "http_fetch", "no=url")).Exit);
        Assert.Equal(3, (await Gate.RunAsync("call", "nothing")).Exit);
        Assert.Equal(4, (await Gate.RunAsync("call", "http_delete", $"url={Gate.Url()}")).Exit);
        Assert.Equal(5, (await Gate.RunAsync("call", "http_fetch", $"url={Gate.Url("/status/500")}")).Exit);
        Assert.Equal(64, (await Gate.RunAsync("call")).Exit);
        Assert.Equal(64, (await Gate.RunAsync("cal", "http_fetch")).Exit);
        Assert.Equal(1, (await Gate.RunAsync("call", "http_fetch", $"url={Gate.Url()}", "--socket", "/nothing.sock")).Exit);

        // The request was sent and the answer never came: the effect may have happened, and the receipt says so.
        Assert.Equal(5, (await Gate.RunAsync("call", "http_fetch", $"url={Gate.Url("/broken")}")).Exit);
    }

    [Fact]
    public async Task An_approval_from_the_command_line()
    {
        var call = await Gate.RunAsync("call", "http_delete", $"url={Gate.Url("/cli")}", "--json");
        var id = call.Json.GetProperty("approval_id").GetString()!;
        Assert.Contains(id, (await Gate.RunAsync("approvals", "list")).Output, StringComparison.Ordinal);
        Assert.Contains(Gate.Url("/cli"), (await Gate.RunAsync("approvals", "show", id)).Output, StringComparison.Ordinal);
        var approved = await Gate.RunAsync("approvals", "approve", id, "--yes", "--json");
        Assert.True(approved.Exit == 0, approved.Output + approved.Error);
        Assert.Single(Gate.Upstream.Requests, request => request.Head.StartsWith("DELETE /cli ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_an_agent_may_ask_for()
    {
        var actions = await Gate.RunAsync("actions", "--json");
        Assert.Equal(0, actions.Exit);
        Assert.All(new[] { "http_delete", "http_fetch", "http_post" }, id => Assert.Contains($"\"{id}\"", actions.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_ledger_that_was_changed_is_broken_at_the_event_that_was()
    {
        Assert.Equal(0, (await Gate.RunAsync("call", "http_fetch", $"url={Gate.Url()}")).Exit);
        var verify = await Gate.RunAsync("verify", "--json");
        Assert.Equal((0, true), (verify.Exit, verify.Json.GetProperty("intact").GetBoolean()));

        // A copy as a backup makes it, with one principal changed in one event.
        var copy = Path.Combine(Gate.Root, "copy.db");
        using (var source = Database.Open(Gate.Ledger, DatabaseAccess.ReadOnly))
        {
            source.Execute($"VACUUM INTO '{copy}'");
        }

        using (var target = Database.Open(copy, DatabaseAccess.ReadWrite))
        {
            target.Execute("UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'http_fetch', 'http_fitch') AS BLOB) WHERE seq = (SELECT max(seq) FROM events WHERE action_id = 'http_fetch')");
        }

        var keys = Path.Combine(Gate.State, "receipt-keys.jwks");
        var broken = await Gate.RunAsync("verify", "--ledger", copy, "--keys", keys, "--json");
        Assert.Equal((2, false), (broken.Exit, broken.Json.GetProperty("intact").GetBoolean()));
        Assert.StartsWith("event ", broken.Json.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.NotNull(broken.Json.GetProperty("broken_at").GetString());
        var words = await Gate.RunAsync("verify", "--ledger", copy, "--keys", keys);
        Assert.Equal(2, words.Exit);
        Assert.Contains("BROKEN", words.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await Gate.RunAsync("verify", "--ledger", "/nothing.db", "--keys", keys)).Exit);
    }
}
