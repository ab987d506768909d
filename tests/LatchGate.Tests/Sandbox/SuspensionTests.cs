using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using LatchGate.Sandbox;

namespace LatchGate.Tests.Sandbox;

/// <summary>Guests that wait for the host: on any thread, many at once, until the deadline, and never longer.</summary>
public sealed class SuspensionTests : IDisposable
{
    private readonly SandboxHost _sandbox = new(maxConcurrentExecutions: 600);

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Suspended_guests_resume_on_other_threads_while_memory_is_collected()
    {
        const int Guests = 500;
        var pending = new ConcurrentQueue<TaskCompletionSource<HostAnswer>>();
        var host = new WaitingHost(pending);
        var runs = Enumerable.Range(0, Guests).Select(_ => _sandbox.AttackAsync("request", host).AsTask()).ToArray();
        Assert.Equal(Guests, pending.Count);

        var answered = 0;
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            while (pending.TryDequeue(out var call))
            {
                var n = Interlocked.Increment(ref answered);
                call.SetResult(ScriptedHost.Ok($"\"{n}\""));
                if (n % 100 == 0)
                {
                    GC.Collect();
                }
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        var results = await Task.WhenAll(runs);
        Assert.All(results, r => Assert.Equal(TrapReason.None, r.Trap));
        Assert.Equal(Guests, results.Select(r => Encoding.UTF8.GetString(r.Output.Span)).Distinct().Count());
    }

    [Fact]
    public async Task Guests_that_run_on_many_threads_at_once_do_not_disturb_each_other()
    {
        var outcomes = new ConcurrentDictionary<(string, TrapReason), int>();
        string[] attacks = ["spin", "request", "leave_traces", "look_for_traces", "read_past_the_end", "grow_without_end", "nothing"];
        await Parallel.ForAsync(0, 700, async (i, token) =>
        {
            var host = new ScriptedHost(async (_, _) =>
            {
                await Task.Yield();
                return ScriptedHost.Ok("true");
            });
            var attack = attacks[i % attacks.Length];
            var result = await _sandbox.AttackAsync(attack, host, HostileModules.Limits with { Fuel = 10_000_000 }, token);
            Assert.True(result.Trap != TrapReason.None || Encoding.UTF8.GetString(result.Output.Span) == "true");
            outcomes.AddOrUpdate((attack, result.Trap), 1, static (_, n) => n + 1);
        });

        Assert.Equal(
            new Dictionary<(string, TrapReason), int>
            {
                [("spin", TrapReason.FuelExhausted)] = 100,
                [("request", TrapReason.None)] = 100,
                [("leave_traces", TrapReason.None)] = 100,
                [("look_for_traces", TrapReason.None)] = 100,
                [("read_past_the_end", TrapReason.OutOfBounds)] = 100,
                [("grow_without_end", TrapReason.MemoryLimit)] = 100,
                [("nothing", TrapReason.None)] = 100,
            }.OrderBy(p => p.Key.Item1, StringComparer.Ordinal),
            outcomes.OrderBy(p => p.Key.Item1, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_host_call_sees_the_deadline_and_the_execution_ends_by_it()
    {
        var host = new ScriptedHost(async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return default;
        });
        var result = await _sandbox.AttackAsync("request", host, HostileModules.Limits with { TimeoutSeconds = 1 });

        Assert.Equal(TrapReason.DeadlineExceeded, result.Trap);
        Assert.Equal(1, result.IoCalls);
    }

    [Fact]
    public async Task An_answer_that_comes_after_the_deadline_is_not_used()
    {
        var host = new ScriptedHost(async (_, token) =>
        {
            var over = new TaskCompletionSource();
            await using var registration = token.Register(over.SetResult);
            await over.Task;
            return ScriptedHost.Ok("true");
        });

        Assert.Equal(TrapReason.DeadlineExceeded, (await _sandbox.AttackAsync("request", host, HostileModules.Limits with { TimeoutSeconds = 1 })).Trap);
    }

    [Fact]
    public async Task A_caller_that_cancels_ends_the_execution()
    {
        using var caller = new CancellationTokenSource();
        var host = new ScriptedHost(async (_, token) =>
        {
            await caller.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
            return default;
        });
        var result = await _sandbox.AttackAsync("request", host, cancellation: caller.Token);

        Assert.Equal(TrapReason.Cancelled, result.Trap);
        Assert.Equal(1, result.IoCalls);
    }

    [Fact]
    public async Task A_fault_of_the_host_is_thrown_and_the_place_is_free_again()
    {
        using var sandbox = new SandboxHost(maxConcurrentExecutions: 1);
        var host = new ScriptedHost((_, _) => throw new InvalidOperationException("broken host"));

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await sandbox.AttackAsync("request", host));
        Assert.Equal(TrapReason.None, (await sandbox.AttackAsync("nothing")).Trap);
    }

    [Fact]
    public async Task Beyond_the_limit_one_execution_waits_and_the_next_is_told_that_the_host_is_busy()
    {
        using var sandbox = new SandboxHost(maxConcurrentExecutions: 1);
        var pending = new ConcurrentQueue<TaskCompletionSource<HostAnswer>>();
        var first = sandbox.AttackAsync("request", new WaitingHost(pending)).AsTask();
        var second = sandbox.AttackAsync("nothing").AsTask();

        Assert.Equal(TrapReason.Busy, (await sandbox.AttackAsync("nothing")).Trap);
        Assert.False(second.IsCompleted);

        Assert.True(pending.TryDequeue(out var call));
        call.SetResult(ScriptedHost.Ok("true"));
        Assert.Equal(TrapReason.None, (await first).Trap);
        Assert.Equal(TrapReason.None, (await second).Trap);
    }

    [Fact]
    public async Task A_place_that_does_not_come_before_the_deadline_is_busy()
    {
        using var sandbox = new SandboxHost(maxConcurrentExecutions: 1);
        var pending = new ConcurrentQueue<TaskCompletionSource<HostAnswer>>();
        var first = sandbox.AttackAsync("request", new WaitingHost(pending)).AsTask();

        Assert.Equal(TrapReason.Busy, (await sandbox.AttackAsync("nothing", limits: HostileModules.Limits with { TimeoutSeconds = 1 })).Trap);
        Assert.True(pending.TryDequeue(out var call));
        call.SetResult(ScriptedHost.Ok("true"));
        await first;
    }

    [Fact]
    public async Task Disposing_refuses_new_executions_and_lets_those_under_way_end_by_their_own_limits()
    {
        var sandbox = new SandboxHost();
        var pending = new ConcurrentQueue<TaskCompletionSource<HostAnswer>>();
        var run = sandbox.AttackAsync("request", new WaitingHost(pending)).AsTask();
        sandbox.Dispose();
        sandbox.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await sandbox.AttackAsync("nothing"));
        Assert.True(pending.TryDequeue(out var call));
        call.SetResult(ScriptedHost.Ok("true"));
        Assert.Equal(TrapReason.None, (await run).Trap);
    }

    [Fact]
    public async Task The_guest_learns_that_the_host_refused()
    {
        var refusing = new ScriptedHost((_, _) => ValueTask.FromResult(new HostAnswer(false, "{}"u8.ToArray())));

        Assert.Equal("\"refused\"", Encoding.UTF8.GetString((await _sandbox.AttackAsync("request_status", refusing)).Output.Span));
        Assert.Equal("\"ok\"", Encoding.UTF8.GetString((await _sandbox.AttackAsync("request_status")).Output.Span));
    }

    [Fact]
    public async Task The_budget_admits_exactly_as_many_calls_as_it_says()
    {
        var host = new ScriptedHost();
        var result = await _sandbox.AttackAsync("request_without_end", host, HostileModules.Limits with { MaxIoCalls = 3 });

        Assert.Equal((TrapReason.IoBudgetExceeded, 3, 3), (result.Trap, result.IoCalls, host.Calls.Count));
    }

    [Fact]
    public async Task An_execution_without_a_budget_makes_no_call()
    {
        var host = new ScriptedHost();
        var result = await _sandbox.AttackAsync("request", host, HostileModules.Limits with { MaxIoCalls = 0 });

        Assert.Equal(TrapReason.IoBudgetExceeded, result.Trap);
        Assert.Empty(host.Calls);
    }

    [Fact]
    public async Task Log_lines_cost_no_budget_and_stop_at_256()
    {
        var host = new ScriptedHost();
        var result = await _sandbox.AttackAsync("log_without_end", host, HostileModules.Limits with { MaxIoCalls = 0 });

        Assert.Equal((TrapReason.None, 0), (result.Trap, result.IoCalls));
        Assert.Equal(256, host.Calls.Count);
        Assert.All(host.Calls, c => Assert.Equal(HostImports.Log, c.Import));
    }

    [Fact]
    public async Task A_log_line_cannot_forge_another()
    {
        var host = new ScriptedHost();
        await _sandbox.AttackAsync("log_forged_line", host);

        using var line = JsonDocument.Parse(Assert.Single(host.Calls).Request);
        Assert.Equal("warn", line.RootElement.GetProperty("level").GetString());
        Assert.Equal("one\uFFFD\uFFFD2026-01-01 forged\uFFFD[2J\uFFFD\uFFFD\uFFFD end", line.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_long_log_line_is_cut_and_says_so()
    {
        var host = new ScriptedHost();
        await _sandbox.AttackAsync("log_long_line", host);

        using var line = JsonDocument.Parse(Assert.Single(host.Calls).Request);
        var message = line.RootElement.GetProperty("message").GetString()!;
        Assert.EndsWith("…[truncated]", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 1, 4096 + "…[truncated]".Length);
    }

    private sealed class WaitingHost(ConcurrentQueue<TaskCompletionSource<HostAnswer>> pending) : IHostCalls
    {
        public ValueTask<HostAnswer> CallAsync(HostImports import, ReadOnlyMemory<byte> request, CancellationToken cancellation)
        {
            var answer = new TaskCompletionSource<HostAnswer>();
            pending.Enqueue(answer);
            return new ValueTask<HostAnswer>(answer.Task);
        }
    }
}
