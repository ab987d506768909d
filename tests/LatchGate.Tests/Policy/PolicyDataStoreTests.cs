using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Storage;
using LatchGate.Telemetry;
using LatchGate.Tests.Config;

// The product and its tests are for Linux alone.
#pragma warning disable CA1416

namespace LatchGate.Tests.Policy;

/// <summary>The owner of data.json, on real files, with the actions of this build.</summary>
public sealed class PolicyDataStoreTests : IDisposable
{
    private const string Document = """
        {"policy_version":"v-07","acl":{"*":{"allowed_actions":["http_fetch"],"allowed_sinks":["http_read"]},
         "agent:own":{"allowed_actions":["http_post"],"allowed_sinks":["http_write"]}},
         "latchgate":{"allowlist":{"http_delete":{"agent:own":true}}}}
        """;

    private readonly TempDirectory _root = new();
    private readonly StringWriter _log = new();
    private readonly List<PolicyDataChange> _recorded = [];
    private readonly List<IDisposable> _open = [];
    private readonly string _path;

    public PolicyDataStoreTests() => _path = _root.Write("data.json", Document);

    public void Dispose()
    {
        _open.ForEach(static it => it.Dispose());
        _root.Dispose();
    }

    /// <summary>A gate's policy, and the store of its data.</summary>
    private (PolicyDecisionPoint Policy, PolicyDataStore Store) Open(string name = "data.json", string more = "")
    {
        var config = GateConfigReader.Load(_root.Write("gate.toml", $"policy_data_path = \"{name}\"\n{more}"), TestEnvironment.In(_root));
        var actions = ActionRegistry.OfThisBuild();
        var policy = PolicyDecisionPoint.Open(config, actions, TimeProvider.System);
        var store = new PolicyDataStore(config.PolicyDataPath, policy, actions, new GateLog(_log, LogLevel.Info, TimeProvider.System), TimeProvider.System);
        _open.AddRange([store, policy]);
        return (policy, store);
    }

    private ValueTask<bool> Record(PolicyDataChange change)
    {
        lock (_recorded)
        {
            _recorded.Add(change);
        }

        return ValueTask.FromResult(true);
    }

    private static GrantEdit Grant(string principal, params string[] actions) => new([.. actions]) { Principal = principal };

    private static RevokeEdit Revoke(string principal, params string[] actions) => new([.. actions]) { Principal = principal };

    private JsonElement OnDisk(string? path = null)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path ?? _path));
        return document.RootElement.Clone();
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    [Fact]
    public async Task A_change_is_on_disk_in_the_engine_and_recorded_before_it_is_answered()
    {
        var (policy, store) = Open();
        var result = await store.ChangeAsync(Grant("agent:own", "http_delete"), change =>
        {
            Assert.Equal("v-08", OnDisk().GetProperty("policy_version").GetString());
            Assert.Equal("v-08", policy.PolicyVersion);
            return Record(change);
        });
        Assert.Equal((PolicyDataFault.None, "v-07", "v-08"), (result.Fault, result.Change!.VersionBefore, result.Change.VersionAfter));
        var entry = OnDisk().GetProperty("acl").GetProperty("agent:own");
        Assert.Equal(["http_post", "http_delete"], Texts(entry.GetProperty("allowed_actions")));
        Assert.Equal(["http_delete", "http_write"], Texts(entry.GetProperty("allowed_sinks")));
        Assert.Equal(PolicyFileState.InForce, store.FileState());
        Assert.Single(_recorded);
    }

    [Fact]
    public async Task A_change_without_effect_writes_nothing_and_records_nothing()
    {
        var (_, store) = Open();
        Assert.False((await store.ChangeAsync(Grant("agent:own", "http_post"), Record)).Change!.HasEffect);
        Assert.False((await store.ChangeAsync(Revoke("agent:own", "http_fetch"), Record)).Change!.HasEffect);
        Assert.False((await store.ChangeAsync(Revoke("agent:nobody", "http_fetch"), Record)).Change!.HasEffect);
        Assert.False((await store.ChangeAsync(new StandingEdit("http_delete") { Principal = "agent:own" }, Record)).Change!.HasEffect);
        Assert.Equal(PolicyDataFault.NotFound, (await store.ChangeAsync(new WithdrawEdit("http_delete") { Principal = "agent:other" }, Record)).Fault);
        Assert.Empty(_recorded);
        Assert.Equal(Document, File.ReadAllText(_path));
    }

    [Fact]
    public async Task D53_an_entry_that_loses_its_last_action_stays_and_does_not_fall_back_to_the_wildcard()
    {
        var (policy, store) = Open();
        Assert.False(policy.Data.Permits("agent:own", "http_fetch"));
        await store.ChangeAsync(Revoke("agent:own", "http_post"), Record);
        Assert.Empty(OnDisk().GetProperty("acl").GetProperty("agent:own").GetProperty("allowed_actions").EnumerateArray());
        Assert.False(policy.Data.Permits("agent:own", "http_fetch"));
        Assert.True(policy.Data.Permits("agent:nobody", "http_fetch"));
    }

    [Fact]
    public async Task A_grant_to_whom_the_wildcard_served_takes_nothing_away_and_a_revocation_gives_nothing_more()
    {
        var (policy, store) = Open();
        await store.ChangeAsync(Grant("agent:new", "http_post"), Record);
        Assert.True(policy.Data.Permits("agent:new", "http_fetch"));
        Assert.True(policy.Data.Permits("agent:new", "http_post"));
        await store.ChangeAsync(Revoke("agent:new", "http_post"), Record);
        Assert.True(policy.Data.Permits("agent:new", "http_fetch"));
        Assert.False(policy.Data.Permits("agent:new", "http_post"));
    }

    [Fact]
    public async Task D54_editors_at_once_lose_no_update()
    {
        // Two stores stand for two processes: they share nothing but the file.
        var (_, first) = Open();
        var (policy, second) = Open();
        var edits = Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? first : second).ChangeAsync(Grant($"agent:{i}", "http_fetch"), Record).AsTask());
        var results = await Task.WhenAll(edits);
        Assert.All(results, result => Assert.Equal(PolicyDataFault.None, result.Fault));
        var acl = OnDisk().GetProperty("acl");
        Assert.All(Enumerable.Range(0, 20), i => Assert.True(acl.TryGetProperty($"agent:{i}", out _)));
        Assert.Equal("v-27", OnDisk().GetProperty("policy_version").GetString());
        Assert.Equal(Enumerable.Range(8, 20).Select(i => $"v-{i:d2}"), results.Select(r => r.Change!.VersionAfter).Order(StringComparer.Ordinal));
        Assert.Equal(20, _recorded.Count);
        await second.ChangeAsync(Grant("agent:last", "http_fetch"), Record);
        Assert.All(Enumerable.Range(0, 20), i => Assert.NotNull(policy.Data.Find($"agent:{i}")));
    }

    [Fact]
    public async Task What_was_edited_by_hand_meanwhile_is_kept_and_said_to_be_so()
    {
        var (policy, store) = Open();
        File.WriteAllText(_path, Document.Replace("\"agent:own\":{\"allowed_actions\"", "\"agent:hand\":{\"allowed_actions\":[\"http_fetch\"]},\"agent:own\":{\"allowed_actions\"", StringComparison.Ordinal));
        Assert.Equal(PolicyFileState.Edited, store.FileState());
        var edited = Sha256Digest.Of(File.ReadAllBytes(_path));
        await store.ChangeAsync(Grant("agent:new", "http_fetch"), Record);
        Assert.True(OnDisk().GetProperty("acl").TryGetProperty("agent:hand", out _));
        Assert.True(policy.Data.Permits("agent:hand", "http_fetch"));
        Assert.Equal(edited, _recorded[0].DigestFound);
        Assert.NotEqual(_recorded[0].DigestBefore, _recorded[0].DigestFound);
    }

    [Fact]
    public async Task What_the_answer_promises_is_in_force_also_when_a_hand_had_written_it_before()
    {
        var (policy, store) = Open();
        File.WriteAllText(_path, Document.Replace("[\"http_post\"]", "[\"http_delete\"]", StringComparison.Ordinal).Replace("{\"http_delete\":{\"agent:own\":true}}", "{}", StringComparison.Ordinal));
        Assert.Equal(PolicyDataFault.None, (await store.ChangeAsync(new WithdrawEdit("http_delete") { Principal = "agent:own" }, Record)).Fault);
        Assert.False(policy.Data.IsStanding("http_delete", "agent:own"));
        Assert.True(policy.Data.Permits("agent:own", "http_delete"));
        Assert.Equal("v-08", policy.Data.Version);
        Assert.Single(_recorded);
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{"policy_version":"v2","policy_version":"v3"}""", "twice")]
    [InlineData("""{"policy_version":"v2","acl":{"a":{"allowed_actions":"http_fetch"}}}""", "wrong type")]
    [InlineData("""{"policy_version":"v2","acl":{"*":{"allowed_actions":["http_delete"]}}}""", "everybody")]
    [InlineData("", "not valid JSON")]
    public async Task A_file_that_the_gate_would_not_start_with_stops_changes_and_nothing_else(string content, string reason)
    {
        var (policy, store) = Open();
        File.WriteAllText(_path, content);
        var result = await store.ChangeAsync(Grant("agent:own", "http_fetch"), Record);
        Assert.Equal(PolicyDataFault.Invalid, result.Fault);
        Assert.Contains(reason, result.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(_root.Path, result.Detail, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(_path));
        Assert.Equal("v-07", policy.PolicyVersion);
        Assert.Equal(PolicyFileState.Invalid, store.FileState());
        Assert.Empty(_recorded);
        Assert.Equal(StartupError.PolicyLoadFailed, Assert.Throws<StartupException>(() => Open()).Error);
    }

    [Fact]
    public async Task A_change_that_the_ledger_refuses_is_undone()
    {
        var (policy, store) = Open();
        foreach (var refuse in new Func<PolicyDataChange, ValueTask<bool>>[] { _ => ValueTask.FromResult(false), _ => throw new InvalidOperationException("the ledger is gone") })
        {
            var result = await store.ChangeAsync(Grant("agent:own", "http_delete"), refuse);
            Assert.Equal((PolicyDataFault.NotRecorded, null), (result.Fault, result.Change));
            Assert.Equal(Document, File.ReadAllText(_path));
            Assert.Equal("v-07", policy.PolicyVersion);
            Assert.False(policy.Data.Permits("agent:own", "http_delete"));
        }

        Assert.Equal("v-08", (await store.ChangeAsync(Grant("agent:own", "http_delete"), Record)).Change!.VersionAfter);
    }

    [Fact]
    public async Task A_change_that_the_ledger_refuses_is_undone_without_writing_the_old_file_anew()
    {
        var (_, store) = Open();
        var result = await store.ChangeAsync(Grant("agent:own", "http_delete"), _ =>
        {
            // Stands for a disk that takes no more: a file that is not there is not written anew.
            File.Delete(_path);
            return ValueTask.FromResult(false);
        });
        Assert.Equal((PolicyDataFault.NotRecorded, null), (result.Fault, result.Detail));
        Assert.Equal(Document, File.ReadAllText(_path));
        Assert.Empty(Directory.GetFiles(_root.Path, "*.tmp"));
    }

    [Fact]
    public async Task A_change_that_cannot_be_undone_on_disk_is_not_in_force_and_the_answer_says_what_the_file_holds()
    {
        var (policy, store) = Open();
        var result = await store.ChangeAsync(Grant("agent:own", "http_delete"), _ =>
        {
            File.Delete(_path);
            _root.Write("data.json/in-the-way", "");
            return ValueTask.FromResult(false);
        });
        Assert.Equal(PolicyDataFault.NotRecorded, result.Fault);
        Assert.Contains("could not be restored", result.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(_root.Path, result.Detail, StringComparison.Ordinal);
        Assert.Contains("policy_data_not_restored", _log.ToString(), StringComparison.Ordinal);
        Assert.False(policy.Data.Permits("agent:own", "http_delete"));
    }

    [Fact]
    public async Task A_gate_that_ends_between_the_write_and_the_event_starts_with_the_whole_new_file()
    {
        // The folder as a crash at that moment leaves it.
        var (_, store) = Open();
        await store.ChangeAsync(Grant("agent:own", "http_delete"), change =>
        {
            File.Copy(_path, _root["crashed.json"]);
            return Record(change);
        });
        var (policy, next) = Open("crashed.json");
        Assert.Equal("v-08", policy.PolicyVersion);
        Assert.True(policy.Data.Permits("agent:own", "http_delete"));
        Assert.Equal(_recorded[0].DigestAfter, next.Digest);
        Assert.Equal("v-09", (await next.ChangeAsync(Revoke("agent:own", "http_delete"), Record)).Change!.VersionAfter);
    }

    [Fact]
    public async Task A_bundles_data_are_not_the_gates_to_change_and_what_it_leaves_open_is()
    {
        File.WriteAllBytes(_root["bundle.tar.gz"], BundleMaker.Pack(
            ("/plan.json", BundleMaker.Plan), BundleMaker.Text("/acl/data.json", """{"agent:bundled":{"allowed_actions":["http_fetch"],"allowed_sinks":["http_read"]}}""")));
        var (policy, store) = Open(more: "policy_bundle = \"bundle.tar.gz\"");
        var refused = await store.ChangeAsync(Grant("agent:bundled", "http_post"), Record);
        Assert.Equal(PolicyDataFault.Refused, refused.Fault);
        Assert.Contains("agent:bundled", refused.Detail, StringComparison.Ordinal);
        Assert.Equal(Document, File.ReadAllText(_path));

        Assert.Equal("v-08", (await store.ChangeAsync(Grant("agent:own", "http_delete"), Record)).Change!.VersionAfter);
        Assert.True(policy.Data.Permits("agent:own", "http_delete"));
        Assert.True(policy.Data.Permits("agent:bundled", "http_fetch"));
        Assert.False(OnDisk().GetProperty("acl").TryGetProperty("agent:bundled", out _));
        Assert.Equal(PolicyFileState.InForce, store.FileState());
    }

    [Fact]
    public async Task A_bundle_that_brings_the_version_along_keeps_all_data_to_itself()
    {
        File.Delete(_path);
        File.WriteAllBytes(_root["bundle.tar.gz"], BundleMaker.Pack(("/plan.json", BundleMaker.Plan), BundleMaker.Text("/data.json", """{"policy_version":"bundled-1"}""")));
        var (policy, store) = Open(more: "policy_bundle = \"bundle.tar.gz\"");
        Assert.Equal(PolicyDataFault.Refused, (await store.ChangeAsync(Grant("agent:own", "http_fetch"), Record)).Fault);
        Assert.Equal("bundled-1", policy.PolicyVersion);
        Assert.False(File.Exists(_path));
        Assert.Empty(_recorded);
    }

    [Fact]
    public async Task Permissions_and_a_link_stay_and_no_file_is_left_beside()
    {
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead;
        File.SetUnixFileMode(_path, Mode);
        File.CreateSymbolicLink(_root["link.json"], _path);
        var (_, store) = Open("link.json");
        await store.ChangeAsync(Grant("agent:own", "http_delete"), Record);
        Assert.Equal(Mode, File.GetUnixFileMode(_path));
        Assert.NotNull(File.ResolveLinkTarget(_root["link.json"], returnFinalTarget: false));
        Assert.Equal("v-08", OnDisk().GetProperty("policy_version").GetString());
        Assert.Equal(["data.json", "data.json.lock", "gate.toml", "link.json"], Directory.GetFiles(_root.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task While_another_process_holds_the_lock_a_change_waits()
    {
        var (_, store) = Open();
        var held = PrivateFile.TryLock(_path + ".lock");
        Assert.NotNull(held);
        var change = store.ChangeAsync(Grant("agent:own", "http_delete"), Record).AsTask();
        Assert.Empty(_recorded);
        Assert.Equal(Document, File.ReadAllText(_path));
        held.Dispose();
        Assert.Equal(PolicyDataFault.None, (await change).Fault);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_refuses_the_change_without_telling_its_path()
    {
        // A directory where the lock is to be: nothing can be locked, nothing is written.
        var (policy, store) = Open();
        Directory.CreateDirectory(_path + ".lock");
        var result = await store.ChangeAsync(Grant("agent:own", "http_delete"), Record);
        Assert.Equal((PolicyDataFault.NotWritable, "v-07"), (result.Fault, policy.PolicyVersion));
        Assert.DoesNotContain(_root.Path, result.Detail, StringComparison.Ordinal);
        Assert.Contains(_path, _log.ToString(), StringComparison.Ordinal);
        Assert.Equal(Document, File.ReadAllText(_path));
    }

    [Fact]
    public async Task A_file_that_is_gone_is_not_made_anew()
    {
        var (_, store) = Open();
        File.Delete(_path);
        var result = await store.ChangeAsync(Grant("agent:own", "http_delete"), Record);
        Assert.Equal(PolicyDataFault.Unreadable, result.Fault);
        Assert.DoesNotContain(_root.Path, result.Detail, StringComparison.Ordinal);
        Assert.Contains(_path, _log.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(_path));
        Assert.Equal(PolicyFileState.Unreadable, store.FileState());
    }
}
