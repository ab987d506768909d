using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Storage;
using LatchGate.Tests.Identity;

namespace LatchGate.Tests.Approvals;

public sealed class ApprovalDeskTests : IDisposable
{
    private readonly ApprovalRig _rig = new();

    public void Dispose()
    {
        if (_rig.State.Ledger is not null)
        {
            _rig.State.Close();
            Assert.Null(LedgerVerifier.Verify(_rig.State.Path, _rig.State.Keys).Defect);
        }

        _rig.Dispose();
    }

    [Fact]
    public async Task D20_what_executes_is_the_resolved_request_that_was_frozen()
    {
        var id = await _rig.HoldAsync();
        Assert.True(_rig.TryOpen(id, out var plan));
        using (var task = System.Text.Json.JsonDocument.Parse(plan!.Task))
        {
            Assert.Equal(("DELETE", "http://127.0.0.1:9/x"), (task.RootElement.GetProperty("method").GetString(), task.RootElement.GetProperty("url").GetString()));
        }

        var result = await _rig.ApproveAsync(id);
        Assert.IsType<CallOutcome.Executed>(result.Outcome);
        Assert.Equal(["DELETE"], _rig.Seen);
        Assert.Equal(ApprovalState.Approved, _rig.Find(id).State);
    }

    [Fact]
    public async Task The_plan_holds_everything_that_is_decided_on()
    {
        await _rig.State.Ledger.InitBudgetAsync("s1", 5, TempStart.AddHours(1), "agent:test", "t");
        var id = await _rig.HoldAsync(subject: ApprovalRig.Subject with { HasBudget = true });
        Assert.True(_rig.TryOpen(id, out var plan));
        Assert.True(_rig.Actions.TryFind("http_delete", out var action));
        Assert.Equal(["http_delete"], plan!.Targets);
        Assert.Contains("httpbin.org", plan.Domains);
        Assert.Equal((action.Digest, action.ModuleDigest, VerifierKind.HttpStatus), (plan.ActionDigest, plan.ModuleDigest, plan.Verifier));
        Assert.Equal((5L, 4L), (plan.CallsRemaining, plan.CallsAfter));
        Assert.Equal(1000u, plan.Subject.PeerUid);
        var approval = _rig.Find(id);
        Assert.Equal(("1.0.0", "high", "v1"), (approval.ActionVersion, approval.RiskLevel, approval.PolicyVersion));
    }

    [Fact]
    public async Task D45_an_acl_revoke_stops_a_call_that_is_held()
    {
        var id = await _rig.HoldAsync();
        _rig.Allowed = ["http_fetch"];
        var result = await _rig.ApproveAsync(id);
        Assert.Equal(GateFailure.PolicyDenied, result.Refusal!.Failure);
        Assert.Equal(("agent:test", "http_delete"), (result.Principal, result.ActionId));
        Assert.Equal((ApprovalState.Failed, "policy_denied"), (_rig.Find(id).State, _rig.Find(id).Reason));
        Assert.Contains("is not authorised for action", Assert.Single(_rig.Events(EventTypes.ApprovalFailed)), StringComparison.Ordinal);
        Assert.Empty(_rig.Seen);
        Assert.Equal("failed", (await _rig.ApproveAsync(id)).Earlier!.State.ToWire());
    }

    [Fact]
    public async Task D36_a_call_that_was_held_before_everything_was_revoked_is_not_made()
    {
        var id = await _rig.HoldAsync();
        _rig.Epoch = 1;
        Assert.Equal(GateFailure.Revoked, (await _rig.ApproveAsync(id)).Refusal!.Failure);
        Assert.Equal("revoked", _rig.Find(id).Reason);
        Assert.Empty(_rig.Seen);
    }

    // Between the pipeline's last look and the commit there is time for an operator: what waits then would outlive the revocation.
    [Fact]
    public async Task D36_a_call_of_a_lease_that_was_revoked_meanwhile_is_not_held_and_joins_nothing()
    {
        var id = await _rig.HoldAsync();
        _rig.Epoch = 1;
        var joining = await _rig.TryHoldAsync(epoch: 0);
        Assert.Equal((null, GateFailure.Revoked), (joining.ApprovalId, joining.Refusal?.Failure));
        Assert.Equal(GateFailure.Revoked, (await _rig.TryHoldAsync("http://127.0.0.1:9/other", epoch: 0)).Refusal?.Failure);
        Assert.Equal(1, _rig.State.Ledger.OpenApprovals);
        Assert.NotEqual(id, await _rig.HoldAsync());
    }

    // Whoever waits would be told "pending", and an equal request would join what never ends, until the gate is started again.
    [Fact]
    public async Task An_approved_call_whose_receipt_is_lost_ends_as_failed_while_the_gate_runs()
    {
        using var key = new Ed25519Signer(new byte[32]);
        _rig.ReceiptKey = key;
        var id = await _rig.HoldAsync();
        _rig.OnRequest = () =>
        {
            key.Dispose();
            return Task.CompletedTask;
        };
        var denied = Assert.IsType<CallOutcome.Denied>((await _rig.ApproveAsync(id)).Outcome);
        Assert.Equal(GateFailure.EvidencePersistenceFailed, denied.Denial.Failure);
        Assert.Equal((ApprovalState.Failed, "evidence_persistence_failed", "alice"), (_rig.Find(id).State, _rig.Find(id).Reason, _rig.Find(id).DecidedBy));
        Assert.Contains("evidence_persistence_failed", Assert.Single(_rig.Events(EventTypes.ApprovalFailed)), StringComparison.Ordinal);
        Assert.Equal(ApprovalState.Failed, (await _rig.ApproveAsync(id)).Earlier!.State);
        Assert.Single(_rig.State.Ledger.Read(r => r.UnresolvedIntents()));
        Assert.Single(_rig.Seen);
        Assert.NotEqual(id, await _rig.HoldAsync());
    }

    [Fact]
    public async Task An_approved_call_whose_receipt_and_end_the_ledger_did_not_take_is_ended_by_the_sweep()
    {
        using var key = new Ed25519Signer(new byte[32]);
        _rig.ReceiptKey = key;
        var id = await _rig.HoldAsync();
        var desk = _rig.Desk();
        using (var other = Database.Open(_rig.State.Path, DatabaseAccess.ReadWrite))
        {
            // Whoever holds the file's write lock keeps the ledger from it, as a full disk does.
            _rig.OnRequest = () =>
            {
                key.Dispose();
                other.Execute("BEGIN IMMEDIATE");
                return Task.CompletedTask;
            };
            var result = await desk.ApproveAsync(new ApproveRequest(id, await ApprovalRig.OperatorAsync("alice"), 2000, default));
            Assert.Equal(GateFailure.EvidencePersistenceFailed, Assert.IsType<CallOutcome.Denied>(result.Outcome).Denial.Failure);
            other.Execute("ROLLBACK");
        }

        Assert.Equal(ApprovalState.Executing, _rig.Find(id).State);
        Assert.True(await desk.SweepAsync());
        Assert.Equal((ApprovalState.Failed, "evidence_persistence_failed"), (_rig.Find(id).State, _rig.Find(id).Reason));
        Assert.Single(_rig.Events(EventTypes.ApprovalFailed));
    }

    [Fact]
    public async Task A_manifest_that_changed_while_the_call_waited_stops_it()
    {
        var id = await _rig.HoldAsync();
        _rig.Actions = ActionRegistry.Create(
            [.. _rig.Actions.Actions.Select(a => a with { Digest = Sha256Digest.Of("another manifest"u8) })], _rig.Actions.ManifestSetDigest, null);
        Assert.Equal(GateFailure.ActionDigestMismatch, (await _rig.ApproveAsync(id)).Refusal!.Failure);
        Assert.Empty(_rig.Seen);
    }

    [Fact]
    public async Task Egress_rules_that_changed_while_the_call_waited_stop_it()
    {
        var id = await _rig.HoldAsync();
        _rig.Actions = ActionRegistry.Create(
            [.. _rig.Actions.Actions.Select(a => a with { Egress = a.Egress with { Limits = a.Egress.Limits with { RequestMs = 1 } } })], _rig.Actions.ManifestSetDigest, null);
        Assert.Equal(GateFailure.ActionDigestMismatch, (await _rig.ApproveAsync(id)).Refusal!.Failure);
    }

    [Fact]
    public async Task The_operators_bounds_of_today_are_those_of_the_destination()
    {
        var id = await _rig.HoldAsync();
        _rig.Ceiling = new EgressCeiling();
        var refusal = (await _rig.ApproveAsync(id)).Refusal!;
        Assert.Equal((GateFailure.EgressDenied, "private_target"), (refusal.Failure, refusal.Detail));
        Assert.Equal((ApprovalState.Failed, "egress_denied"), (_rig.Find(id).State, _rig.Find(id).Reason));
    }

    [Fact]
    public async Task A_policy_that_cannot_answer_leaves_the_call_waiting()
    {
        var id = await _rig.HoldAsync();
        using (var silent = ApprovalRig.SilentPolicy())
        {
            _rig.PolicyPoint = silent;
            Assert.Equal(GateFailure.PolicyEngineUnavailable, (await _rig.ApproveAsync(id)).Refusal!.Failure);
        }

        _rig.PolicyPoint = null;
        Assert.Equal((ApprovalState.Pending, null), (_rig.Find(id).State, _rig.Find(id).ClaimedBy));
        Assert.Contains("policy_engine_unavailable", Assert.Single(_rig.Events(EventTypes.ApprovalReleased)), StringComparison.Ordinal);
        Assert.IsType<CallOutcome.Executed>((await _rig.ApproveAsync(id)).Outcome);
    }

    [Theory]
    [InlineData("alice", null, "the operator has the name of the principal")]
    [InlineData("agent:bot", "alice", "the operator is the owner of the principal")]
    public async Task Who_asked_cannot_approve_by_name(string principal, string? owner, string reason)
    {
        var id = await _rig.HoldAsync(subject: ApprovalRig.Subject with { Principal = principal, Owner = owner });
        var refusal = (await _rig.ApproveAsync(id)).Refusal!;
        Assert.Equal((GateFailure.SelfApproval, reason), (refusal.Failure, refusal.Reason));
        Assert.Equal(ApprovalState.Pending, _rig.Find(id).State);
        Assert.Contains("self_approval", Assert.Single(_rig.Events(EventTypes.ApprovalRefused)), StringComparison.Ordinal);
        Assert.IsType<CallOutcome.Executed>((await _rig.ApproveAsync(id, "bob")).Outcome);
    }

    [Fact]
    public async Task Who_asked_cannot_approve_with_the_same_key_but_may_take_the_request_back()
    {
        using var key = new TestKey();
        var id = await _rig.HoldAsync(subject: ApprovalRig.Subject with { SenderBinding = key.ThumbprintText });
        var same = await ApprovalRig.OperatorAsync("bob", key);
        var result = await _rig.Desk().ApproveAsync(new ApproveRequest(id, same, 2000, default));
        Assert.Equal(GateFailure.SelfApproval, result.Refusal!.Failure);
        Assert.NotNull((await _rig.Desk().DenyAsync(id, same, null)).Denial);
        Assert.Empty(_rig.Seen);
    }

    [Fact]
    public async Task Another_user_must_approve_only_where_the_configuration_says_so()
    {
        var id = await _rig.HoldAsync();
        _rig.Settings = _rig.Settings with { SeparateUid = true };
        Assert.Equal(GateFailure.SelfApproval, (await _rig.ApproveAsync(id, uid: 1000)).Refusal!.Failure);
        _rig.Settings = _rig.Settings with { SeparateUid = false };
        Assert.IsType<CallOutcome.Executed>((await _rig.ApproveAsync(id, uid: 1000)).Outcome);
    }

    [Fact]
    public async Task Fifty_equal_requests_at_once_wait_as_one_and_each_is_recorded()
    {
        var held = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(
            () => _rig.HoldAsync(subject: ApprovalRig.Subject with { TraceId = $"trace-{i}", SessionId = $"s{i}" }))));
        var id = Assert.Single(held.Distinct());
        Assert.Equal(1, _rig.State.Ledger.OpenApprovals);
        var events = _rig.Events(EventTypes.ActionCall);
        Assert.Equal(50, events.Length);
        Assert.All(events, e => Assert.Contains(id, e, StringComparison.Ordinal));
        Assert.Equal(49, events.Count(e => e.Contains("\"joined\":true", StringComparison.Ordinal)));
        Assert.IsType<CallOutcome.Executed>((await _rig.ApproveAsync(id)).Outcome);
        Assert.Single(_rig.Seen);
        Assert.NotEqual(id, await _rig.HoldAsync());
    }

    [Fact]
    public async Task A_request_that_differs_in_anything_that_was_judged_waits_on_its_own()
    {
        var ids = new List<string>
        {
            await _rig.HoldAsync(),
            await _rig.HoldAsync("http://127.0.0.1:9/y"),
            await _rig.HoldAsync(subject: ApprovalRig.Subject with { Principal = "agent:other" }),
        };
        _rig.PolicyVersion = "v2";
        ids.Add(await _rig.HoldAsync());
        _rig.Epoch = 1;
        ids.Add(await _rig.HoldAsync());
        Assert.Equal(5, ids.Distinct().Count());
    }

    // The users of one principal need not have one owner, nor one uid: a joined request is judged by the first, and who asked again could allow it.
    [Fact]
    public async Task Nobody_allows_their_own_request_by_joining_that_of_another_user_of_the_principal()
    {
        _rig.Settings = _rig.Settings with { SeparateUid = true };
        var first = await _rig.HoldAsync(subject: ApprovalRig.Subject with { Owner = "alice" });
        var owned = await _rig.HoldAsync(subject: ApprovalRig.Subject with { Owner = "bob" });
        var asked = await _rig.HoldAsync(subject: ApprovalRig.Subject with { Owner = "alice", PeerUid = 1001 });
        Assert.Equal(3, new[] { first, owned, asked }.Distinct().Count());
        Assert.Equal(GateFailure.SelfApproval, (await _rig.ApproveAsync(owned, "bob")).Refusal!.Failure);
        Assert.Equal(GateFailure.SelfApproval, (await _rig.ApproveAsync(asked, "carol", uid: 1001)).Refusal!.Failure);
        Assert.Equal(first, await _rig.HoldAsync(subject: ApprovalRig.Subject with { Owner = "alice", SenderBinding = "another-key", SessionId = "s2" }));
        Assert.Empty(_rig.Seen);
    }

    [Fact]
    public async Task A_call_under_way_is_joined_too()
    {
        var id = await _rig.HoldAsync();
        string? joined = null;
        _rig.OnRequest = async () => joined = await _rig.HoldAsync();
        await _rig.ApproveAsync(id);
        Assert.Equal(id, joined);
    }

    [Fact]
    public async Task An_expired_request_is_not_joined()
    {
        var id = await _rig.HoldAsync();
        _rig.State.Time.Advance(TimeSpan.FromSeconds(300));
        Assert.NotEqual(id, await _rig.HoldAsync());
        Assert.Equal(ApprovalState.Expired, _rig.Find(id).State);
        Assert.Single(_rig.Events(EventTypes.ApprovalExpired));
    }

    [Fact]
    public async Task An_agent_cannot_fill_the_store_and_room_comes_back_with_time()
    {
        _rig.Settings = _rig.Settings with { MaxPendingPerPrincipal = 2, MaxPending = 3 };
        var other = ApprovalRig.Subject with { Principal = "agent:other" };
        await _rig.HoldAsync("http://127.0.0.1:9/1");
        await _rig.HoldAsync("http://127.0.0.1:9/2");
        Assert.Equal(GateFailure.TooManyPending, (await _rig.TryHoldAsync("http://127.0.0.1:9/3")).Refusal!.Failure);
        await _rig.HoldAsync("http://127.0.0.1:9/1");
        await _rig.HoldAsync("http://127.0.0.1:9/1", other);
        Assert.Equal(GateFailure.TooManyPending, (await _rig.TryHoldAsync("http://127.0.0.1:9/2", other)).Refusal!.Failure);
        _rig.State.Time.Advance(TimeSpan.FromSeconds(300));
        await _rig.HoldAsync("http://127.0.0.1:9/4");
        Assert.Equal(1, _rig.State.Ledger.OpenApprovals);
    }

    [Fact]
    public async Task The_bounds_count_also_after_a_restart()
    {
        _rig.Settings = _rig.Settings with { MaxPendingPerPrincipal = 1 };
        await _rig.HoldAsync("http://127.0.0.1:9/1");
        _rig.State.Reopen();
        Assert.Equal(GateFailure.TooManyPending, (await _rig.TryHoldAsync("http://127.0.0.1:9/2")).Refusal!.Failure);
    }

    [Fact]
    public async Task Silence_denies_after_the_time_that_is_configured()
    {
        _rig.Settings = _rig.Settings with { TtlSeconds = 30 };
        var id = await _rig.HoldAsync();
        _rig.State.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(GateFailure.ApprovalExpired, (await _rig.ApproveAsync(id)).Refusal!.Failure);
        Assert.Equal(ApprovalState.Expired, _rig.Find(id).State);
        Assert.Empty(_rig.Seen);
    }

    [Fact]
    public async Task A_clock_set_back_gives_no_more_time_and_revives_nothing()
    {
        var id = await _rig.HoldAsync();
        _rig.State.Time.Advance(TimeSpan.FromSeconds(300));
        await _rig.State.Ledger.AppendEventAsync(LatchGate.Tests.Evidence.TempLedger.Event());
        _rig.State.Time.Advance(TimeSpan.FromSeconds(-200));
        _rig.State.Reopen();
        Assert.Equal(GateFailure.ApprovalExpired, (await _rig.ApproveAsync(id)).Refusal!.Failure);
        _rig.State.Time.Advance(TimeSpan.FromSeconds(-300));
        Assert.Equal(GateFailure.ApprovalExpired, (await _rig.ApproveAsync(id)).Refusal!.Failure);
    }

    [Fact]
    public async Task A_call_that_was_asked_for_in_the_future_is_not_decided()
    {
        _rig.State.Time.Advance(TimeSpan.FromSeconds(60));
        var id = await _rig.HoldAsync();
        _rig.State.Time.Advance(TimeSpan.FromSeconds(-60));
        Assert.Equal(GateFailure.ClockError, (await _rig.ApproveAsync(id)).Refusal!.Failure);
        Assert.Equal(ApprovalState.Pending, _rig.Find(id).State);
    }

    [Fact]
    public async Task A_stopping_gate_takes_a_no_but_no_yes()
    {
        var id = await _rig.HoldAsync();
        _rig.Drain.Close();
        Assert.Equal(GateFailure.Draining, (await _rig.ApproveAsync(id)).Refusal!.Failure);
        Assert.NotNull((await _rig.Desk().DenyAsync(id, await ApprovalRig.OperatorAsync("alice"), "stopping")).Denial);
    }

    [Fact]
    public async Task D46_an_execution_that_outlives_its_claim_is_not_run_twice()
    {
        var id = await _rig.HoldAsync();
        DecisionResult? second = null;
        _rig.OnRequest = async () =>
        {
            _rig.State.Time.Advance(TimeSpan.FromSeconds(500));
            second = await _rig.ApproveAsync(id, "bob");
        };
        Assert.IsType<CallOutcome.Executed>((await _rig.ApproveAsync(id)).Outcome);
        Assert.Equal(GateFailure.Conflict, second!.Refusal!.Failure);
        Assert.Single(_rig.Seen);
        Assert.Equal("alice", _rig.Find(id).DecidedBy);
    }

    [Fact]
    public async Task D37_an_approval_does_not_vanish_while_its_call_runs()
    {
        var id = await _rig.HoldAsync();
        _rig.OnRequest = async () =>
        {
            _rig.State.Time.Advance(TimeSpan.FromHours(2));
            Assert.Empty((await _rig.State.Ledger.ExpireApprovalsAsync()).Value!);
            Assert.Equal(ApprovalState.Executing, _rig.Find(id).State);
        };
        Assert.IsType<CallOutcome.Executed>((await _rig.ApproveAsync(id)).Outcome);
        Assert.Equal(ApprovalState.Approved, _rig.Find(id).State);
    }

    [Fact]
    public async Task D47_a_ledger_that_cannot_write_executes_nothing()
    {
        var id = await _rig.HoldAsync();
        var desk = _rig.Desk(step =>
        {
            if (step == CallStep.IntentReady)
            {
                _rig.State.Close();
            }
        });
        var result = await desk.ApproveAsync(new ApproveRequest(id, await ApprovalRig.OperatorAsync("alice"), 2000, default));
        Assert.Equal(GateFailure.StoreUnavailable, result.Refusal!.Failure);
        Assert.Empty(_rig.Seen);
    }

    [Fact]
    public async Task D44_a_failure_is_kept_as_a_code()
    {
        var id = await _rig.HoldAsync();
        _rig.OnRequest = () => throw new InvalidOperationException("/etc/latchgate/internal.path");
        var result = await _rig.ApproveAsync(id);
        Assert.IsType<CallOutcome.Denied>(result.Outcome);
        Assert.Equal((ApprovalState.Failed, "action_execution_failed"), (_rig.Find(id).State, _rig.Find(id).Reason));
    }

    [Fact]
    public async Task D41_a_decision_that_asks_to_learn_something_else_is_refused_and_the_call_waits_on_unclaimed()
    {
        var id = await _rig.HoldAsync("https://new.example.com/x");
        foreach (var learn in new[] { new LearnOnSuccess("example.com", null), new LearnOnSuccess("*.example.com", null), new LearnOnSuccess("new.example.com", "/tmp/x") })
        {
            Assert.Equal(GateFailure.BadRequest, (await _rig.ApproveAsync(id, learn: learn)).Refusal!.Failure);
        }

        Assert.Equal((ApprovalState.Pending, null), (_rig.Find(id).State, _rig.Find(id).ClaimedBy));
    }

    [Fact]
    public async Task D42_approving_opens_the_unlisted_host_for_one_run_and_nothing_is_learned_unless_asked()
    {
        var id = await _rig.HoldAsync("https://new.example.com/x", action: "http_fetch");
        Assert.True(_rig.TryOpen(id, out var plan));
        Assert.Equal("new.example.com", plan!.UnlistedHost);
        var result = await _rig.ApproveAsync(id);
        Assert.IsType<CallOutcome.Executed>(result.Outcome);
        Assert.Null(result.Learned);
        Assert.Empty(_rig.Learned());

        // The same again is asked again.
        await _rig.HoldAsync("https://new.example.com/x", action: "http_fetch");
    }

    [Fact]
    public async Task D43_what_is_learned_is_the_exact_host_and_only_after_the_call_succeeded()
    {
        var id = await _rig.HoldAsync("https://new.example.com/x", action: "http_fetch");
        _rig.OnRequest = () =>
        {
            Assert.Empty(_rig.Learned());
            return Task.CompletedTask;
        };
        var result = await _rig.ApproveAsync(id, learn: new LearnOnSuccess("new.example.com", null));
        Assert.Equal(("new.example.com", null), (result.Learned!.Domain, result.Learned.Fault));
        Assert.Equal(("http_fetch", "new.example.com", "alice", "approval", id), Assert.Single(_rig.Learned()) is var e
            ? (e.ActionId, e.Value, e.AddedBy, e.Source, e.ApprovalId) : default);
    }

    [Fact]
    public async Task D42_a_call_that_fails_teaches_nothing()
    {
        var id = await _rig.HoldAsync("https://new.example.com/x", action: "http_fetch");
        _rig.OnRequest = () => throw new InvalidOperationException("the world ends");
        var result = await _rig.ApproveAsync(id, learn: new LearnOnSuccess("new.example.com", null));
        Assert.NotNull(result.Outcome);
        Assert.Null(result.Learned?.Domain);
        Assert.Empty(_rig.Learned());
    }

    [Fact]
    public async Task A_call_that_was_made_is_answered_as_made_though_what_was_learned_cannot_be_read_again()
    {
        var id = await _rig.HoldAsync("https://new.example.com/x", action: "http_fetch");
        using (var database = Database.Open(_rig.State.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute("INSERT INTO learned_destinations VALUES('domain', 'http_fetch', '*.com', 'x', 'x', 'api', NULL)");
        }

        var read = 0;
        _rig.IgnoredEntry = entry => entry = ++read == 2 ? throw new DatabaseException(10, "disk I/O error") : entry;
        var result = await _rig.ApproveAsync(id, learn: new LearnOnSuccess("new.example.com", null));
        Assert.IsType<CallOutcome.Executed>(result.Outcome);
        Assert.Equal((null, "store_unavailable"), (result.Learned!.Domain, result.Learned.Fault));
        Assert.Single(_rig.Seen);
    }

    private static DateTimeOffset TempStart => LatchGate.Tests.Evidence.TempLedger.Start;
}
