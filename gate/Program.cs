using System.Text;
using LatchGate.Actions;
using LatchGate.Cli;
using LatchGate.Config;
using LatchGate.Pipeline;

StandardDescriptors.Occupy();
var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
await using var output = new StreamWriter(Console.OpenStandardOutput(), utf8);
await using var error = new StreamWriter(Console.OpenStandardError(), utf8);
// The gate's log goes there too: a disk that is full, or a descriptor that is closed, must not end the gate.
Console.SetError(GuardedWriter.OfMessages(Console.Error));
return await CliApp.RunAsync(args, new CliServices
{
    RunGate = GateHost.RunAsync,
    VerifyLedger = OfflineLedger.Verify,
    ReadReceipt = OfflineLedger.Receipt,
    Actions = static () => CompiledActions.All,
    ManifestSetDigest = static () => CompiledActions.ManifestSetDigest.ToString(),
    Environment = ConfigEnvironment.OfProcess(),
    Output = output,
    Error = error,
    Input = Console.OpenStandardInput,
    IsInteractive = !Console.IsInputRedirected && !Console.IsErrorRedirected,
    IsErrorTerminal = !Console.IsErrorRedirected,
    IsOutputTerminal = !Console.IsOutputRedirected,
});
