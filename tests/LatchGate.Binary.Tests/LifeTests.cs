using System.Text.RegularExpressions;
using LatchGate.Evidence;

namespace LatchGate.Binary.Tests;

// The product and its tests are for Linux alone.
#pragma warning disable CA1416

/// <summary>First run, second run, and the end.</summary>
public sealed partial class LifeTests(BinaryGate gate) : IClassFixture<BinaryGate>
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public async Task A_first_run_makes_what_is_missing_for_its_user_alone_and_a_second_makes_nothing()
    {
        // The fixture ran the first.
        var files = Directory.GetFiles(Path.Combine(gate.Root, "home"), "*", SearchOption.AllDirectories);
        Assert.Contains(gate.ConfigFile, files);

        // The public halves of the receipt keys are for everybody.
        Assert.All(files.Where(file => !file.EndsWith(".jwks", StringComparison.Ordinal)), file => Assert.Equal(OwnerOnly, File.GetUnixFileMode(file)));
        foreach (var directory in files.Select(file => Path.GetDirectoryName(file)!).Distinct())
        {
            Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        }

        var before = Directory.GetFiles(Path.Combine(gate.Root, "home/.config"), "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes);
        var ready = await gate.StartAsync("up");
        Assert.Equal(0, ready.GetProperty("created").GetArrayLength());
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(gate.ClientSocket));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(gate.AdminSocket));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(gate.ClientSocket)!));
        Assert.Equal(0, await gate.StopAsync(BinaryGate.Terminate));
        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(file.Key)));
    }

    [Theory]
    [InlineData(BinaryGate.Terminate)]
    [InlineData(BinaryGate.Interrupt)]
    public async Task Told_to_stop_it_finishes_takes_its_sockets_away_and_ends_well(int signal)
    {
        await gate.StartAsync();
        await BinaryGate.NextSecondAsync();
        using var agent = await gate.LeasedAsync();
        Assert.Equal(200, (await gate.FetchAsync(agent)).Status);
        Assert.Equal(0, await gate.StopAsync(signal));
        Assert.False(File.Exists(gate.ClientSocket));
        Assert.False(File.Exists(gate.AdminSocket));
        Assert.Equal(0, (await gate.RunAsync("verify")).Exit);
    }

    [Fact]
    public async Task Killed_in_the_middle_it_starts_again_with_an_intact_ledger_and_says_what_is_unresolved()
    {
        await gate.StartAsync();
        await BinaryGate.NextSecondAsync();
        using var agent = await gate.LeasedAsync();
        Assert.Equal(200, (await gate.FetchAsync(agent)).Status);
        var seen = gate.Upstream.Requests.Count;

        // A burst that the kill cuts: whoever waits loses its connection.
        var burst = Enumerable.Range(0, 100).Select(async _ =>
        {
            try
            {
                return await gate.FetchAsync(agent);
            }
            catch (HttpRequestException)
            {
                return null;
            }
        }).ToArray();
        await Eventually.HoldsAsync(() => gate.Upstream.Requests.Count >= seen + 20);

        await gate.StopAsync(BinaryGate.Kill);
        var answers = await Task.WhenAll(burst);
        var told = answers.Where(answer => answer is { Status: 200 }).Select(answer => answer!.Text("receipt_id")!).ToArray();

        var verify = await gate.RunAsync("verify", "--json");
        Assert.Equal((0, true), (verify.Exit, verify.Json.GetProperty("intact").GetBoolean()));
        var unresolved = verify.Json.GetProperty("unresolved_intents").GetInt32();

        await gate.StartAsync();
        await BinaryGate.NextSecondAsync();
        using var later = await gate.LeasedAsync();

        // Whatever was answered as done has its receipt.
        foreach (var receipt in told)
        {
            Assert.Equal(200, (await later.AuthorizedAsync("GET", $"/v1/receipts/{receipt}")).Status);
        }

        Assert.Equal(200, (await gate.FetchAsync(later)).Status);
        var status = await gate.RunAsync("status", "--json");
        Assert.Equal(0, status.Exit);
        Assert.Equal(0, await gate.StopAsync(BinaryGate.Terminate));
        Assert.Equal(unresolved, gate.Log.Split('\n').Count(line => line.Contains("\"unresolved_intent\"", StringComparison.Ordinal)));
        Assert.Equal(0, (await gate.RunAsync("verify")).Exit);
    }

    [Fact]
    public async Task A_hangup_reads_the_policy_data_anew_a_broken_file_changes_nothing_and_the_gate_goes_on()
    {
        await gate.StartAsync();
        var file = Path.Combine(gate.State, "policies/data.json");
        var good = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        try
        {
            await File.WriteAllTextAsync(file, PolicyVersion().Replace(good, "\"policy_version\": \"v9001\""), TestContext.Current.CancellationToken);
            gate.Signal(BinaryGate.Hangup);
            await ReloadsAsync(1);
            Assert.Contains("v9001", await PolicyAsync(), StringComparison.Ordinal);

            await File.WriteAllTextAsync(file, "{", TestContext.Current.CancellationToken);
            gate.Signal(BinaryGate.Hangup);
            await ReloadsAsync(2);
            await Eventually.HoldsAsync(() => gate.Log.Contains("\"reload_failed\"", StringComparison.Ordinal));
            Assert.Contains("v9001", await PolicyAsync(), StringComparison.Ordinal);
        }
        finally
        {
            await File.WriteAllTextAsync(file, good, TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, await gate.StopAsync(BinaryGate.Terminate));
        Assert.Equal(0, (await gate.RunAsync("verify")).Exit);
    }

    // For the rest of the second in which an earlier run accepted a proof, a restarted gate takes none.
    private async Task<string> PolicyAsync()
    {
        var output = "";
        await Eventually.HoldsAsync(async () =>
        {
            output = (await gate.RunAsync("policy", "list", "--json")).Output;
            return !output.Contains("invalid_dpop", StringComparison.Ordinal);
        }, "a proof is taken");
        return output;
    }

    // The chain has one event for each reload, whatever became of it.
    private async Task ReloadsAsync(int count)
    {
        using var reader = new LedgerReader(gate.Ledger);
        await Eventually.HoldsAsync(() => reader.QueryEvents(new EventQuery { EventType = EventTypes.AdminReload, Principal = "signal:SIGHUP" }).Count >= count);
    }

    [GeneratedRegex("\"policy_version\": *\"[^\"]*\"")]
    private static partial Regex PolicyVersion();
}
