using System.Diagnostics;

namespace LatchGate.Binary.Tests;

/// <summary>Homes that are not there, and standard streams that take nothing.</summary>
public sealed class OddEnvironmentTests(BinaryGate gate) : IClassFixture<BinaryGate>
{
    [Theory]
    [InlineData("/nonexistent")]
    [InlineData("relative")]
    [InlineData("")]
    public async Task A_user_without_a_home_can_run_what_needs_none(string home)
    {
        var shown = await RunAsync($"HOME={home} exec latchgate version");
        Assert.Equal((0, ""), (shown.Exit, shown.Error));
        Assert.Equal(0, (await RunAsync($"HOME={home} exec latchgate doctor --config '{gate.ConfigFile}' --json")).Exit);
    }

    [Theory]
    [InlineData("--help >/dev/full")]
    [InlineData("version --json >/dev/full")]
    [InlineData("version >&-")]
    public async Task A_result_that_cannot_be_written_is_an_error_and_no_crash(string command)
    {
        var ended = await RunAsync($"exec latchgate {command}");
        Assert.Equal(1, ended.Exit);
        Assert.StartsWith("✗ The result cannot be written to standard output: ", ended.Error, StringComparison.Ordinal);
        Assert.Single(ended.Error.Split('\n'), line => line.Length > 0);
    }

    [Theory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    public async Task A_gate_whose_log_cannot_be_written_serves_and_stops_as_ever(string redirection)
    {
        await BinaryGate.NextSecondAsync();
        var script = $"latchgate serve {redirection} >/dev/null & gate=$!\n"
            + "until latchgate status >/dev/null 2>&1; do kill -0 $gate || exit 99; sleep 0.05; done\n"
            + $"latchgate call http_fetch url={gate.Url()} >/dev/null || exit 98\n"
            + "kill -TERM $gate; wait $gate";
        var ended = await RunAsync(script);
        Assert.Equal(0, ended.Exit);
        Assert.False(File.Exists(gate.ClientSocket));
    }

    [Fact]
    public async Task Who_follows_the_events_ends_when_its_reader_has_gone()
    {
        await gate.StartAsync();
        await BinaryGate.NextSecondAsync();
        try
        {
            var ended = await RunAsync("{ latchgate audit --follow --format jsonl; echo $? >&2; } | head -n 1");
            Assert.StartsWith("{", ended.Output, StringComparison.Ordinal);
            Assert.Equal("0\n", ended.Error);
        }
        finally
        {
            await gate.StopAsync(BinaryGate.Terminate);
        }
    }

    private async Task<CommandResult> RunAsync(string script)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", script])
        {
            WorkingDirectory = gate.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = $"{Path.GetDirectoryName(BinaryGate.Path)}:/usr/bin:/bin";
        start.Environment["HOME"] = Path.Combine(gate.Root, "home");
        start.Environment["XDG_RUNTIME_DIR"] = Path.Combine(gate.Root, "run");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(60));
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new CommandResult(process.ExitCode, await output, await error);
    }
}
