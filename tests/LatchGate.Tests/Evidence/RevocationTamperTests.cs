using LatchGate.Evidence;
using LatchGate.Storage;

namespace LatchGate.Tests.Evidence;

/// <summary>What an attacker with access to the file gives back, or takes, by changing what was revoked.</summary>
public sealed class RevocationTamperTests
{
    // A lease, a principal that is blocked, then everything.
    [Theory]
    [InlineData("DELETE FROM revocations")]
    [InlineData("DELETE FROM revocations WHERE kind = 'lease'")]
    [InlineData("UPDATE revocations SET blocked = 0")]
    [InlineData("UPDATE revocations SET id = 'j2' WHERE kind = 'lease'")]
    [InlineData("UPDATE revocations SET kind = 'grant' WHERE kind = 'lease'")]
    [InlineData("UPDATE revocations SET epoch = 0 WHERE kind = 'principal'")]
    [InlineData("UPDATE revocations SET expires_at = '2026-01-02T03:04:06.000Z'")]
    [InlineData("INSERT INTO revocations VALUES('session', 's1', 0, 0, '2099-01-01T00:00:00.000Z')")]
    [InlineData("UPDATE revocation_epoch SET epoch = 3")]
    [InlineData("UPDATE revocation_epoch SET epoch = 9223372036854775807")]
    [InlineData("UPDATE revocations SET epoch = -9223372036854775808")]
    [InlineData("UPDATE revocation_epoch SET floor = 0")]
    [InlineData("INSERT INTO revocation_epoch VALUES(2, 2)")]
    [InlineData("DELETE FROM revocation_epoch")]
    public async Task A_changed_revocation_is_found(string sql)
    {
        using var temp = await RevokedAsync();
        Attack(temp, sql);
        Assert.Equal(LedgerDefectKind.RevocationsChanged, LedgerVerifier.Verify(temp.Path, temp.Keys).Defect?.Kind);
    }

    [Theory]
    [InlineData("INSERT INTO revocations VALUES('principal', 'agent:demo', 0, 1, '2099-01-01T00:00:00.000Z')")]
    [InlineData("UPDATE revocation_epoch SET epoch = 1")]
    public async Task A_revocation_of_which_no_event_speaks_is_found(string sql)
    {
        using var temp = new TempLedger();
        await temp.CallAsync();
        temp.Close();
        Assert.Null(LedgerVerifier.Verify(temp.Path, temp.Keys).Defect);
        Attack(temp, sql);
        Assert.Equal(LedgerDefectKind.RevocationsChanged, LedgerVerifier.Verify(temp.Path, temp.Keys).Defect?.Kind);
    }

    [Fact]
    public async Task What_is_forgotten_because_it_refuses_nothing_any_more_is_no_defect()
    {
        using var temp = await RevokedAsync();
        temp.Time.Advance(TimeSpan.FromDays(2));
        temp.Reopen();
        Assert.Null(LedgerVerifier.Verify(temp.Path, temp.Keys).Defect);
        await RevokeAsync(temp, new RevocationChange(2, 2, Of(temp, RevocationKind.Grant, "g1"), true, "ada"));
        Assert.Equal(["agent:demo", "g1"], temp.Ledger.Read(r => r.ReadRevocations()).Entries.Select(static e => e.Id).Order());
        temp.Close();
        Assert.Null(LedgerVerifier.Verify(temp.Path, temp.Keys).Defect);
    }

    private static async Task<TempLedger> RevokedAsync()
    {
        var temp = new TempLedger();
        await temp.CallAsync();
        await RevokeAsync(temp, new RevocationChange(0, 0, Of(temp, RevocationKind.Lease, "j1"), true, "ada"));
        await RevokeAsync(temp, new RevocationChange(1, 0, Of(temp, RevocationKind.Principal, "agent:demo", epoch: 1, blocked: true), true, "ada"));
        await RevokeAsync(temp, new RevocationChange(2, 2, Entry: null, true, "ada"));
        temp.Close();
        Assert.Null(LedgerVerifier.Verify(temp.Path, temp.Keys).Defect);
        return temp;
    }

    private static async Task RevokeAsync(TempLedger temp, RevocationChange change) =>
        Assert.True((await temp.Ledger.RecordRevocationAsync(change, TempLedger.Event(type: EventTypes.AdminRevokeAll))).IsDurable);

    private static Revocation Of(TempLedger temp, RevocationKind kind, string id, long epoch = 0, bool blocked = false) =>
        new(kind, id, epoch, blocked, temp.Time.GetUtcNow().AddHours(26));

    private static void Attack(TempLedger temp, string sql)
    {
        using var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite);
        database.Execute(sql);
    }
}
