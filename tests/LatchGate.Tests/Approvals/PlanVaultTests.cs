using System.Text;
using LatchGate.Approvals;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Tests.Approvals;

public sealed class PlanVaultTests : IDisposable
{
    private const string Marker = "a-path-that-nobody-else-may-read";

    private readonly ApprovalRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task D39_no_file_of_the_gate_holds_the_request_in_clear_text_while_it_waits_or_afterwards()
    {
        var denied = await _rig.HoldAsync($"http://127.0.0.1:9/{Marker}/1");

        // Not this one: what an executed call answered, its URL with it, is in the receipt.
        var approved = await _rig.HoldAsync("http://127.0.0.1:9/approved");
        var expired = await _rig.HoldAsync($"http://127.0.0.1:9/{Marker}/3");
        Assert.True(_rig.TryOpen(denied, out var plan));
        Assert.Contains(Marker, Encoding.UTF8.GetString(plan!.Task.Span), StringComparison.Ordinal);
        AssertNowhere(Marker);

        var sealedPlan = _rig.Find(denied).SealedPlan.ToArray();
        await _rig.Desk().DenyAsync(denied, await ApprovalRig.OperatorAsync("alice"), null);
        Assert.IsType<CallOutcome.Executed>((await _rig.ApproveAsync(approved)).Outcome);
        _rig.State.Time.Advance(TimeSpan.FromSeconds(300));
        await _rig.State.Ledger.ExpireApprovalsAsync();
        Assert.All([denied, approved, expired], id => Assert.True(_rig.Find(id).SealedPlan.IsEmpty));
        AssertNowhere(Marker);

        // After the log was moved to the file, not even the sealed bytes are left.
        _rig.State.Close();
        Assert.DoesNotContain(Files(), file => file.AsSpan().IndexOf(sealedPlan.AsSpan(13)) >= 0);
        Assert.Null(LedgerVerifier.Verify(_rig.State.Path, _rig.State.Keys).Defect);
    }

    [Fact]
    public async Task A_changed_byte_anywhere_or_a_plan_of_another_approval_opens_nothing()
    {
        var (first, second) = (_rig.Find(await _rig.HoldAsync("http://127.0.0.1:9/1")), _rig.Find(await _rig.HoldAsync("http://127.0.0.1:9/2")));
        using var vault = PlanVault.LoadOrCreate(_rig.KeyPath);
        Assert.True(vault.TryOpen(first, out _));
        for (var i = 0; i < first.SealedPlan.Length; i++)
        {
            var changed = first.SealedPlan.ToArray();
            changed[i] ^= 1;
            Assert.False(vault.TryOpen(first with { SealedPlan = changed }, out _));
        }

        Assert.False(vault.TryOpen(first with { SealedPlan = second.SealedPlan }, out _));
        Assert.False(vault.TryOpen(first with { SealedPlan = second.SealedPlan, PlanHash = second.PlanHash }, out _));
        Assert.False(vault.TryOpen(first with { PlanHash = second.PlanHash }, out _));
        Assert.False(vault.TryOpen(first with { SealedPlan = default }, out _));
    }

    // What is not in the plan, or stands beside it for the operator to read: more time, another agent, a lower risk.
    [Theory]
    [InlineData("expires_at = '2099-01-01T00:00:00.000Z'")]
    [InlineData("created_at = '2025-01-01T00:00:00.000Z'")]
    [InlineData("principal = 'agent:other'")]
    [InlineData("owner = 'somebody'")]
    [InlineData("risk_level = 'low'")]
    [InlineData("action_id = 'http_fetch'")]
    [InlineData("session_id = 's9'")]
    [InlineData("lease_jti = 'j9'")]
    [InlineData("grant_id = 'g9'")]
    [InlineData("same_key = zeroblob(32)")]
    public async Task A_row_that_was_edited_while_its_call_waited_is_not_executed(string edit)
    {
        var id = await _rig.HoldAsync();
        using (var database = Database.Open(_rig.State.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute($"UPDATE approvals SET {edit}");
        }

        var result = await _rig.ApproveAsync(id);
        Assert.Equal(GateFailure.PlanUnreadable, result.Refusal!.Failure);
        Assert.Empty(_rig.Seen);
    }

    [Fact]
    public async Task A_lost_key_fails_what_waits_and_nothing_else()
    {
        var id = await _rig.HoldAsync();
        _rig.LoseKey();
        var result = await _rig.ApproveAsync(id);
        Assert.Equal(GateFailure.PlanUnreadable, result.Refusal!.Failure);
        Assert.Equal((ApprovalState.Failed, "plan_unreadable"), (_rig.Find(id).State, _rig.Find(id).Reason));
        Assert.Empty(_rig.Seen);
        Assert.IsType<CallOutcome.Executed>((await _rig.ApproveAsync(await _rig.HoldAsync())).Outcome);
    }

    [Fact]
    public void The_key_file_is_its_owners_alone_and_of_the_right_length()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_rig.KeyPath));
        Assert.Equal(32, new FileInfo(_rig.KeyPath).Length);
        File.SetUnixFileMode(_rig.KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Equal(StartupError.SigningKeyFailed, Assert.Throws<StartupException>(() => PlanVault.LoadOrCreate(_rig.KeyPath)).Error);
        var shorter = _rig.KeyPath + "2";
        File.WriteAllBytes(shorter, new byte[31]);
        File.SetUnixFileMode(shorter, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(StartupError.SigningKeyFailed, Assert.Throws<StartupException>(() => PlanVault.LoadOrCreate(shorter)).Error);
    }

    private void AssertNowhere(string text)
    {
        var files = Files();
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.True(file.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) < 0));
    }

    private byte[][] Files() => [.. Directory.GetFiles(_rig.State.Folder).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)).Select(f =>
    {
        using var file = new FileStream(f, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    })];
}
