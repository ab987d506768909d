using LatchGate.Actions;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Cli;

/// <summary>docs/egress.md shows what the commands print, and the sample cases pass.</summary>
public sealed class ExplainDocumentTests : IDisposable
{
    private readonly CliHarness _cli = new() { Actions = CompiledActions.All };

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task The_transcripts_are_what_the_commands_print()
    {
        var shown = 0;
        foreach (var (config, command, text) in Transcripts())
        {
            string[] arguments = [.. command.Split(' ')[2..], "--config", _cli.Root.Write("latchgate.toml", config)];
            Assert.Equal(3, await _cli.RunAsync(arguments));
            Assert.Equal(text, WithoutAnswers($"{_cli.Output}{_cli.Error}"));
            shown++;
        }

        Assert.Equal(5, shown);
    }

    [Fact]
    public async Task The_sample_cases_pass() =>
        Assert.Equal(0, await _cli.RunAsync("egress", "test", Path.Combine(RepositoryRoot.Path, "demo", "egress-tests.json")));

    // What a name resolves to is the machine's: localhost may have one address or two.
    private static string WithoutAnswers(string text) =>
        string.Join('\n', text.TrimEnd('\n').Split('\n').Where(line => !line.StartsWith("8 ", StringComparison.Ordinal)).Select(line => line.TrimEnd()));

    // A block of TOML, where there is one under the same heading, holds for the transcript after it.
    private static IEnumerable<(string Config, string Command, string Text)> Transcripts()
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "egress.md"));
        var config = "";
        for (var i = 0; i < lines.Length; i++)
        {
            config = lines[i].StartsWith('#') ? "" : config;
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                continue;
            }

            var end = Array.IndexOf(lines, "```", i);
            var block = lines[(i + 1)..end];
            if (lines[i] == "```toml")
            {
                config = string.Join('\n', block);
            }
            else if (lines[i] == "```console" && block[0].StartsWith("$ latchgate egress explain ", StringComparison.Ordinal))
            {
                yield return (config, block[0], WithoutAnswers(string.Join('\n', block[1..])));
                config = "";
            }

            i = end;
        }
    }
}
