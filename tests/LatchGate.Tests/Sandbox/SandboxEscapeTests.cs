using System.Text;
using LatchGate.Sandbox;

namespace LatchGate.Tests.Sandbox;

/// <summary>Every attack ends in its exact reason, and leaves the next execution clean.</summary>
public sealed class SandboxEscapeTests : IDisposable
{
    private readonly SandboxHost _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("spin", TrapReason.FuelExhausted)]
    [InlineData("request_without_end", TrapReason.IoBudgetExceeded)]
    [InlineData("read_past_the_end", TrapReason.OutOfBounds)]
    [InlineData("read_at_the_top", TrapReason.OutOfBounds)]
    [InlineData("write_past_the_end", TrapReason.OutOfBounds)]
    [InlineData("write_across_the_end", TrapReason.OutOfBounds)]
    [InlineData("request_of_huge_length", TrapReason.OutOfBounds)]
    [InlineData("request_past_the_end", TrapReason.OutOfBounds)]
    [InlineData("answer_past_the_end", TrapReason.OutOfBounds)]
    [InlineData("log_past_the_end", TrapReason.OutOfBounds)]
    [InlineData("grow_without_end", TrapReason.MemoryLimit)]
    [InlineData("give_up", TrapReason.Unreachable)]
    [InlineData("divide_by_zero", TrapReason.DivideByZero)]
    [InlineData("remainder_by_zero", TrapReason.DivideByZero)]
    [InlineData("divide_overflow", TrapReason.IntegerOverflow)]
    [InlineData("convert_nan", TrapReason.InvalidConversion)]
    [InlineData("convert_too_large", TrapReason.IntegerOverflow)]
    [InlineData("call_null", TrapReason.InvalidIndirectCall)]
    [InlineData("call_past_the_table", TrapReason.InvalidIndirectCall)]
    [InlineData("call_another_type", TrapReason.InvalidIndirectCall)]
    [InlineData("result_past_the_end", TrapReason.MalformedResult)]
    [InlineData("result_of_huge_length", TrapReason.MalformedResult)]
    [InlineData("result_empty", TrapReason.MalformedResult)]
    [InlineData("result_not_json", TrapReason.MalformedResult)]
    [InlineData("result_two_values", TrapReason.MalformedResult)]
    [InlineData("result_not_utf8", TrapReason.MalformedResult)]
    [InlineData("result_unpaired_surrogate", TrapReason.MalformedResult)]
    [InlineData("result_surrogates_swapped", TrapReason.MalformedResult)]
    public async Task An_attack_ends_in_its_exact_reason_and_the_next_call_is_clean(string attack, TrapReason expected)
    {
        var result = await _sandbox.AttackAsync(attack);

        Assert.Equal(expected, result.Trap);
        Assert.True(result.Output.IsEmpty);
        await AssertCleanAsync();
    }

    [Theory]
    [InlineData("spin_empty", TrapReason.FuelExhausted)]
    [InlineData("recurse", TrapReason.StackExhausted)]
    [InlineData("recurse_wide", TrapReason.StackExhausted)]
    [InlineData("start", TrapReason.StartRefused)]
    [InlineData("big_memory", TrapReason.MemoryLimit)]
    [InlineData("big_table", TrapReason.MemoryLimit)]
    [InlineData("alloc_null", TrapReason.MemoryLimit)]
    [InlineData("alloc_past_the_end", TrapReason.OutOfBounds)]
    [InlineData("data_past_the_end", TrapReason.OutOfBounds)]
    [InlineData("reentrant_alloc", TrapReason.ReentrantCall)]
    [InlineData("wants_files", TrapReason.ImportNotDeclared)]
    public async Task A_hostile_module_ends_in_its_exact_reason_and_the_next_call_is_clean(string module, TrapReason expected)
    {
        var host = new ScriptedHost();
        var result = await _sandbox.ExecuteAsync(
            HostileModules.Get(module), HostImports.Http, "task"u8.ToArray(), HostileModules.Limits, host, CancellationToken.None);

        Assert.Equal(expected, result.Trap);
        await AssertCleanAsync();
    }

    [Fact]
    public async Task A_declared_import_is_linked()
    {
        var host = new ScriptedHost();
        var result = await _sandbox.ExecuteAsync(
            HostileModules.Get("wants_files"), HostImports.Fs, "task"u8.ToArray(), HostileModules.Limits, host, CancellationToken.None);

        Assert.Equal(TrapReason.None, result.Trap);
        Assert.Equal([(HostImports.Fs, "task")], host.Calls);
    }

    [Theory]
    [InlineData("request_of_huge_length")]
    [InlineData("request_past_the_end")]
    [InlineData("answer_past_the_end")]
    public async Task A_malformed_host_call_has_no_effect(string attack)
    {
        var host = new ScriptedHost();
        var result = await _sandbox.AttackAsync(attack, host);

        Assert.Empty(host.Calls);
        Assert.Equal(0, result.IoCalls);
    }

    [Fact]
    public async Task A_guest_that_spins_is_stopped_by_its_deadline()
    {
        var limits = HostileModules.Limits with { Fuel = 1_000_000_000_000, TimeoutSeconds = 1 };

        Assert.Equal(TrapReason.DeadlineExceeded, (await _sandbox.AttackAsync("spin", limits: limits)).Trap);
        await AssertCleanAsync();
    }

    [Fact]
    public async Task The_fuel_a_guest_used_is_what_it_was_given_when_it_ran_out()
    {
        var limits = HostileModules.Limits with { Fuel = 123_457 };

        Assert.Equal(123_457, (await _sandbox.AttackAsync("spin", limits: limits)).FuelConsumed);
    }

    [Fact]
    public async Task The_same_task_uses_the_same_fuel()
    {
        var first = await _sandbox.AttackAsync("request");
        var second = await _sandbox.AttackAsync("request");

        Assert.True(first.FuelConsumed > 0);
        Assert.Equal(first.FuelConsumed, second.FuelConsumed);
    }

    [Fact]
    public async Task One_fuel_less_than_needed_is_too_little()
    {
        var needed = (await _sandbox.AttackAsync("nothing")).FuelConsumed;

        Assert.Equal(TrapReason.None, (await _sandbox.AttackAsync("nothing", limits: HostileModules.Limits with { Fuel = needed })).Trap);
        Assert.Equal(TrapReason.FuelExhausted, (await _sandbox.AttackAsync("nothing", limits: HostileModules.Limits with { Fuel = needed - 1 })).Trap);
    }

    [Fact]
    public async Task A_guest_that_copes_with_refused_growth_goes_on() =>
        Assert.Equal(TrapReason.None, (await _sandbox.AttackAsync("grow_until_refused")).Trap);

    [Theory]
    [InlineData("leave_traces")]
    [InlineData("leave_many_traces")]
    public async Task Nothing_that_a_guest_wrote_is_seen_by_the_next(string attack)
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("true", Encoding.UTF8.GetString((await _sandbox.AttackAsync(attack)).Output.Span));
            Assert.Equal("true", Encoding.UTF8.GetString((await _sandbox.AttackAsync("look_for_traces")).Output.Span));
        }
    }

    [Fact]
    public async Task An_answer_may_overlap_the_request_it_answers()
    {
        Assert.Equal(TrapReason.None, (await _sandbox.AttackAsync("request_over_its_own_answer")).Trap);
        await AssertCleanAsync();
    }

    [Fact]
    public async Task A_request_may_be_as_large_as_memory()
    {
        var host = new ScriptedHost();
        Assert.Equal(TrapReason.None, (await _sandbox.AttackAsync("request_whole_memory", host)).Trap);
        Assert.True(Assert.Single(host.Calls).Request.Length >= 65536 / 4);
    }

    [Fact]
    public async Task A_surrogate_pair_is_text()
    {
        var result = await _sandbox.AttackAsync("result_surrogate_pair");

        Assert.Equal("\"\\ud83d\\ude00\"", Encoding.UTF8.GetString(result.Output.Span));
    }

    private async Task AssertCleanAsync()
    {
        var next = await _sandbox.AttackAsync("nothing");

        Assert.Equal(TrapReason.None, next.Trap);
        Assert.Equal("true", Encoding.UTF8.GetString(next.Output.Span));
    }
}
