using System.Text;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Tests.Cli;

namespace LatchGate.Tests.Evidence;

/// <summary>Exports with checkpoints and records, checked by <c>latchgate verify</c> as files.</summary>
public sealed class SignedExportTests
{
    private const string Broken = "events.jsonl";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_export_verifies_alone_with_the_ledgers_head_and_signatures(bool receipts)
    {
        using var files = await new LedgerFiles().FilledAsync();
        Assert.Equal(0, await files.Cli.RunAsync(["audit", "export", Broken, "--ledger", "ledger.db", .. receipts ? new[] { "--receipts" } : []]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files.File(Broken)));
        Assert.Equal(0, await files.VerifyAsync());
        var ledger = files.Cli.Json;
        Assert.Equal(0, await files.VerifyAsync(Broken));
        var export = files.Cli.Json;
        Assert.Equal("export", export.GetProperty("source").GetString());
        Assert.Equal(receipts ? 3 : 0, export.GetProperty("receipts").GetInt64());
        foreach (var member in new[] { "intact", "total_events", "verified_links", "checkpoints", "signed_through", "head", "unresolved_intents" })
        {
            Assert.Equal(ledger.GetProperty(member).GetRawText(), export.GetProperty(member).GetRawText());
        }

        // Another time: nothing is overwritten.
        Assert.Equal(1, await files.Cli.RunAsync("audit", "export", Broken, "--ledger", "ledger.db", "--json"));
        Assert.Equal("exists", files.Cli.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task An_export_to_standard_output_is_the_same_bytes()
    {
        using var files = await new LedgerFiles().FilledAsync();
        Assert.Equal(0, await files.Cli.RunAsync("audit", "export", Broken, "--ledger", "ledger.db", "--receipts"));
        Assert.Equal(0, await files.Cli.RunAsync("audit", "export", "-", "--ledger", "ledger.db", "--receipts"));
        Assert.Equal(File.ReadAllBytes(files.File(Broken)), files.Cli.Raw.ToArray());
    }

    // Lines: 0 intent event, 1 intent, 2 outcome event, 3 receipt, … 12 open intent's event, 13 intent, 14 the refusal, 15 checkpoint.
    public static TheoryData<string, LedgerDefectKind, long> Attacks() => new()
    {
        { "edit 2 agent:demo agent:evil", LedgerDefectKind.LinkBroken, 3 },
        { "edit 14 agent:demo agent:evil", LedgerDefectKind.CheckpointInvalid, 8 },
        { "drop 14", LedgerDefectKind.CheckpointInvalid, 7 },
        { "drop 2", LedgerDefectKind.RowNotVouched, 1 },
        { "drop 3", LedgerDefectKind.ReceiptMissing, 2 },
        { "drop 1", LedgerDefectKind.IntentMissing, 1 },
        { "drop 0", LedgerDefectKind.RowNotVouched, 0 },
        { "twice 0", LedgerDefectKind.EventMissing, 2 },
        { "twice 3", LedgerDefectKind.RowNotVouched, 2 },
        { "swap 3 7", LedgerDefectKind.ReceiptChanged, 2 },
        { "swap 1 5", LedgerDefectKind.IntentChanged, 1 },
        { "edit 3 true false", LedgerDefectKind.ReceiptChanged, 2 },
        { "edit 1 demo_get demo_put", LedgerDefectKind.IntentChanged, 1 },
        { "zero 3", LedgerDefectKind.ReceiptSignature, 2 },
        { "zero 15", LedgerDefectKind.CheckpointInvalid, 8 },
        { "edit 15 \"seq\":8 \"seq\":7", LedgerDefectKind.CheckpointInvalid, 8 },
        { "edit 4 \"seq\": \"seq\":0", LedgerDefectKind.EventChanged, 3 },
        { "cut 4", LedgerDefectKind.EventChanged, 3 },
        { "text 4 not JSON", LedgerDefectKind.EventChanged, 3 },
        { "text 4 {}", LedgerDefectKind.EventChanged, 3 },
        { "text 4 ", LedgerDefectKind.EventChanged, 3 },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task What_was_done_to_a_line_is_found_and_the_event_named(string attack, LedgerDefectKind kind, long seq)
    {
        using var files = await new LedgerFiles().FilledAsync();
        await files.Cli.RunAsync("audit", "export", "good.jsonl", "--ledger", "ledger.db", "--receipts");
        var lines = File.ReadAllLines(files.File("good.jsonl")).ToList();
        Assert.Equal(16, lines.Count);
        File.WriteAllText(files.File(Broken), Attack(lines, attack));
        Assert.Equal(2, await files.VerifyAsync(Broken));
        Assert.StartsWith(seq > 0 ? $"event {seq}: {kind}: " : $"{kind}: ", files.Cli.Json.GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_missing_is_named()
    {
        using var files = await new LedgerFiles().FilledAsync();
        await files.Cli.RunAsync("audit", "export", Broken, "--ledger", "ledger.db", "--receipts");
        File.WriteAllText(files.File("none.jwks"), """{"keys":[]}""");
        foreach (var file in new[] { Broken, "ledger.db" })
        {
            Assert.Equal(2, await files.Cli.RunAsync("verify", "--ledger", file, "--keys", "none.jwks", "--json"));
            Assert.Contains($"unknown_key_id {files.Temp.Signer.KeyId}", files.Cli.Json.GetProperty("problem").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(1, await files.Cli.RunAsync("verify", "--ledger", Broken, "--keys", "nowhere.jwks", "--json"));
        Assert.Equal("receipt_keys_unusable", files.Cli.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_file_of_events_alone_has_a_chain_and_says_that_nothing_is_signed()
    {
        using var files = await new LedgerFiles().FilledAsync();
        await files.Cli.RunAsync("audit", "export", "good.jsonl", "--ledger", "ledger.db");
        var events = File.ReadAllLines(files.File("good.jsonl")).Where(l => !l.Contains("latchgate-checkpoint", StringComparison.Ordinal)).ToArray();
        Assert.Equal(8, events.Length);
        File.WriteAllText(files.File(Broken), string.Concat(events.Select(l => l + "\n")));
        Assert.Equal(0, await files.Cli.RunAsync("verify", "--ledger", Broken, "--keys", files.Keys));
        Assert.Contains("Nothing in this file is signed", files.Cli.Error, StringComparison.Ordinal);

        // The rest of a rotated file goes on from the hash of the event before.
        File.WriteAllText(files.File("first.jsonl"), string.Concat(events[..3].Select(l => l + "\n")));
        File.WriteAllText(files.File("rest.jsonl"), string.Concat(events[3..].Select(l => l + "\n")));
        Assert.Equal(0, await files.VerifyAsync("first.jsonl"));
        var head = files.Cli.Json.GetProperty("head").GetString()!;
        Assert.Equal(Sha256Digest.Of(Encoding.UTF8.GetBytes(events[2])).ToString(), head);
        Assert.Equal(0, await files.VerifyAsync("rest.jsonl", "--after", head));
        Assert.Equal(5, files.Cli.Json.GetProperty("total_events").GetInt64());
        Assert.Equal(2, await files.VerifyAsync("rest.jsonl"));
        Assert.StartsWith("event 1: EventMissing: the first event is 4", files.Cli.Json.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, await files.VerifyAsync("rest.jsonl", "--after", "sha256:" + new string('0', 64)));
        Assert.Equal(64, await files.VerifyAsync("rest.jsonl", "--after", "x"));
        Assert.Equal(64, await files.VerifyAsync("ledger.db", "--after", head));
    }

    [Fact]
    public async Task A_ledger_of_a_newer_schema_is_named_as_that()
    {
        using var files = await new LedgerFiles().FilledAsync();
        using (var database = LatchGate.Storage.Database.Open(files.Temp.Path, LatchGate.Storage.DatabaseAccess.ReadWrite))
        {
            database.Execute("PRAGMA user_version = 999");
        }

        Assert.Equal(2, await files.VerifyAsync());
        Assert.Contains("schema version 999", files.Cli.Json.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, await files.Cli.RunAsync("audit", "export", Broken, "--ledger", "ledger.db", "--json"));
        Assert.False(File.Exists(files.File(Broken)));
    }

    private static string Attack(List<string> lines, string attack)
    {
        var words = attack.Split(' ', 4);
        var at = int.Parse(words[1], null);
        switch (words[0])
        {
            case "edit":
                Assert.Contains(words[2], lines[at], StringComparison.Ordinal);
                lines[at] = lines[at].Replace(words[2], words[3], StringComparison.Ordinal);
                break;
            case "drop":
                lines.RemoveAt(at);
                break;
            case "twice":
                lines.Insert(at, lines[at]);
                break;
            case "swap":
                var other = int.Parse(words[2], null);
                (lines[at], lines[other]) = (lines[other], lines[at]);
                break;
            case "zero":
                var start = lines[at].IndexOf("\"signature\":\"", StringComparison.Ordinal) + 13;
                lines[at] = lines[at][..start] + new string('0', 128) + lines[at][(start + 128)..];
                break;
            case "text":
                lines[at] = string.Join(' ', words[2..]);
                break;
            default:
                return string.Join('\n', lines[..at].Append(lines[at][..20]));
        }

        return string.Concat(lines.Select(l => l + "\n"));
    }
}
