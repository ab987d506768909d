using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli;
using LatchGate.Config;

namespace LatchGate.Tests.Cli;

/// <summary>Runs command lines as the program does, on real files and sockets, and keeps what they say.</summary>
internal sealed class CliRun(ConfigEnvironment environment, string? configFile = null)
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    internal string Output => _output.ToString();

    internal string Error => _error.ToString();

    internal MemoryStream Raw { get; private set; } = new();

    internal JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    /// <summary>Runs one command line; what it says replaces that of the one before.</summary>
    internal Task<int> RunAsync(params string[] arguments) => RunAsync(TestContext.Current.CancellationToken, arguments);

    internal async Task<int> RunAsync(CancellationToken stop, params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        Raw = new MemoryStream();
        return await CliApp.RunAsync(
            configFile is null ? arguments : [.. arguments, "--config", configFile],
            new CliServices
            {
                RunGate = (_, _, _) => throw new InvalidOperationException("The gate must not run here."),
                VerifyLedger = OfflineLedger.Verify,
                ReadReceipt = OfflineLedger.Receipt,
                Actions = () => CompiledActions.All,
                ManifestSetDigest = () => CompiledActions.ManifestSetDigest.ToString(),
                Environment = environment,
                Output = _output,
                RawOutput = () => Raw,
                Error = _error,
                Input = () => new MemoryStream(Encoding.UTF8.GetBytes("")),
                IsInteractive = false,
                IsErrorTerminal = false,
            },
            stop);
    }
}
