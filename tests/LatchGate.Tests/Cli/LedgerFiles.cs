using System.Buffers;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Tests.Evidence;

namespace LatchGate.Tests.Cli;

/// <summary>A closed ledger and its keys in one directory, and the command line there.</summary>
internal sealed class LedgerFiles : IDisposable
{
    internal LedgerFiles()
    {
        History = ReceiptJwks.LoadAndAppend(Keys, Temp.Signer, TimeProvider.System);
        Cli = new CliRun(ConfigEnvironment.OfProcess() with { CurrentDirectory = Temp.Folder, HomeDirectory = Temp.Folder, Variable = _ => null });
    }

    internal TempLedger Temp { get; } = new();

    internal CliRun Cli { get; }

    internal ReceiptJwks History { get; }

    internal string Keys => Path.Combine(Temp.Folder, "receipt-keys.jwks");

    internal string File(string name) => Path.Combine(Temp.Folder, name);

    /// <summary>Some calls, one of which has no outcome, and closes the ledger.</summary>
    internal async Task<LedgerFiles> FilledAsync(int calls = 3)
    {
        for (var i = 0; i < calls; i++)
        {
            await Temp.CallAsync();
        }

        await Temp.Ledger.RecordIntentAsync(Temp.Intent("open-grant"));
        await Temp.Ledger.AppendEventAsync(TempLedger.Event("t-deny") with { Decision = AuditDecision.Deny, DenyReason = "=1+1,\"quoted\"", DevMode = true });
        Temp.Close();
        return this;
    }

    internal Task<int> VerifyAsync(string file = "ledger.db", params string[] more) => Cli.RunAsync(["verify", "--ledger", file, "--keys", Keys, "--json", .. more]);

    public void Dispose() => Temp.Dispose();
}
