using System.Text;
using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Pipeline;
using LatchGate.Tests.Evidence;

namespace LatchGate.Tests.Pipeline;

public sealed class RevocationDeskTests
{
    private static readonly VerifiedOperator Ada = VerifiedOperator
        .AdmitSharedKey(new OperatorCredential("ada", Encoding.UTF8.GetBytes("key-ada-0123456789abcdef"), null)).Verified!;

    private static readonly CallSubject Subject = new("t", "agent:demo", "s1", "j1", "k", HasBudget: false, IdentityMethod: null, Owner: null);

    [Fact]
    public async Task A_revocation_that_cannot_be_recorded_is_in_force_all_the_same_and_is_recorded_when_it_is_repeated()
    {
        using var temp = new TempLedger();
        var revocations = new Revocations();
        using (var full = new RevocationDesk(Closed(temp), revocations, temp.Time))
        {
            Assert.Null(await full.RevokeAllAsync(Ada));
            Assert.Equal(RevokeOutcome.NotRecorded, await full.RevokeAsync(Ada, RevocationKind.Session, "s9", block: false, null));

            // Asked again it does not say "already", since it would not survive a restart.
            Assert.Equal(RevokeOutcome.NotRecorded, await full.RevokeAsync(Ada, RevocationKind.Session, "s9", block: false, null));
        }

        Assert.True(revocations.Refuses(Subject, 0));
        Assert.True(revocations.Refuses(Subject with { SessionId = "s9" }, 1));
        Assert.Equal(0, revocations.Epoch);

        temp.Reopen();
        using var mended = new RevocationDesk(temp.Ledger, revocations, temp.Time);
        Assert.Equal(new EpochChange(0, 1), await mended.RevokeAllAsync(Ada));
        Assert.Equal((1, 1), (temp.Ledger.Read(r => r.ReadRevocations().Epoch), revocations.Epoch));
        Assert.False(revocations.Refuses(Subject, 1));
    }

    // The floor is in force before it is recorded: what is recorded next must not write it beside an epoch that lies below.
    [Theory]
    [InlineData(RevocationKind.Session)]
    [InlineData(RevocationKind.Principal)]
    public async Task What_is_revoked_after_a_revoke_all_that_could_not_be_recorded_leaves_a_ledger_that_a_gate_can_start_on(RevocationKind kind)
    {
        using var temp = new TempLedger();
        var revocations = new Revocations();
        using (var full = new RevocationDesk(Closed(temp), revocations, temp.Time))
        {
            Assert.Null(await full.RevokeAllAsync(Ada));
        }

        temp.Reopen();
        using var mended = new RevocationDesk(temp.Ledger, revocations, temp.Time);
        Assert.Equal(RevokeOutcome.Done, await mended.RevokeAsync(Ada, kind, "x", block: false, null));
        var stored = temp.Ledger.Read(r => r.ReadRevocations());
        Assert.Equal((1, stored.Epoch), (stored.Floor, revocations.Epoch));
        Assert.False(revocations.Refuses(Subject, revocations.Epoch));
    }

    [Fact]
    public async Task A_lifted_block_that_cannot_be_recorded_stays()
    {
        using var temp = new TempLedger();
        var revocations = new Revocations();
        using (var desk = new RevocationDesk(temp.Ledger, revocations, temp.Time))
        {
            Assert.Equal(RevokeOutcome.Done, await desk.RevokeAsync(Ada, RevocationKind.Principal, "agent:demo", block: true, null));
        }

        using var full = new RevocationDesk(Closed(temp), revocations, temp.Time);
        Assert.Equal(RevokeOutcome.NotRecorded, await full.UnblockAsync(Ada, "agent:demo", null));
        Assert.True(revocations.Blocks("agent:demo"));
    }

    [Fact]
    public async Task What_can_refuse_nothing_any_more_is_forgotten_and_a_block_is_not()
    {
        using var temp = new TempLedger();
        var revocations = new Revocations();
        using var desk = new RevocationDesk(temp.Ledger, revocations, temp.Time);
        await desk.RevokeAsync(Ada, RevocationKind.Lease, "j1", block: false, null);
        await desk.RevokeAsync(Ada, RevocationKind.Principal, "agent:other", block: false, null);
        await desk.RevokeAsync(Ada, RevocationKind.Principal, "agent:demo", block: true, null);

        // A lease lives an hour at most, and what it asked for waits a day at most; the rest is to spare.
        temp.Time.Advance(TimeSpan.FromHours(26) - TimeSpan.FromSeconds(1));
        desk.Purge();
        Assert.True(revocations.Refuses(Subject with { Principal = "agent:x" }, 2));
        temp.Time.Advance(TimeSpan.FromSeconds(1));
        desk.Purge();
        Assert.False(revocations.Refuses(Subject with { Principal = "agent:x" }, 2));
        Assert.True(revocations.Blocks("agent:demo"));

        // The ledger forgets with its next change, whose event says what is left.
        Assert.Equal(3, temp.Ledger.Read(r => r.ReadRevocations()).Entries.Count);
        await desk.RevokeAllAsync(Ada);
        Assert.Equal("agent:demo", Assert.Single(temp.Ledger.Read(r => r.ReadRevocations()).Entries).Id);
        Assert.Equal(3, temp.Ledger.Read(r => r.ReadRevocations()).Epoch);
    }

    [Fact]
    public async Task D36_a_call_that_was_authorised_before_a_revocation_is_not_dispatched()
    {
        using var rig = new ExecutionRig(new AnsweringWorld("{}"));
        rig.Revocations.RaiseFloor(1);
        var denied = Assert.IsType<CallOutcome.Denied>(await rig.FetchAsync());
        Assert.Equal(GateFailure.Revoked, denied.Denial.Failure);
        Assert.Equal(0, rig.State.Ledger.Read(r => r.CountEvents()));
    }

    [Fact]
    public async Task D36_no_intent_comes_after_the_revocation_of_its_call()
    {
        using var temp = new TempLedger();
        var result = await temp.Ledger.RecordIntentAsync(temp.Intent("g1"), new IntentConditions(IsRevoked: () => true));
        Assert.Equal((IntentOutcome.Revoked, null), (result.Outcome, result.Proof));
        Assert.Equal(IntentOutcome.Recorded, (await temp.Ledger.RecordIntentAsync(temp.Intent("g1"), new IntentConditions(IsRevoked: () => false))).Outcome);
    }

    [Fact]
    public async Task D45_a_revoked_grant_is_refused_wherever_its_call_comes_from()
    {
        using var temp = new TempLedger();
        var revocations = new Revocations();
        using var desk = new RevocationDesk(temp.Ledger, revocations, temp.Time);
        await desk.RevokeAsync(Ada, RevocationKind.Grant, "g1", block: false, null);
        Assert.True(revocations.Refuses(Subject, 0, "g1"));
        Assert.False(revocations.Refuses(Subject, 0, "g2"));

        var after = new Revocations();
        after.Load(temp.Ledger.Read(r => r.ReadRevocations()));
        Assert.True(after.Refuses(Subject, 0, "g1"));
    }

    // A ledger that takes no more writes, as when its disk is full.
    private static Ledger Closed(TempLedger temp)
    {
        var ledger = temp.Ledger;
        temp.Close();
        return ledger;
    }
}
