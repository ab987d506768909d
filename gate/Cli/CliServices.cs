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

/// <summary>Reads one receipt from a ledger without a gate.</summary>
/// <param name="ledger">Path of the database; it is opened for reading only.</param>
/// <param name="receiptId">Which receipt.</param>
/// <param name="publicKeys">Ed25519 public keys of receipts by <c>kid</c>, which its signature is checked with.</param>
/// <returns>The receipt's JSON, or null when the ledger has no such receipt.</returns>
public delegate ReadOnlyMemory<byte>? ReadReceipt(string ledger, string receiptId, IReadOnlyDictionary<string, byte[]> publicKeys);

/// <summary>What a check of the ledger found.</summary>
/// <param name="Problem">The first thing that is wrong, in one sentence; null when everything holds.</param>
/// <param name="BrokenAt">Trace id of the event it was found at; null when intact or when it belongs to no event.</param>
/// <param name="TotalEvents">Events checked.</param>
/// <param name="VerifiedLinks">Links between events checked.</param>
/// <param name="Receipts">Receipts checked, signatures included.</param>
/// <param name="Checkpoints">Signed checkpoints checked.</param>
/// <param name="SignedThrough">The last event that a checkpoint signs: what comes after it could be cut off unseen.</param>
/// <param name="Head">Hash of the last event; noted elsewhere, it shows later that the whole file was exchanged.</param>
/// <param name="UnresolvedIntents">Intents without outcome: an effect that may have happened. No sign of tampering.</param>
public sealed record LedgerReport(
    string? Problem,
    string? BrokenAt,
    long TotalEvents,
    long VerifiedLinks,
    long Receipts,
    long Checkpoints,
    long SignedThrough,
    string Head,
    int UnresolvedIntents)
{
    /// <summary>Whether nothing was found changed, dropped or reordered.</summary>
    public bool Intact => Problem is null;

    /// <summary>Events up to this one are in segment files and were not checked; 0 where the chain was checked from its first
    /// event.</summary>
    public long SealedThrough { get; init; }

    /// <summary>Segments that the ledger knows of.</summary>
    public int Segments { get; init; }
}

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

    /// <summary>Results that are bytes, such as an export to <c>-</c>; disposed after use.</summary>
    public Func<Stream> RawOutput { get; init; } = Console.OpenStandardOutput;

    /// <summary>Whether whoever read the results has gone. Writing them does not tell: the base library says nothing of a broken pipe.</summary>
    public Func<bool> IsOutputGone { get; init; } = StandardDescriptors.IsOutputGone;

    /// <summary>Messages.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>What <c>--input -</c> reads.</summary>
    public required Func<Stream> Input { get; init; }

    /// <summary>Whether a person can answer a question: input and messages are a terminal.</summary>
    public required bool IsInteractive { get; init; }

    /// <summary>Whether messages go to a terminal.</summary>
    public required bool IsErrorTerminal { get; init; }

    /// <summary>Whether results go to a terminal, where whoever looks over a shoulder sees them.</summary>
    public bool IsOutputTerminal { get; init; }

    /// <summary>Becomes another program, given by its path and arguments; comes back with false when it cannot.</summary>
    public Func<IReadOnlyList<string>, bool> ReplaceProcess { get; init; } = ManifestsTool.Become;

    /// <summary>Clock of proofs and waits.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
