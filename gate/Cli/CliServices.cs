using System.Collections.Immutable;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Cli;

/// <summary>Runs the gate until <paramref name="stop"/>; calls <paramref name="onReady"/> once both sockets answer.</summary>
/// <exception cref="StartupException">It cannot start.</exception>
public delegate Task RunGate(GateConfig config, Action<GateReady> onReady, CancellationToken stop);

/// <summary>Checks a ledger without a gate.</summary>
/// <param name="ledger">Path of the database; it is opened for reading only.</param>
/// <param name="publicKeys">Ed25519 public keys of receipts, 32 bytes each, by <c>kid</c>.</param>
public delegate LedgerReport VerifyLedger(string ledger, IReadOnlyDictionary<string, byte[]> publicKeys);

/// <summary>Reads one receipt from a ledger without a gate; the receipt's JSON, or null when the ledger has no such receipt.</summary>
public delegate ReadOnlyMemory<byte>? ReadReceipt(string ledger, string receiptId);

/// <summary>What a check of the ledger found.</summary>
/// <param name="Intact">Whether nothing was found changed, dropped or reordered.</param>
/// <param name="TotalEvents">Events in the ledger.</param>
/// <param name="VerifiedLinks">Events whose link to the one before holds.</param>
/// <param name="BrokenAt">Trace id of the first event that does not fit; null when intact.</param>
/// <param name="TotalReceipts">Receipts in the ledger.</param>
/// <param name="VerifiedReceipts">Receipts whose content and signature hold.</param>
/// <param name="UnresolvedIntents">Intents without outcome: the gate stopped between dispatch and receipt. No sign of tampering.</param>
/// <param name="Problems">One sentence for each thing found; empty when intact.</param>
public sealed record LedgerReport(
    bool Intact,
    long TotalEvents,
    long VerifiedLinks,
    string? BrokenAt,
    long TotalReceipts,
    long VerifiedReceipts,
    long UnresolvedIntents,
    ImmutableArray<string> Problems);

/// <summary>What the command line needs of the rest of the program and of the process; replaced in tests.</summary>
public sealed record CliServices
{
    /// <summary>Runs the gate.</summary>
    public required RunGate RunGate { get; init; }

    /// <summary>Checks a ledger.</summary>
    public required VerifyLedger VerifyLedger { get; init; }

    /// <summary>Reads a receipt.</summary>
    public required ReadReceipt ReadReceipt { get; init; }

    /// <summary>The compiled actions, in any order.</summary>
    public required Func<IReadOnlyList<ActionSpec>> Actions { get; init; }

    /// <summary>Digest over all compiled manifests and providers, <c>sha256:HEX</c>.</summary>
    public required Func<string> ManifestSetDigest { get; init; }

    /// <summary>Variables and directories.</summary>
    public required ConfigEnvironment Environment { get; init; }

    /// <summary>Results.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Messages.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>What <c>--input -</c> reads.</summary>
    public required Func<Stream> Input { get; init; }

    /// <summary>Whether a person can answer a question: input and messages are a terminal.</summary>
    public required bool IsInteractive { get; init; }

    /// <summary>Whether messages go to a terminal.</summary>
    public required bool IsErrorTerminal { get; init; }

    /// <summary>Clock of proofs and waits.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
