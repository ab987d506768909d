using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using LatchGate.Config;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Tests.Api;

namespace LatchGate.Tests.Approvals;

/// <summary>
/// The gate's process is killed (SIGKILL) at each step of an approved call and started again on the same files. Whatever the step, the
/// destination gets the request at most once, nobody can have it made again, and the record says what is known (docs/approvals.md).
/// </summary>
public sealed class CrashMatrixTests
{
    private const string ConfigVariable = "LATCHGATE_TEST_CRASH_CONFIG";
    private const string StepVariable = "LATCHGATE_TEST_CRASH_STEP";
    private const string RuntimeVariable = "LATCHGATE_TEST_CRASH_RUNTIME";

    // SIGKILL, as the kernel's own: nothing of the process runs after it, no handler and no finally.
    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="point">A <see cref="CallStep"/>, or <c>Upstream</c>: the destination has the request and has not answered.</param>
    /// <param name="requests">Requests that the destination has got in the end.</param>
    /// <param name="state">Where the approval stands after the next start.</param>
    /// <param name="unresolved">Intents without an outcome.</param>
    /// <param name="again">What a second approval is answered: its decision, or its error code.</param>
    [Theory]
    [InlineData(nameof(CallStep.Claimed), 0, "claimed", 0, "conflict")]
    [InlineData(nameof(CallStep.IntentReady), 0, "claimed", 0, "conflict")]
    [InlineData(nameof(CallStep.IntentRecorded), 0, "failed", 1, "already_failed")]
    [InlineData("Upstream", 1, "failed", 1, "already_failed")]
    [InlineData(nameof(CallStep.Dispatched), 1, "failed", 1, "already_failed")]
    [InlineData(nameof(CallStep.OutcomeRecorded), 1, "approved", 0, "already_approved")]
    public async Task D46_D47_a_call_is_made_at_most_once_whenever_the_gate_is_killed(string point, int requests, string state, int unresolved, string again)
    {
        await using var gate = new LiveGate();
        await gate.InitializeAsync();
        await gate.StopAsync();
        using var victim = Start(gate, point);
        if (point == "Upstream")
        {
            gate.OnUpstreamRequest = () => Assert.Equal(0, Kill(victim.Id, 9));
        }

        string id;
        try
        {
            await WaitForAsync(gate, victim);
            using var agent = await gate.AgentAsync();
            using var @operator = gate.Operator();
            var held = await agent.ExecuteAsync("http_delete", Encoding.UTF8.GetBytes($$"""{"url":"{{gate.Url("/crash")}}"}"""), Cancel);
            id = held.Text("approval_id")!;
            Assert.NotNull(id);

            // The fault happened: nobody answers.
            await Assert.ThrowsAsync<LatchGate.Cli.Client.GateUnreachableException>(() => @operator.ApproveAsync(id, Cancel));
            await victim.WaitForExitAsync(Cancel);
            Assert.Equal(128 + 9, victim.ExitCode);
        }
        finally
        {
            gate.OnUpstreamRequest = null;
            if (!victim.HasExited)
            {
                victim.Kill();
                await victim.WaitForExitAsync(CancellationToken.None);
            }
        }

        await gate.StartAsync();
        Assert.Equal(requests, Calls(gate));
        await Task.Delay(1100, Cancel); // proofs from before the start are refused
        using (var agent = await gate.AgentAsync())
        using (var @operator = gate.Operator())
        {
            var detail = await @operator.ApprovalAsync(id, Cancel);
            Assert.Equal(state, detail.Text("status"));
            var poll = await agent.PollAsync(id, Cancel);
            Assert.Equal(state == "claimed" ? "pending" : state, poll.Text("status"));
            Assert.Equal(state == "failed" ? "evidence_persistence_failed" : null, poll.Text("reason"));
            Assert.Equal(state == "approved", poll.Text("receipt_id") is not null);

            var second = await @operator.ApproveAsync(id, Cancel);
            Assert.Equal(again, second.Text("decision") ?? second.ErrorCode);
            Assert.Equal(unresolved, (await @operator.StatusAsync(Cancel)).Body.GetProperty("unresolved_intents").GetInt32());
        }

        Assert.Equal(requests, Calls(gate));
        Assert.True(gate.Verify().Intact);
        Assert.Equal(unresolved, gate.Verify().Unresolved.Count);
    }

    [Fact]
    public async Task A_claim_that_a_crash_left_is_taken_over_after_two_minutes_and_executed_once()
    {
        using var rig = new ApprovalRig();
        var id = await rig.HoldAsync();
        var desk = rig.Desk(step =>
        {
            if (step == CallStep.IntentReady)
            {
                // As a crash: nothing after the claim is recorded.
                rig.State.Close();
            }
        });
        await desk.ApproveAsync(new LatchGate.Approvals.ApproveRequest(id, await ApprovalRig.OperatorAsync("alice"), 2000, default));
        rig.State.Reopen();
        Assert.Equal(GateFailure.Conflict, (await rig.ApproveAsync(id, "bob")).Refusal!.Failure);
        rig.State.Time.Advance(ApprovalTransitions.ClaimLifetime);
        Assert.IsType<CallOutcome.Executed>((await rig.ApproveAsync(id, "bob")).Outcome);
        Assert.Single(rig.Seen);
    }

    [Fact]
    public async Task A_second_gate_on_the_same_state_does_not_start()
    {
        await using var gate = new LiveGate();
        await gate.InitializeAsync();
        using var stop = new CancellationTokenSource();
        var refused = await Assert.ThrowsAsync<StartupException>(() => GateHost.RunAsync(gate.Configuration, static _ => { }, stop.Token));
        Assert.Equal(StartupError.LedgerOpenFailed, refused.Error);
    }

    [Fact]
    public async Task Serves_until_it_is_killed()
    {
        var file = Environment.GetEnvironmentVariable(ConfigVariable);
        Assert.SkipWhen(file is null, "runs only in the process that the crash matrix kills");
        var point = Environment.GetEnvironmentVariable(StepVariable);
        var environment = ConfigEnvironment.OfProcess() with
        {
            Variable = name => name == "XDG_RUNTIME_DIR" ? Environment.GetEnvironmentVariable(RuntimeVariable) : null,
        };
        var config = GateConfigReader.Load(file, environment);
        await GateHost.RunAsync(
            config,
            static _ => { },
            step =>
            {
                if (step.ToString() == point)
                {
                    Assert.Equal(0, Kill(Environment.ProcessId, 9));
                    Thread.Sleep(Timeout.Infinite);
                }
            },
            CancellationToken.None);
    }

    private static int Calls(LiveGate gate) => gate.Upstream.Requests.Count(r => r.Head.StartsWith("DELETE /crash ", StringComparison.Ordinal));

    private static Process Start(LiveGate gate, string point) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
    {
        ArgumentList = { "exec", typeof(CrashMatrixTests).Assembly.Location, "--filter-method", $"{typeof(CrashMatrixTests).FullName}.{nameof(Serves_until_it_is_killed)}" },
        Environment = { [ConfigVariable] = gate.Configuration.Source.File, [StepVariable] = point, [RuntimeVariable] = gate.RuntimeDirectory },
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static Task WaitForAsync(LiveGate gate, Process victim) => Eventually.HoldsAsync(async () =>
    {
        Assert.False(victim.HasExited, victim.HasExited ? await victim.StandardOutput.ReadToEndAsync(Cancel) : "");
        return File.Exists(gate.AdminSocket);
    }, "the gate's socket is there");
}
