using LatchGate.Crypto;
using LatchGate.Identity;
using LatchGate.Pipeline;
using LatchGate.Tests.Crypto;

namespace LatchGate.Tests.Identity;

public sealed class ReplayFloorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string FilePath => _folder.File("replay.mark");

    [Fact]
    public void A_first_start_accepts_proofs_of_its_own_second()
    {
        using var floor = ReplayFloor.Open(FilePath, At(100.9));
        Assert.Equal(100, floor.NotBefore);
    }

    [Fact]
    public void A_restart_within_the_same_second_refuses_what_the_earlier_run_accepted()
    {
        AcceptAndCrash(At(100.2), iat: 100);

        using var floor = ReplayFloor.Open(FilePath, At(100.8));
        Assert.Equal(101, floor.NotBefore);
    }

    [Fact]
    public void A_proof_of_a_client_whose_clock_is_ahead_does_not_survive_a_restart()
    {
        AcceptAndCrash(At(100.0), iat: 105);

        using var floor = ReplayFloor.Open(FilePath, At(101.0));
        Assert.Equal(106, floor.NotBefore);
        var store = new MemoryReplayStore(At(101.0), floor);
        Assert.Equal(ReplayVerdict.BeforeStart, store.Record(default, default, 105));
        Assert.Equal(ReplayVerdict.Fresh, store.Record(default, default, 106));
    }

    [Fact]
    public void A_later_restart_is_ruled_by_its_own_start()
    {
        AcceptAndCrash(At(100.0), iat: 99);

        using var floor = ReplayFloor.Open(FilePath, At(300.0));
        Assert.Equal(300, floor.NotBefore);
    }

    [Fact]
    public void An_idle_run_does_not_lose_the_mark_of_the_run_before()
    {
        AcceptAndCrash(At(100.0), iat: 105);
        ReplayFloor.Open(FilePath, At(100.5)).Dispose();

        using var floor = ReplayFloor.Open(FilePath, At(101.0));
        Assert.Equal(106, floor.NotBefore);
    }

    [Fact]
    public void The_gate_does_not_start_with_a_clock_behind_what_it_has_accepted()
    {
        AcceptAndCrash(At(1000.0), iat: 1000);

        var refusal = Assert.Throws<StartupException>(() => ReplayFloor.Open(FilePath, At(900.0)));
        Assert.Equal(StartupError.StateDbOpenFailed, refusal.Error);
        Assert.Contains("clock is behind", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mark_of_another_size_is_refused()
    {
        File.WriteAllText(FilePath, "123");
        Assert.Throws<StartupException>(() => ReplayFloor.Open(FilePath, At(100.0)));
    }

    private void AcceptAndCrash(FixedClock clock, long iat)
    {
        // Nothing is flushed or closed before the next run looks: that is what a crash of the process leaves.
        var floor = ReplayFloor.Open(FilePath, clock);
        Assert.Equal(ReplayVerdict.Fresh, new MemoryReplayStore(clock, floor).Record(default, Sha256Digest.Of("x"u8), iat < floor.NotBefore ? floor.NotBefore : iat));
        _crashed.Add(floor);
    }

    private readonly List<ReplayFloor> _crashed = [];

    private static FixedClock At(double seconds) => new(DateTimeOffset.UnixEpoch.AddSeconds(seconds));
}
