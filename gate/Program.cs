using System.Text;
using LatchGate.Cli;
using LatchGate.Config;

var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
await using var output = new StreamWriter(Console.OpenStandardOutput(), utf8);
await using var error = new StreamWriter(Console.OpenStandardError(), utf8);
return await CliApp.RunAsync(args, new CliServices
{
    RunGate = static (_, _, _) => throw new NotSupportedException("The pipeline is not linked into this build."),
    VerifyLedger = static (_, _) => throw new NotSupportedException("The ledger is not linked into this build."),
    ReadReceipt = static (_, _) => throw new NotSupportedException("The ledger is not linked into this build."),
    Actions = static () => [],
    ManifestSetDigest = static () => throw new NotSupportedException("The registry is not linked into this build."),
    Environment = ConfigEnvironment.OfProcess(),
    Output = output,
    Error = error,
    Input = Console.OpenStandardInput,
    IsInteractive = !Console.IsInputRedirected && !Console.IsErrorRedirected,
    IsErrorTerminal = !Console.IsErrorRedirected,
});
