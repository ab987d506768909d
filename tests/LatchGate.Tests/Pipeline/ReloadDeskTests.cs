using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Secrets;
using LatchGate.Telemetry;
using LatchGate.Tests.Api;
using LatchGate.Tests.Evidence;

namespace LatchGate.Tests.Pipeline;

public sealed class ReloadDeskTests
{
    [Fact]
    public async Task A_signal_is_a_reload_and_the_chain_says_so()
    {
        await using var gate = new LiveGate();
        await gate.InitializeAsync();
        using var temp = new TempLedger();
        var actions = ActionRegistry.OfThisBuild();
        var log = new GateLog(TextWriter.Null, LogLevel.Info, TimeProvider.System);
        using var policy = PolicyDecisionPoint.Open(gate.Configuration, actions, TimeProvider.System);
        using var data = new PolicyDataStore(gate.Configuration.PolicyDataPath, policy, actions, log, TimeProvider.System);
        using var secrets = SecretStore.Open(SecretsConfig.None, log);
        using var desk = new ReloadDesk(data, policy, secrets, temp.Ledger, log);
        using var stop = new CancellationTokenSource();

        // Signals that come together are one, as the kernel has it.
        for (var i = 0; i < 100; i++)
        {
            desk.Request();
        }

        var serving = desk.ServeAsync(stop.Token);
        await Eventually.HoldsAsync(() => temp.Ledger.Read(static r => r.CountEvents()) > 0);

        await stop.CancelAsync();
        await serving;
        var e = Assert.Single(temp.Ledger.Read(static r => r.QueryEvents(new EventQuery { EventType = EventTypes.AdminReload })));
        var json = System.Text.Json.JsonDocument.Parse(e.Json).RootElement;
        Assert.Equal(("signal:SIGHUP", "allow"), (json.GetProperty("principal").GetString(), json.GetProperty("decision").GetString()));
    }
}
