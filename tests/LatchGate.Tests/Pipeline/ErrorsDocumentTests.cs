using System.Text.Json;
using LatchGate.Cli;
using LatchGate.Egress;
using LatchGate.Http;
using LatchGate.Pipeline;
using LatchGate.Sandbox;

namespace LatchGate.Tests.Pipeline;

/// <summary>docs/errors.md says what the code says: no code is missing, and none is described that does not exist.</summary>
public sealed class ErrorsDocumentTests
{
    private static readonly string[] Page = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "errors.md"));

    [Fact]
    public void Every_refusal_of_the_gate_is_listed_with_its_words() => Assert.Equal(
        Enum.GetValues<GateFailure>().Select(GateFailures.Describe).Select(text => $"| `{text.Code}` | {text.Status} | {text.Message} | {text.Remedy} |"),
        Rows("## Refusals of the gate"));

    [Fact]
    public void Every_refusal_of_the_HTTP_server_is_listed_with_its_words() => Assert.Equal(
        Enum.GetValues<HttpFault>().Where(fault => fault != HttpFault.None).Select(fault => $"| `{HttpFaults.Code(fault)}` | {HttpFaults.Status(fault)} | {HttpFaults.Message(fault)} |").Order(),
        Rows("## Refusals of the HTTP server").Order());

    [Fact]
    public void Every_reason_to_refuse_a_destination_is_listed_with_its_words() => Assert.Equal(
        Enum.GetValues<EgressReason>().Where(reason => reason is not (EgressReason.Allowed or EgressReason.Audit)).Select(reason => $"| `{reason.Label()}` | {reason.Status()} | {reason.Message()} |").Order(),
        Rows("## Why a destination was refused").Order());

    [Fact]
    public void Every_reason_to_stop_a_provider_is_listed() => Assert.Equal(
        Enum.GetValues<TrapReason>().Where(trap => trap != TrapReason.None).Select(trap => $"`{trap.ToWire()}`"),
        Rows("## Why a provider was stopped").Select(FirstCell));

    [Fact]
    public void Every_reason_not_to_start_is_listed() => Assert.Equal(
        Enum.GetValues<StartupError>().Select(error => $"`{JsonNamingPolicy.SnakeCaseLower.ConvertName(error.ToString())}`"),
        Rows("## When the gate does not start").Select(FirstCell));

    [Fact]
    public void Every_exit_code_is_listed() => Assert.Equal(
        Enum.GetValues<ExitCode>().Select(code => $"{(int)code}"),
        Rows("## Exit codes of the command line").Select(FirstCell).Where(cell => !cell.StartsWith('`')));

    /// <summary>The rows of the tables below a heading, without their heads.</summary>
    private static IEnumerable<string> Rows(string heading)
    {
        var start = Array.IndexOf(Page, heading);
        Assert.True(start >= 0, $"docs/errors.md has no '{heading}'.");
        var section = Page.Skip(start + 1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).ToArray();
        return section.Where((line, i) => line.StartsWith("| ", StringComparison.Ordinal) && !(i + 1 < section.Length && section[i + 1].StartsWith("|--", StringComparison.Ordinal)));
    }

    private static string FirstCell(string row) => row.Split('|')[1].Trim();
}
