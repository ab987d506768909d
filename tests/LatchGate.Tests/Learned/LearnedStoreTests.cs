using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Learned;
using LatchGate.Storage;
using LatchGate.Tests.Evidence;

namespace LatchGate.Tests.Learned;

public sealed class LearnedStoreTests : IDisposable
{
    private static readonly Learner Alice = new("alice", "operator_dpop", "jkt-of-alice");

    private readonly TempLedger _temp = new();

    private readonly List<LearnedEntry> _ignored = [];

    private static ActionRegistry Actions { get; } = LearningActions.WithPaths;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task A_learned_host_is_in_force_at_once_and_after_a_restart()
    {
        var store = Open();
        var before = store.Current;
        var added = await store.AddDomainAsync("http_fetch", "API.Example.com", Alice, LearnSource.Api);
        Assert.Equal((LearnOutcome.Changed, "api.example.com"), (added.Outcome, added.Value));
        Assert.True(Opens(store.Current, "api.example.com"));
        Assert.False(Opens(before, "api.example.com"));

        _temp.Reopen();
        Assert.True(Opens(Open().Current, "api.example.com"));
    }

    [Fact]
    public async Task Every_change_is_an_event_and_what_changes_nothing_is_none()
    {
        var store = Open();
        await store.AddDomainAsync("http_fetch", "a.example.com", Alice, LearnSource.Approval, "01990f6e-0000-7000-8000-000000000000");
        Assert.Equal(LearnOutcome.Unchanged, (await store.AddDomainAsync("http_fetch", "A.example.com.", Alice, LearnSource.Api)).Outcome);
        await store.AddDomainAsync("http_fetch", "b.example.com", Alice, LearnSource.Api);
        Assert.Equal(LearnOutcome.Changed, (await store.RemoveAsync(LearnedKind.Domain, "http_fetch", "a.example.com", Alice)).Outcome);
        Assert.Equal(LearnOutcome.Unchanged, (await store.RemoveAsync(LearnedKind.Domain, "http_fetch", "a.example.com", Alice)).Outcome);
        Assert.Equal(1, (await store.ClearAsync(LearnedKind.Domain, "http_fetch", Alice)).Count);
        Assert.Equal(0, (await store.ClearAsync(LearnedKind.Domain, "http_fetch", Alice)).Count);
        await store.AddPathAsync("http_fetch", "src/**", Alice, LearnSource.Api);
        await store.RemoveAsync(LearnedKind.Path, "http_fetch", " src/** ", Alice);
        await store.AddPathAsync("http_fetch", "src/**", Alice, LearnSource.Api);
        await store.ClearAsync(LearnedKind.Path, "http_fetch", Alice);

        var events = _temp.Ledger.Read(r => r.EventsFrom(1, 100));
        Assert.Equal(
            ["domain_add", "domain_add", "domain_remove", "domain_clear", "path_add", "path_remove", "path_add", "path_clear"],
            events.Select(e => Json(e).GetProperty("event_type").GetString()));
        var first = Json(events[0]);
        Assert.Equal("alice", first.GetProperty("principal").GetString());
        Assert.Equal("http_fetch", first.GetProperty("action_id").GetString());
        Assert.Equal("jkt-of-alice", first.GetProperty("operator_sender_binding").GetString());
        Assert.Equal("01990f6e-0000-7000-8000-000000000000", first.GetProperty("approval_id").GetString());
        Assert.Equal("a.example.com", first.GetProperty("detail").GetProperty("value").GetString());
        _temp.Close();
        Assert.Null(LedgerVerifier.Verify(_temp.Path, _temp.Keys).Defect);
    }

    [Fact]
    public async Task D107_a_host_is_removed_whatever_spelling_it_is_named_in()
    {
        var store = Open();
        await store.AddDomainAsync("http_fetch", "api.example.com", Alice, LearnSource.Api);
        var removed = await store.RemoveAsync(LearnedKind.Domain, "http_fetch", " API.EXAMPLE.COM. ", Alice);
        Assert.Equal((LearnOutcome.Changed, "api.example.com"), (removed.Outcome, removed.Value));
        Assert.Empty(store.List(LearnedKind.Domain, null));
        Assert.False(Opens(store.Current, "api.example.com"));
    }

    [Theory]
    [InlineData("UPDATE learned_destinations SET value = 'evil.example.com'")]
    [InlineData("UPDATE learned_destinations SET added_by = 'bob'")]
    [InlineData("INSERT INTO learned_destinations SELECT kind, action_id, 'evil.example.com', added_by, added_at, source, approval_id FROM learned_destinations")]
    [InlineData("INSERT INTO learned_destinations SELECT kind, 'http_post', value, added_by, added_at, source, approval_id FROM learned_destinations")]
    [InlineData("INSERT INTO learned_destinations SELECT 'path', action_id, 'src/**', added_by, added_at, source, approval_id FROM learned_destinations")]
    [InlineData("DELETE FROM learned_destinations")]
    public async Task D108_a_row_that_no_operator_added_is_found_by_the_verifier(string attack)
    {
        await Open().AddDomainAsync("http_fetch", "api.example.com", Alice, LearnSource.Api);
        _temp.Close();
        using (var database = Database.Open(_temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute(attack);
        }

        Assert.Equal(LedgerDefectKind.LearnedChanged, LedgerVerifier.Verify(_temp.Path, _temp.Keys).Defect?.Kind);
    }

    [Fact]
    public async Task An_entry_that_no_rule_permits_opens_nothing_and_leaves_the_others_in_force()
    {
        var store = Open();
        await store.AddDomainAsync("http_fetch", "api.example.com", Alice, LearnSource.Api);
        await store.AddPathAsync("http_fetch", "src/**", Alice, LearnSource.Api);
        _temp.Close();
        using (var database = Database.Open(_temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute("INSERT INTO learned_destinations VALUES('domain', 'http_fetch', '*.com', 'x', 'x', 'api', NULL)");
            database.Execute("INSERT INTO learned_destinations VALUES('path', 'http_fetch', '**', 'x', 'x', 'api', NULL)");
        }

        _temp.Reopen();
        store = Open();
        Assert.Equal(["**", "*.com"], _ignored.Select(e => e.Value).Order(StringComparer.Ordinal));
        Assert.True(Opens(store.Current, "api.example.com"));
        Assert.Equal(["src/**"], store.Current.PathsOf("http_fetch").Select(g => g.Text));
    }

    [Fact]
    public async Task Only_an_action_that_permits_learning_learns()
    {
        var store = Open();
        Assert.Equal(LearnOutcome.NotPermitted, (await store.AddDomainAsync("http_post", "a.example.com", Alice, LearnSource.Api)).Outcome);
        Assert.Equal(LearnOutcome.NotPermitted, (await store.AddPathAsync("http_post", "src/**", Alice, LearnSource.Api)).Outcome);
        Assert.Equal(LearnOutcome.NotPermitted, (await store.AddPathAsync("fs_delete", "src/**", Alice, LearnSource.Api)).Outcome);
        Assert.Equal(LearnOutcome.UnknownAction, (await store.AddDomainAsync("nothing", "a.example.com", Alice, LearnSource.Api)).Outcome);
        Assert.Equal(LearnOutcome.InvalidActionId, (await store.AddDomainAsync("a b", "a.example.com", Alice, LearnSource.Api)).Outcome);
        Assert.Equal(LearnOutcome.InvalidActionId, (await store.AddDomainAsync("", "a.example.com", Alice, LearnSource.Api)).Outcome);
        Assert.Equal(LearnOutcome.Invalid, (await store.AddDomainAsync("http_fetch", "10.0.0.1", Alice, LearnSource.Api)).Outcome);
        Assert.Equal(LearnOutcome.Invalid, (await store.AddPathAsync("http_fetch", "src/.env", Alice, LearnSource.Api)).Outcome);
        Assert.Empty(_temp.Ledger.Read(r => r.EventsFrom(1, 10)));
    }

    [Fact]
    public async Task An_action_learns_no_more_than_50_and_a_known_one_may_be_added_again()
    {
        var store = Open();
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(LearnOutcome.Changed, (await store.AddDomainAsync("http_fetch", $"h{i}.example.com", Alice, LearnSource.Api)).Outcome);
        }

        Assert.Equal(LearnOutcome.Full, (await store.AddDomainAsync("http_fetch", "one.more.example.com", Alice, LearnSource.Api)).Outcome);
        Assert.Equal(LearnOutcome.Unchanged, (await store.AddDomainAsync("http_fetch", "h7.example.com", Alice, LearnSource.Api)).Outcome);
        Assert.Equal(LearnOutcome.Changed, (await store.AddPathAsync("http_fetch", "src/**", Alice, LearnSource.Api)).Outcome);
    }

    [Fact]
    public async Task Concurrent_changes_all_show_in_the_last_snapshot()
    {
        var store = Open();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
        {
            await store.AddDomainAsync("http_fetch", $"h{i}.example.com", Alice, LearnSource.Api);
            if (i % 2 == 0)
            {
                await store.RemoveAsync(LearnedKind.Domain, "http_fetch", $"h{i}.example.com", Alice);
            }
        })));
        Assert.All(Enumerable.Range(0, 40), i => Assert.Equal(i % 2 == 1, Opens(store.Current, $"h{i}.example.com")));
    }

    [Fact]
    public async Task What_an_action_learned_that_the_gate_no_longer_has_can_still_be_seen_and_taken_away()
    {
        await Open().AddDomainAsync("http_fetch", "api.example.com", Alice, LearnSource.Api);
        var without = new LearnedStore(_temp.Ledger, ActionRegistry.Create(CompiledActions.All, CompiledActions.ManifestSetDigest, []), _ignored.Add);
        Assert.Equal("api.example.com", Assert.Single(without.List(LearnedKind.Domain, "http_fetch")).Value);
        Assert.Equal(1, (await without.ClearAsync(LearnedKind.Domain, "http_fetch", Alice)).Count);
    }

    [Fact]
    public async Task What_is_learned_and_could_not_be_read_again_is_in_force_as_soon_as_it_can()
    {
        var reads = 0;
        using (var database = Database.Open(_temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute("INSERT INTO learned_destinations VALUES('domain', 'http_fetch', '*.com', 'x', 'x', 'api', NULL)");
        }

        var store = new LearnedStore(_temp.Ledger, Actions, entry => entry = ++reads == 2 ? throw new DatabaseException(10, "disk I/O error") : entry);
        var told = 0;
        store.Changed += () => told++;
        Assert.Equal(LearnOutcome.StoreUnavailable, (await store.AddDomainAsync("http_fetch", "api.example.com", Alice, LearnSource.Api)).Outcome);
        Assert.False(Opens(store.Current, "api.example.com"));
        Assert.Equal(LearnOutcome.Unchanged, (await store.AddDomainAsync("http_fetch", "api.example.com", Alice, LearnSource.Api)).Outcome);
        Assert.True(Opens(store.Current, "api.example.com"));
        Assert.Equal(2, told);
    }

    private LearnedStore Open() => new(_temp.Ledger, Actions, _ignored.Add);

    private static bool Opens(LearnedSnapshot snapshot, string host)
    {
        Assert.True(Actions.TryFind("http_fetch", out var action));
        Assert.True(Target.Parse($"https://{host}/x", out var target, out _));
        var question = new EgressQuestion(snapshot.RulesOf(action), EgressCeiling.Default, target, "GET", "agent:demo", action.Id, TempLedger.Start);
        return EgressJudge.JudgeBeforeDns(question, out _).Allowed;
    }

    private static System.Text.Json.JsonElement Json(StoredEvent e) => System.Text.Json.JsonDocument.Parse(e.Json).RootElement;
}
