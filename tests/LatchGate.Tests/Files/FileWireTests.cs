using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Cli.Client;
using LatchGate.Evidence;
using LatchGate.Tests.Api;

namespace LatchGate.Tests.Files;

/// <summary>File actions end to end: a real gate, over its socket, as an agent and as an operator.</summary>
public sealed class FileWireTests(LiveGate gate) : IClassFixture<LiveGate>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_listed_file_is_read_and_the_receipt_names_what_the_host_saw()
    {
        var root = Project("read");
        Write(root, "src/a.txt", "abc");
        using var agent = await gate.AgentAsync(fsRoot: root);

        var answer = await ReadAsync(agent, "src/a.txt");

        Assert.Equal((200, "verified"), (answer.Status, answer.Text("verification_outcome")));
        var data = answer.Body.GetProperty("output").GetProperty("data");
        Assert.Equal("abc"u8.ToArray(), data.GetProperty("content_base64").GetBytesFromBase64());
        Assert.Equal(HashOf("abc"), data.GetProperty("hash").GetString());
        var effect = await EffectAsync(agent, answer);
        Assert.Equal(
            $$"""{"after_hash":"{{HashOf("abc")}}","bytes_after":3,"bytes_before":0,"fault":null,"kind":"fs","method":"read","target":"src/a.txt"}""",
            effect.GetRawText());
        Assert.Null(gate.Verify().Defect);
    }

    [Fact]
    public async Task A_file_of_ten_mebibytes_passes_whole()
    {
        var root = Project("large");
        var bytes = new byte[10 * 1024 * 1024];
        new Random(7).NextBytes(bytes);
        Directory.CreateDirectory(Path.Combine(root, "src"));
        await File.WriteAllBytesAsync(Path.Combine(root, "src/large.bin"), bytes, Cancel);
        using var agent = await gate.AgentAsync(fsRoot: root);

        var answer = await ReadAsync(agent, "src/large.bin");

        Assert.Equal((200, "verified"), (answer.Status, answer.Text("verification_outcome")));
        Assert.Equal(bytes, answer.Body.GetProperty("output").GetProperty("data").GetProperty("content_base64").GetBytesFromBase64());
    }

    [Fact]
    public async Task An_agent_can_see_what_a_file_action_may_do()
    {
        using var agent = await gate.AgentAsync();
        Assert.Equal(
            """{"allowed_operations":["create","overwrite"],"allowed_paths":["src/**","tests/**","docs/**"],"max_file_bytes":1048576,"allow_learning":true}""",
            (await agent.ActionsAsync("fs_write", Cancel)).Body.GetProperty("fs").GetRawText());
        Assert.False((await agent.ActionsAsync("http_fetch", Cancel)).Body.TryGetProperty("fs", out _));
    }

    [Theory]
    [InlineData("../b.txt", "traversal")]
    [InlineData("/etc/passwd", "path_invalid")]
    [InlineData("src/.env", "path_denied")]
    [InlineData("src/secrets/key", "path_denied")]
    [InlineData("src/SECRETS/key", "path_denied")]
    [InlineData("docs/latchgate.toml", "path_denied")]
    public async Task A_path_that_is_not_open_is_refused_before_anything_is_spent(string path, string word)
    {
        using var agent = await gate.AgentAsync(fsRoot: Project("refused"));
        var answer = await ReadAsync(agent, path);
        Assert.Equal((403, "file_denied", word, null), (answer.Status, answer.ErrorCode, answer.Text("reason"), answer.Text("receipt_id")));
    }

    [Fact]
    public async Task What_cannot_be_done_is_told_with_its_reason_and_a_receipt()
    {
        var root = Project("missing");
        Write(root, "src/a.txt", "abc");
        File.CreateSymbolicLink(Path.Combine(root, "src/link.txt"), "/etc/passwd");
        using var agent = await gate.AgentAsync(fsRoot: root);

        var missing = await ReadAsync(agent, "src/gone.txt");
        Assert.Equal((422, "file_failed", "path_not_found"), (missing.Status, missing.ErrorCode, missing.Text("reason")));
        Assert.Equal("path_not_found", (await EffectAsync(agent, missing)).GetProperty("fault").GetString());

        var link = await ReadAsync(agent, "src/link.txt");
        Assert.Equal((403, "file_denied", "symlink_escape"), (link.Status, link.ErrorCode, link.Text("reason")));
        Assert.Equal("symlink_escape", (await EffectAsync(agent, link)).GetProperty("fault").GetString());

        Directory.Delete(root, recursive: true);
        var gone = await ReadAsync(agent, "src/a.txt");
        Assert.Equal((502, "file_failed", "io_error"), (gone.Status, gone.ErrorCode, gone.Text("reason")));
    }

    [Fact]
    public async Task A_session_without_a_root_touches_no_file()
    {
        using var agent = await gate.AgentAsync();
        var answer = await ReadAsync(agent, "src/a.txt");
        Assert.Equal((403, "file_denied", "no_root"), (answer.Status, answer.ErrorCode, answer.Text("reason")));
    }

    [Fact]
    public async Task The_gates_own_files_are_in_nobodys_root()
    {
        var home = gate.Environment.HomeDirectory;
        using (var agent = await gate.AgentAsync(fsRoot: home))
        {
            // The lease is good for everything but files: clients send whatever directory they work in.
            Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", gate.Fetch(), Cancel)).Status);
            var answer = await ReadAsync(agent, "src/a.txt");
            Assert.Equal((403, "file_denied", "no_root"), (answer.Status, answer.ErrorCode, answer.Text("reason")));
        }

        using var within = new AgentClient(gate.ClientSocket, gate.Configuration.PublicBaseUrl, TimeProvider.System);
        foreach (var root in new[] { gate.Configuration.StateDir, Path.GetDirectoryName(gate.Configuration.IssuerKeyPath)! })
        {
            var refused = await within.ConnectAsync(Cancel, fsRoot: root);
            Assert.Equal((403, "fs_root_denied"), (refused.Status, refused.ErrorCode));
        }
    }

    [Fact]
    public async Task D109_an_unlisted_path_waits_for_a_human_and_is_listed_when_the_human_says_so()
    {
        var root = Project("learn");
        Write(root, "notes/[a].txt", "abc");
        Write(root, "notes/a.txt", "other");
        using var agent = await gate.AgentAsync(fsRoot: root);
        using var @operator = gate.Operator();
        var id = await HoldAsync(agent, "fs_read", "read", "notes/[a].txt");
        var shown = (await @operator.ApprovalAsync(id, Cancel)).Body;
        Assert.Equal(["notes/[a].txt"], shown.GetProperty("unresolved_paths").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal(root, shown.GetProperty("fs_root").GetString());

        // Another path, also one that leads elsewhere, is not what this approval is about; it goes on waiting.
        foreach (var wrong in new[] { "notes/a.txt", "notes/**", "/etc/passwd", "/notes/[a].txt" })
        {
            var refused = await @operator.ApproveAsync(id, Cancel, learnPath: wrong);
            Assert.Equal((400, "bad_request"), (refused.Status, refused.ErrorCode));
        }

        var approved = await @operator.ApproveAsync(id, Cancel, learnPath: "notes/[a].txt");
        Assert.Equal((200, "verified", @"notes/\[a\].txt"), (approved.Status, approved.Text("verification_outcome"), approved.Text("learned_path")));

        Assert.Equal(200, (await ReadAsync(agent, "notes/[a].txt")).Status);
        await HoldAsync(agent, "fs_read", "read", "notes/a.txt");

        var removed = await @operator.ChangeLearnedAsync(LearnedKind.Path, add: false, "fs_read", @"notes/\[a\].txt", force: false, Cancel);
        Assert.Equal(200, removed.Status);
        await HoldAsync(agent, "fs_read", "read", "notes/[a].txt");
    }

    [Fact]
    public async Task An_approved_path_is_open_once_where_nobody_asked_to_remember_it()
    {
        var root = Project("once");
        Write(root, "once/a.txt", "abc");
        using var agent = await gate.AgentAsync(fsRoot: root);
        using var @operator = gate.Operator();
        var id = await HoldAsync(agent, "fs_read", "read", "once/a.txt");
        var approved = await @operator.ApproveAsync(id, Cancel);
        Assert.Equal((200, null), (approved.Status, approved.Text("learned_path")));
        await HoldAsync(agent, "fs_read", "read", "once/a.txt");
    }

    [Fact]
    public async Task An_absolute_path_below_the_sessions_root_is_learned_relative_to_it()
    {
        var root = Project("absolute");
        Write(root, "absolute/a.txt", "abc");
        using var agent = await gate.AgentAsync(fsRoot: root);
        using var @operator = gate.Operator();
        var id = await HoldAsync(agent, "fs_read", "read", "absolute/a.txt");
        var approved = await @operator.ApproveAsync(id, Cancel, learnPath: $"{root}/absolute/a.txt");
        Assert.Equal((200, "absolute/a.txt"), (approved.Status, approved.Text("learned_path")));
        Assert.Equal(200, (await ReadAsync(agent, "absolute/a.txt")).Status);
    }

    [Fact]
    public async Task A_write_is_shown_and_done_only_when_approved_and_the_receipt_has_both_hashes()
    {
        var root = Project("write");
        Write(root, "src/a.txt", "abc");
        using var agent = await gate.AgentAsync(fsRoot: root);
        using var @operator = gate.Operator();
        var id = await HoldAsync(agent, "fs_write", "write", "src/a.txt", "new text\n", HashOf("abc"));
        Assert.Equal("abc", await File.ReadAllTextAsync(Path.Combine(root, "src/a.txt"), Cancel));
        var preview = (await @operator.ApprovalAsync(id, Cancel)).Body.GetProperty("request_preview");
        Assert.Equal(
            ("write", "src/a.txt", "new text\n", "text"),
            (preview.GetProperty("operation").GetString(), preview.GetProperty("path").GetString(), preview.GetProperty("body").GetString(), preview.GetProperty("body_encoding").GetString()));
        Assert.Equal(HashOf("abc"), preview.GetProperty("input").GetProperty("expected_before_hash").GetString());

        var approved = await @operator.ApproveAsync(id, Cancel);

        Assert.Equal((200, "verified"), (approved.Status, approved.Text("verification_outcome")));
        Assert.Equal("new text\n", await File.ReadAllTextAsync(Path.Combine(root, "src/a.txt"), Cancel));
        var receipt = (await agent.ReceiptAsync(approved.Text("receipt_id")!, Cancel)).Body;
        var evidence = receipt.GetProperty("verification_outcome").GetProperty("evidence");
        Assert.Equal(
            (HashOf("abc"), HashOf("new text\n"), "overwrite", "src/a.txt", true),
            (evidence.GetProperty("before_hash").GetString(), evidence.GetProperty("after_hash").GetString(), evidence.GetProperty("operation").GetString(),
             evidence.GetProperty("path").GetString(), evidence.GetProperty("host_corroborated").GetBoolean()));
        Assert.Equal("valid", receipt.GetProperty("signature_status").GetString());
    }

    [Fact]
    public async Task A_write_to_a_file_that_changed_while_it_waited_is_a_conflict()
    {
        var root = Project("changed");
        Write(root, "src/a.txt", "abc");
        using var agent = await gate.AgentAsync(fsRoot: root);
        using var @operator = gate.Operator();
        var id = await HoldAsync(agent, "fs_write", "write", "src/a.txt", "new", HashOf("abc"));
        Write(root, "src/a.txt", "changed meanwhile");
        var approved = await @operator.ApproveAsync(id, Cancel);
        Assert.Equal((422, "file_failed", "conflict"), (approved.Status, approved.ErrorCode, approved.Text("reason")));
        Assert.Equal("changed meanwhile", await File.ReadAllTextAsync(Path.Combine(root, "src/a.txt"), Cancel));
        Assert.Equal("failed", (await agent.PollAsync(id, Cancel)).Text("status"));
    }

    [Fact]
    public async Task D26_deny_rules_hold_on_the_approved_path_and_no_approval_opens_what_they_close()
    {
        using var agent = await gate.AgentAsync(fsRoot: Project("d26"));
        foreach (var path in new[] { "src/Makefile", "src/.github/x.yml", "src/package.json", "src/main.tf", ".env" })
        {
            var answer = await agent.ExecuteAsync("fs_write", Body("write", path, "x"), Cancel);
            Assert.Equal((403, "file_denied", "path_denied"), (answer.Status, answer.ErrorCode, answer.Text("reason")));
        }
    }

    [Fact]
    public async Task A_deleted_file_is_in_the_receipt_and_one_that_is_not_listed_is_not_deleted()
    {
        var root = Project("delete");
        Write(root, "src/a.txt", "abc");
        Write(root, "docs/a.txt", "abc");
        using var agent = await gate.AgentAsync(fsRoot: root);
        using var @operator = gate.Operator();
        var refused = await agent.ExecuteAsync("fs_delete", Body("delete", "docs/a.txt"), Cancel);
        Assert.Equal((403, "file_denied", "path_not_allowed"), (refused.Status, refused.ErrorCode, refused.Text("reason")));

        var approved = await @operator.ApproveAsync(await HoldAsync(agent, "fs_delete", "delete", "src/a.txt"), Cancel);
        Assert.Equal((200, "verified"), (approved.Status, approved.Text("verification_outcome")));
        Assert.False(File.Exists(Path.Combine(root, "src/a.txt")));
        Assert.True(File.Exists(Path.Combine(root, "docs/a.txt")));
        Assert.Equal(HashOf("abc"), (await EffectAsync(agent, approved)).GetProperty("before_hash").GetString());
    }

    [Fact]
    public async Task The_same_request_under_another_root_is_another_request()
    {
        var (one, two) = (Project("root-one"), Project("root-two"));
        Write(one, "src/a.txt", "1");
        Write(two, "src/a.txt", "2");
        using var first = await gate.AgentAsync(fsRoot: one);
        using var second = await gate.AgentAsync(fsRoot: two);
        using var @operator = gate.Operator();
        var id = await HoldAsync(first, "fs_delete", "delete", "src/a.txt");
        Assert.NotEqual(id, await HoldAsync(second, "fs_delete", "delete", "src/a.txt"));
        Assert.Equal(id, await HoldAsync(first, "fs_delete", "delete", "src/a.txt"));
        Assert.Equal(200, (await @operator.ApproveAsync(id, Cancel)).Status);
        Assert.False(File.Exists(Path.Combine(one, "src/a.txt")));
        Assert.True(File.Exists(Path.Combine(two, "src/a.txt")));
    }

    private string Project(string name)
    {
        var path = Path.Combine(gate.Environment.HomeDirectory, "projects", name);
        Directory.CreateDirectory(path);
        return path;
    }

    private static void Write(string root, string path, string content)
    {
        var file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private static Task<GateResponse> ReadAsync(AgentClient agent, string path) => agent.ExecuteAsync("fs_read", Body("read", path), Cancel);

    private static byte[] Body(string operation, string path, string? content = null, string? expected = null)
    {
        var members = new Dictionary<string, string> { ["operation"] = operation, ["path"] = path };
        if (content is not null)
        {
            members["content_base64"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(content));
        }

        if (expected is not null)
        {
            members["expected_before_hash"] = expected;
        }

        return JsonSerializer.SerializeToUtf8Bytes(members);
    }

    private static async Task<string> HoldAsync(
        AgentClient agent, string action, string operation, string path, string? content = null, string? expected = null)
    {
        var held = await agent.ExecuteAsync(action, Body(operation, path, content, expected), Cancel);
        Assert.Equal((202, "pending_approval"), (held.Status, held.Text("decision")));
        return held.Text("approval_id")!;
    }

    private static async Task<JsonElement> EffectAsync(AgentClient agent, GateResponse answer)
    {
        var receipt = (await agent.ReceiptAsync(answer.Text("receipt_id")!, Cancel)).Body;
        Assert.Equal("valid", receipt.GetProperty("signature_status").GetString());
        return Assert.Single(receipt.GetProperty("effect_evidence").EnumerateArray());
    }

    private static string HashOf(string text) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>What the operator's own configuration says about files.</summary>
public sealed class FileConfigurationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gate_may_have_a_root_for_leases_that_name_none_and_paths_that_no_action_touches()
    {
        var gate = new LiveGate
        {
            Settings = root =>
            {
                Directory.CreateDirectory(Path.Combine(root, "shared/src/Private"));
                File.WriteAllText(Path.Combine(root, "shared/src/a.txt"), "abc");
                File.WriteAllText(Path.Combine(root, "shared/src/Private/a.txt"), "abc");
                return $"fs_root_path = \"{root}/shared\"\nfs_denied_paths = [\"**/PRIVATE/**\"]";
            },
        };
        await gate.InitializeAsync();
        await using (gate)
        {
            using var agent = await gate.AgentAsync();
            Assert.Equal(200, (await agent.ExecuteAsync("fs_read", """{"operation":"read","path":"src/a.txt"}"""u8.ToArray(), Cancel)).Status);
            var denied = await agent.ExecuteAsync("fs_read", """{"operation":"read","path":"src/Private/a.txt"}"""u8.ToArray(), Cancel);
            Assert.Equal((403, "path_denied"), (denied.Status, denied.Text("reason")));

            // A lease outlives a restart, and so does its root.
            var project = Path.Combine(gate.Environment.HomeDirectory, "project");
            Directory.CreateDirectory(Path.Combine(project, "src"));
            await File.WriteAllTextAsync(Path.Combine(project, "src/b.txt"), "b", Cancel);
            using var rooted = await gate.AgentAsync(fsRoot: project);
            await gate.RestartAsync();
            await Task.Delay(1100, Cancel); // proofs of the second in which the gate started are refused
            Assert.Equal(200, (await rooted.ExecuteAsync("fs_read", """{"operation":"read","path":"src/b.txt"}"""u8.ToArray(), Cancel)).Status);
        }
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("/etc")]
    [InlineData("/")]
    [InlineData("state")]
    [InlineData("state/keys")]
    [InlineData(".")]
    public void A_root_that_no_gate_may_have_stops_it(string root)
    {
        using var temp = new Config.TempDirectory();
        Directory.CreateDirectory(temp["state/keys"]);
        Directory.CreateDirectory(temp["shared"]);
        Assert.NotNull(FilesOf(temp, "shared").DefaultRoot);
        var refused = Assert.Throws<LatchGate.Pipeline.StartupException>(() => FilesOf(temp, root));
        Assert.Equal(LatchGate.Pipeline.StartupError.FsRootOpenFailed, refused.Error);
    }

    private static LatchGate.HostIo.Files.FileBounds FilesOf(Config.TempDirectory temp, string root)
    {
        var file = temp.Write("gate.toml", $"state_dir = \"state\"\nfs_root_path = \"{root}\"\n");
        var config = LatchGate.Config.GateConfigReader.Load(file, Config.TestEnvironment.In(temp));
        return LatchGate.Pipeline.FileStartup.FilesOf(config, LatchGate.Actions.ActionRegistry.OfThisBuild());
    }

    [Fact]
    public void A_glob_that_is_none_stops_the_gate()
    {
        using var temp = new Config.TempDirectory();
        var file = temp.Write("gate.toml", "fs_denied_paths = [\"/absolute\"]\n");
        var refused = Assert.Throws<LatchGate.Pipeline.StartupException>(
            () => LatchGate.Config.GateConfigReader.Load(file, Config.TestEnvironment.In(temp)));
        Assert.Equal(LatchGate.Pipeline.StartupError.ConfigValidationFailed, refused.Error);
    }
}
