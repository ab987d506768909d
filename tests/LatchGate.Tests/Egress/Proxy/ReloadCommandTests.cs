using LatchGate.Config;
using LatchGate.Egress.Proxy;
using LatchGate.Tests.Config;

namespace LatchGate.Tests.Egress.Proxy;

public sealed class ReloadCommandTests : IDisposable
{
    private readonly TempDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("squid -k reconfigure", new[] { "squid", "-k", "reconfigure" })]
    [InlineData("  squid \t -k   reconfigure ", new[] { "squid", "-k", "reconfigure" })]
    [InlineData("\"/opt/my squid\" -f '/etc/a b.conf'", new[] { "/opt/my squid", "-f", "/etc/a b.conf" })]
    [InlineData("a 'it''s' \"x\\\"y\" z\\ z ''", new[] { "a", "its", "x\"y", "z z", "" })]
    [InlineData("a ; rm -rf / && b | c > d $(e) `f` $HOME *", new[] { "a", ";", "rm", "-rf", "/", "&&", "b", "|", "c", ">", "d", "$(e)", "`f`", "$HOME", "*" })]
    public void Words_are_split_at_blanks_and_nothing_is_expanded(string command, string[] words)
    {
        Assert.True(CommandWords.TrySplit(command, out var found));
        Assert.Equal(words, found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("squid 'open")]
    [InlineData("squid \"open")]
    [InlineData("squid \\")]
    [InlineData("'' squid")]
    [InlineData("squid\nreboot")]
    [InlineData("squid\0")]
    public void What_is_no_command_is_refused(string command) => Assert.False(CommandWords.TrySplit(command, out _) );

    [Fact]
    public async Task A_command_that_ends_with_zero_is_done() =>
        Assert.Equal(new ReloadResult(ReloadOutcome.Done, ""), await RunAsync("true"));

    [Fact]
    public async Task A_failure_is_told_with_its_code_and_what_it_said()
    {
        var result = await RunAsync(Script("echo \"squid: $1 $(printf '\\033')[31m\" >&2; exit 3"), "no pid file");
        Assert.Equal(ReloadOutcome.Failed, result.Outcome);
        Assert.StartsWith("exit code 3: squid: no pid file", result.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Detail);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told()
    {
        Assert.Equal(ReloadOutcome.NotStarted, (await RunAsync("no-such-program-anywhere")).Outcome);
        Assert.Equal(ReloadOutcome.NotStarted, (await RunAsync("./relative")).Outcome);
        Assert.Equal(ReloadOutcome.NotStarted, (await RunAsync(_root.Write("not-executable", "x"))).Outcome);
    }

    [Fact]
    public async Task A_command_that_hangs_is_killed_with_all_it_started()
    {
        var pids = _root["pids"];
        var hanging = Script($"sleep 600 & echo $! > {pids}; echo $$ >> {pids}; wait");
        var result = await new ReloadCommand([hanging], TimeSpan.FromSeconds(2)).RunAsync();
        Assert.Equal(ReloadOutcome.TimedOut, result.Outcome);
        foreach (var pid in File.ReadAllLines(pids))
        {
            await Eventually.HoldsAsync(() => !File.Exists($"/proc/{pid}/stat") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_flood_of_output_neither_blocks_nor_fills_the_detail()
    {
        var result = await RunAsync(Script("head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1"));
        Assert.Equal(ReloadOutcome.Failed, result.Outcome);
        Assert.InRange(result.Detail.Length, 100, 600);
    }

    [Fact]
    public async Task The_command_sees_none_of_the_gates_variables_and_no_input()
    {
        var seen = _root["seen"];
        Environment.SetEnvironmentVariable("LATCHGATE_TEST_SECRET", "s3cret");
        try
        {
            Assert.Equal(ReloadOutcome.Done, (await RunAsync(Script($"env > {seen}; cat >> {seen}"))).Outcome);
        }
        finally
        {
            Environment.SetEnvironmentVariable("LATCHGATE_TEST_SECRET", null);
        }

        var lines = File.ReadAllLines(seen);
        Assert.Contains(lines, l => l.StartsWith("PATH=", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, l => l.Contains("LATCHGATE", StringComparison.Ordinal));
    }

    private static Task<ReloadResult> RunAsync(params string[] words) =>
        new ReloadCommand(words, TimeSpan.FromSeconds(30)).RunAsync();

    private string Script(string body) => _root.Write(
        $"script-{Guid.NewGuid():N}", $"#!/bin/sh\n{body}\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
