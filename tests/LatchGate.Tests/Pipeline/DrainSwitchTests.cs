using LatchGate.Actions;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Pipeline;

public sealed class DrainSwitchTests
{
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
