using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli;
using LatchGate.Config;
using LatchGate.Tests.Config;

namespace LatchGate.Tests.Cli;

/// <summary>Runs command lines in a world of its own.</summary>
internal sealed class CliHarness : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    internal TempDirectory Root { get; } = new();

    internal Dictionary<string, string> Variables { get; } = [];

    internal RunGate RunGate { get; set; } = (_, _, _) => throw new InvalidOperationException("The gate must not run here.");

    internal VerifyLedger VerifyLedger { get; set; } = (_, _) => throw new InvalidOperationException("The ledger must not be read here.");

    internal ReadReceipt ReadReceipt { get; set; } = (_, _, _) => throw new InvalidOperationException("The ledger must not be read here.");

    internal IReadOnlyList<ActionSpec> Actions { get; set; } = [TestActions.Fetch, TestActions.Delete];

    internal Func<IReadOnlyList<string>, bool> ReplaceProcess { get; set; } = _ => throw new InvalidOperationException("Nothing must be run here.");

    internal string Input { get; set; } = "";

    internal bool IsTerminal { get; set; }

    internal bool IsOutputGone { get; set; }

    internal TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Takes results instead of <see cref="Output"/>.</summary>
    internal TextWriter? OtherOutput { get; set; }

    /// <summary>Takes messages instead of <see cref="Error"/>.</summary>
    internal TextWriter? OtherError { get; set; }

    internal string Output => _output.ToString();

    internal string Error => _error.ToString();

    internal MemoryStream? RawOutput { get; private set; }

    internal JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    internal string ClientSocket => Root["gate.sock"];

    internal string AdminSocket => Root["gate-admin.sock"];

    internal ConfigEnvironment Environment => TestEnvironment.In(Root, [.. Variables.Select(v => (v.Key, v.Value))]);

    /// <summary>Runs one command line; its output replaces that of the one before.</summary>
    internal Task<int> RunAsync(params string[] arguments) => RunAsync(CancellationToken.None, arguments);

    internal Task<int> RunAsync(CancellationToken stop, params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        Variables["LATCHGATE_LISTEN_UDS_PATH"] = ClientSocket;
        Variables["LATCHGATE_LISTEN_ADMIN_UDS_PATH"] = AdminSocket;
        return CliApp.RunAsync(
            arguments,
            new CliServices
            {
                RunGate = RunGate,
                VerifyLedger = VerifyLedger,
                ReadReceipt = ReadReceipt,
                Actions = () => Actions,
                ManifestSetDigest = () => "sha256:" + new string('a', 64),
                Environment = Environment,
                Output = OtherOutput ?? _output,
                Error = OtherError ?? _error,
                IsOutputGone = () => IsOutputGone,
                RawOutput = () => RawOutput = new MemoryStream(),
                Input = () => new MemoryStream(Encoding.UTF8.GetBytes(Input)),
                IsInteractive = IsTerminal,
                IsErrorTerminal = IsTerminal,
                IsOutputTerminal = IsTerminal,
                Time = Time,
                ReplaceProcess = ReplaceProcess,
            },
            stop);
    }

    public void Dispose() => Root.Dispose();
}
