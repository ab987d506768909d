using System.Diagnostics;
using LatchGate.Api;

namespace LatchGate.Tests.Api;

public sealed class ShellTextTests
{
    [Theory]
    [InlineData("agent:builder")]
    [InlineData("uid:1000")]
    [InlineData("*")]
    [InlineData("it's $HOME; `id` \"x\" \\ & (a) | <b> #c !d ~e {f,g} [h]?")]
    [InlineData("a b  c")]
    [InlineData("'''")]
    [InlineData("ключ")]
    [InlineData("")]
    public async Task A_printed_command_is_read_by_the_shell_as_it_was_meant(string principal)
    {
        var command = ShellText.GrantCommand(principal, "http_fetch").Replace("latchgate ", "printf '%s\\n' ", StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true })!;
        var words = (await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).TrimEnd('\n').Split('\n');
        Assert.Equal(["policy", "grant", principal, "http_fetch"], words);
    }

    [Fact]
    public void A_name_that_looks_like_an_option_is_given_as_an_argument() =>
        Assert.Equal("latchgate policy grant -- -x http_fetch", ShellText.GrantCommand("-x", "http_fetch"));
}
