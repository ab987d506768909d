using System.Text;
using LatchGate.Actions;
using LatchGate.Cli;
using LatchGate.Config;
using LatchGate.Pipeline;

var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
await using var output = new StreamWriter(Console.OpenStandardOutput(), utf8);
await using var error = new StreamWriter(Console.OpenStandardError(), utf8);
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
