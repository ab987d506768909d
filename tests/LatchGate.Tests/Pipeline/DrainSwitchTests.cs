using LatchGate.Actions;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Pipeline;

public sealed class DrainSwitchTests
{
    private readonly DrainSwitch _drain = new();

    [Fact]
    public void Each_call_counts_until_it_is_answered()
    {
        var first = _drain.TryEnter();
        var second = _drain.TryEnter();
        Assert.Equal(2, _drain.InFlight);
        first!.Dispose();
        first.Dispose();
        Assert.Equal(1, _drain.InFlight);
        second!.Dispose();
        Assert.Equal(0, _drain.InFlight);
    }

    [Fact]
    public void A_closed_door_admits_nobody_and_keeps_those_inside()
    {
        using var inside = _drain.TryEnter();
        _drain.Close();
        Assert.True(_drain.Closed);
        Assert.Null(_drain.TryEnter());
        Assert.Equal(1, _drain.InFlight);
    }

    [Fact]
    public void Nobody_is_lost_count_of_when_many_come_and_go_while_it_closes()
    {
        Parallel.For(0, 10_000, i =>
        {
            if (i == 5_000)
            {
                _drain.Close();
            }

            _drain.TryEnter()?.Dispose();
        });
        Assert.Equal(0, _drain.InFlight);
    }

    [Fact]
    public void A_closed_gate_is_empty_only_when_the_last_call_has_left()
    {
        var drain = new DrainSwitch();
        var first = drain.TryEnter();
        var second = drain.TryEnter();
        Assert.NotNull(first);
        Assert.NotNull(second);

        drain.Close();
        Assert.Null(drain.TryEnter());
        first.Dispose();
        first.Dispose();
        Assert.False(drain.Emptied.IsCompleted);
        second.Dispose();
        Assert.True(drain.Emptied.IsCompletedSuccessfully);
        Assert.Equal(0, drain.InFlight);
    }

    [Fact]
    public void An_open_gate_is_never_emptied_and_a_closed_one_without_calls_is_at_once()
    {
        var drain = new DrainSwitch();
        drain.TryEnter()!.Dispose();
        Assert.False(drain.Emptied.IsCompleted);
        drain.Close();
        Assert.True(drain.Emptied.IsCompletedSuccessfully);
    }

    [Fact]
    public void The_gate_waits_as_long_as_its_slowest_action_may_take()
    {
        var actions = ActionRegistry.OfThisBuild();
        var longest = GateHost.LongestExecution(actions);
        Assert.All(actions.Actions, action => Assert.True(longest >= TimeSpan.FromSeconds(action.Limits.TimeoutSeconds)));
    }
}
