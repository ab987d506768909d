using System.Globalization;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Tests.Api;

namespace LatchGate.Binary.Tests.Faults;

/// <summary>The published binary with the fault library in it, and what must hold after each fault.</summary>
public sealed class FaultedGate : IAsyncLifetime
{
    private readonly BinaryGate _gate = new();
    private FaultControl? _faults;
    private int _journals;
    private int _paths;
    private bool _clean = true;

    internal BinaryGate Gate => _gate;

    internal FaultControl Faults => _faults!;

    /// <summary>The events' mirror.</summary>
    internal string Ledger => _gate.Ledger;

    internal string Mirror => Path.Combine(_gate.State, "events.jsonl");

    /// <summary>Where the present run's writes are recorded; null when they are not.</summary>
    internal string? Journal { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var library = FaultLibrary.Require();
        await _gate.InitializeAsync();
        var control = Path.Combine(_gate.Root, "faults");
        _faults = new FaultControl(control);
        File.WriteAllText(_gate.ConfigFile, $"ledger_jsonl_path = \"{Mirror}\"\n{File.ReadAllText(_gate.ConfigFile)}");
        _gate.GateVariables["LD_PRELOAD"] = library;
        _gate.GateVariables["LATCHGATE_FAULT_CONTROL"] = control;
        _gate.GateVariables["LATCHGATE_FAULT_ROOT"] = _gate.State;
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        _faults?.Dispose();
    }

    /// <summary>A path at the destination that no other call asks for.</summary>
    internal string NewPath() => string.Create(CultureInfo.InvariantCulture, $"/call-{++_paths}");

    /// <summary>Starts the gate, where it does not run, and gives an agent with a lease whose event is in the ledger.</summary>
    /// <param name="journal">Records the writes of the gate that is started.</param>
    /// <param name="same">The journal of the run before, to go on in.</param>
    internal async Task<WireAgent> AgentAsync(bool journal = false, string? same = null)
    {
        if (!_clean && _gate.Running is not null)
        {
            // A test that failed left it in some state.
            Faults.Clear();
            await _gate.StopAsync(BinaryGate.Kill);
        }

        _clean = false;
        if (_gate.Running is null || _gate.Running.HasExited)
        {
            await StartAsync(journal, same);
        }

        var leases = Count(EventTypes.LeaseIssued);
        var agent = await _gate.LeasedAsync();
        await Eventually.HoldsAsync(() => Count(EventTypes.LeaseIssued) > leases);
        return agent;
    }

    /// <summary>Starts the gate.</summary>
    /// <param name="journal">Records its writes.</param>
    /// <param name="same">The journal of the run before, to go on in.</param>
    internal async Task StartAsync(bool journal = false, string? same = null)
    {
        // By this mark the gate refuses proofs of the second in which an earlier run took one (ReplayFloor): a second's wait at each start.
        File.Delete(Path.Combine(_gate.State, "replay.mark"));
        Journal = same ?? (journal ? Path.Combine(_gate.Root, string.Create(CultureInfo.InvariantCulture, $"journal-{++_journals}")) : null);
        if (Journal is null)
        {
            _gate.GateVariables.Remove("LATCHGATE_FAULT_JOURNAL");
        }
        else
        {
            _gate.GateVariables["LATCHGATE_FAULT_JOURNAL"] = Journal;
        }

        await _gate.StartAsync();
    }

    /// <summary>Calls the destination through the gate; null when the gate did not answer.</summary>
    internal async Task<WireAnswer?> CallAsync(WireAgent agent, string path)
    {
        try
        {
            return await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url(path)}}"}""");
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Asks for a call that waits for an operator, and gives its approval's id.</summary>
    internal async Task<string> HeldAsync(WireAgent agent, string path)
    {
        var held = await agent.ExecuteAsync("http_delete", $$"""{"url":"{{_gate.Url(path)}}"}""");
        Assert.Equal(202, held.Status);
        return held.Text("approval_id")!;
    }

    /// <summary>Requests that the destination has got under this path.</summary>
    internal int Seen(string path) => _gate.Upstream.Requests.Count(request => request.Head.Contains($" {path} ", StringComparison.Ordinal));

    /// <summary>Waits for the end of a gate that a fault kills.</summary>
    internal async Task DiesAsync()
    {
        Assert.Equal(128 + BinaryGate.Kill, await _gate.EndAsync());
    }

    /// <summary>
    /// What must hold whatever happened: the ledger is intact; a gate starts, and says which calls have no receipt; an operator's note
    /// takes each off the list; what is asked next is done.
    /// </summary>
    /// <param name="unresolved">Calls without receipt that the fault leaves.</param>
    internal async Task RecoversAsync(int unresolved)
    {
        Faults.Clear();
        if (_gate.Running is not null)
        {
            await _gate.StopAsync(BinaryGate.Kill);
        }

        Assert.Equal(unresolved, await VerifiedAsync());
        _clean = true;
        using (var agent = await AgentAsync())
        {
            // The gate writes its log on a thread of its own: the line that it is ready ends what it says at its start.
            await Eventually.HoldsAsync(() => _gate.Log.Contains("\"ready\"", StringComparison.Ordinal));
            Assert.Equal(unresolved, _gate.Log.Split('\n').Count(line => line.Contains("\"unresolved_intent\"", StringComparison.Ordinal)));
            await ReconcilesAsync(unresolved);
            var path = NewPath();
            var answer = await CallAsync(agent, path);
            Assert.Equal((200, 1), (answer?.Status, Seen(path)));
        }

        Assert.Equal(0, await VerifiedAsync());
        _clean = true;
    }

    /// <summary>Notes how each call without receipt ended.</summary>
    internal async Task ReconcilesAsync(int unresolved)
    {
        var list = await _gate.RunAsync("intents", "list", "--json");
        Assert.True(list.Exit == 0, list.Output + list.Error);
        var grants = list.Json.GetProperty("intents").EnumerateArray().Select(intent => intent.GetProperty("grant_id").GetString()!).ToArray();
        Assert.Equal(unresolved, grants.Length);
        foreach (var grant in grants)
        {
            var note = await _gate.RunAsync("intents", "resolve", grant, "--outcome", "unknown", "--note", "looked at the destination", "--json");
            Assert.True(note.Exit == 0, note.Output + note.Error);
        }
    }

    /// <summary>Verifies the ledger.</summary>
    /// <returns>Intents without outcome.</returns>
    internal async Task<int> VerifiedAsync()
    {
        var verify = await _gate.RunAsync("verify", "--json");
        Assert.True(verify.Exit == 0, verify.Output + verify.Error);
        return verify.Json.GetProperty("unresolved_intents").GetInt32();
    }

    /// <summary>Verifies a copy of the ledger with the gate's public keys.</summary>
    internal VerificationReport Verify(string ledger) => LedgerVerifier.Verify(
        ledger,
        new VerificationKeys([.. ReceiptJwks.Read(Path.Combine(_gate.State, "receipt-keys.jwks")).Keys.Select(key => key.PublicKey)]));

    internal int Count(string eventType)
    {
        using var reader = new LedgerReader(_gate.Ledger);
        return reader.QueryEvents(new EventQuery { EventType = eventType, Limit = 1000 }).Count;
    }
}
