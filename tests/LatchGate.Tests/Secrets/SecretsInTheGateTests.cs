using System.Text;
using System.Text.Json;
using LatchGate.Cli;
using LatchGate.Evidence;
using LatchGate.Tests.Api;

namespace LatchGate.Tests.Secrets;

/// <summary>A live gate with secrets: its status, its ledger, and what a reload does.</summary>
public sealed class SecretsInTheGateTests
{
    [Fact]
    public async Task A_running_gate_takes_up_what_is_set_and_tells_what_it_refuses()
    {
        await using var gate = new LiveGate();
        await gate.InitializeAsync();
        using (var agent = gate.Wire())
        {
            Assert.Equal(JsonValueKind.Null, (await agent.SendAsync("GET", "/readyz")).Json.GetProperty("secrets").ValueKind);
        }

        Assert.Equal(0, await RunAsync(gate, "", "init"));
        await gate.ReconfigureAsync();

        // A gate takes no proof from the second that it was started in.
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        Assert.Equal(0, await RunAsync(gate, "a-value-of-length", "set", "GITHUB_TOKEN"));
        using var @operator = gate.WireOperator();
        Assert.Equal(200, (await @operator.AuthorizedAsync("POST", "/v1/admin/reload")).Status);
        var status = (await @operator.AuthorizedAsync("GET", "/v1/admin/status")).Json.GetProperty("secrets");
        Assert.Equal((true, 1, null), (status.GetProperty("configured").GetBoolean(), status.GetProperty("count").GetInt32(), status.GetProperty("problem").GetString()));

        var path = gate.Configuration.Secrets.SopsSecretsFile!;
        var good = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(path, good.Replace("GITHUB_TOKEN", "GITLAB_TOKEN", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var refused = await @operator.AuthorizedAsync("POST", "/v1/admin/reload");
        refused.Refused(500, "reload_failed");
        Assert.Contains("secrets: secret_damaged", refused.Content, StringComparison.Ordinal);
        status = (await @operator.AuthorizedAsync("GET", "/v1/admin/status")).Json.GetProperty("secrets");
        Assert.Equal((1, "secret_damaged"), (status.GetProperty("count").GetInt32(), status.GetProperty("problem").GetString()));
        using (var agent = gate.Wire())
        {
            var ready = await agent.SendAsync("GET", "/readyz");
            Assert.Equal((200, false), (ready.Status, ready.Json.GetProperty("secrets").GetBoolean()));
        }

        // A gate that finds such a file at its start does not start; with a good one it records what is in force.
        var e = await Assert.ThrowsAsync<LatchGate.Pipeline.StartupException>(gate.RestartAsync);
        Assert.Equal(LatchGate.Pipeline.StartupError.SecretsLoadFailed, e.Error);
        await File.WriteAllTextAsync(path, good, TestContext.Current.CancellationToken);
        await gate.StartAgainAsync();
        using (var reader = new LedgerReader(gate.LedgerPath))
        {
            var loaded = reader.QueryEvents(new EventQuery { EventType = EventTypes.SecretsLoaded, Limit = 1 })[0];
            Assert.Contains("\"names\":[\"GITHUB_TOKEN\"]", Encoding.UTF8.GetString(loaded.Json.Span), StringComparison.Ordinal);
        }

        await gate.StopAsync();
        Assert.DoesNotContain("a-value-of-length", Encoding.Latin1.GetString(await File.ReadAllBytesAsync(gate.LedgerPath, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
        Assert.Null(gate.Verify().Defect);
    }

    private static async Task<int> RunAsync(LiveGate gate, string input, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = await CliApp.RunAsync(
            ["secrets", .. arguments],
            new CliServices
            {
                RunGate = (_, _, _) => throw new InvalidOperationException(),
                VerifyLedger = (_, _) => throw new InvalidOperationException(),
                ReadReceipt = (_, _, _) => throw new InvalidOperationException(),
                Actions = () => [],
                ManifestSetDigest = () => "",
                Environment = gate.Environment,
                Output = output,
                Error = error,
                Input = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
                IsInteractive = false,
                IsErrorTerminal = false,
            },
            TestContext.Current.CancellationToken);
        Assert.True(exit == 0, error.ToString());
        return exit;
    }
}
