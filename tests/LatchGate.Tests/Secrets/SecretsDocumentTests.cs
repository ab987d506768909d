using System.Text.Json;
using LatchGate.Secrets;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Secrets;

public sealed class SecretsDocumentTests
{
    [Fact]
    public void Every_reason_is_listed() => Assert.Equal(
        Enum.GetNames<SecretFault>().Select(static fault => $"`{JsonNamingPolicy.SnakeCaseLower.ConvertName(fault)}`"),
        File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "secrets.md"))
            .SkipWhile(static line => line != "## Reasons").Where(static line => line.StartsWith("| `", StringComparison.Ordinal)).Select(static line => line.Split('|')[1].Trim()));
}
