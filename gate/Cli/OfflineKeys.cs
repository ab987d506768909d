using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Storage;
using LatchGate.Telemetry;
using LatchGate.Webhooks;

namespace LatchGate.Cli;

/// <summary>Signing keys without a gate: who may write their files may replace them.</summary>
internal static class OfflineKeys
{
    /// <summary>Replaces a key while no gate runs: the ledger's lock is held meanwhile, and the event is in the chain as a gate would write it.</summary>
    /// <param name="config">Where everything is.</param>
    /// <param name="kind">Which key.</param>
    /// <param name="error">Takes log lines.</param>
    /// <param name="time">Clock of the event.</param>
    /// <exception cref="CliException">A key or the ledger is missing, or the rotation failed.</exception>
    /// <exception cref="StartupException">A gate runs, or a file is unsafe or damaged.</exception>
    internal static async Task<KeyRotation> RotateAsync(GateConfig config, SigningKeyKind kind, TextWriter error, TimeProvider time)
    {
        using var opened = await OpenAsync(config, error, time).ConfigureAwait(false);
        var rotation = await opened.Desk.RotateAsync(kind, new AuditEvent
        {
            TraceId = AuthorizedCall.NewId(),
            EventType = EventTypes.ReceiptKeyRotated,
            Decision = AuditDecision.Allow,
            Principal = $"local:uid:{Posix.EffectiveUserId()}",
        }).ConfigureAwait(false);
        return rotation.Outcome == KeyRotationOutcome.Done
            ? rotation
            : throw new CliException(ExitCode.Error, "key_rotation_failed", $"The {kind.ToWire()} signing key is still {rotation.PreviousKeyId}.", "Look at the disk of the keys and of the ledger.");
    }

    /// <summary>Takes the ledger and its keys, as a gate does that starts: a rotation that was cut short is ended first.</summary>
    /// <exception cref="CliException">A key or the ledger is missing.</exception>
    /// <exception cref="StartupException">A gate runs, or a file is unsafe or damaged.</exception>
    internal static async Task<OpenedLedger> OpenAsync(GateConfig config, TextWriter error, TimeProvider time)
    {
        var receipt = Require(config.ReceiptSigningKeyPath, "receipt signing");
        Ed25519Signer? grant = null;
        OpenedLedger? opened = null;
        try
        {
            grant = Require(config.GrantSigningKeyPath, "grant signing");
            Commands.VerifyCommand.RequireLedger(config.LedgerDbPath);
            var history = ReceiptJwks.LoadAndAppend(config.ReceiptKeysJwksPath, receipt, time);
            var publicKeys = new VerificationKeys(Array.ConvertAll([.. history.Keys], static key => key.PublicKey));
            var keys = new GateKeys(grant, receipt);
            var options = new LedgerOptions { AllowVolatile = config.AllowVolatileLedger, EarlierKeys = publicKeys,
                DevMode = config.Posture.IsRelaxed, Webhooks = WebhookSubscriptions.Of(config.Webhooks) };
            var ledger = Ledger.Open(config.LedgerDbPath, receipt, time, options);
            var files = new SigningKeyFiles(config.ReceiptSigningKeyPath, config.GrantSigningKeyPath, config.ReceiptKeysJwksPath);
            var desk = new KeyDesk(files, keys, ledger, publicKeys, history, new GateLog(error, LogLevel.Error, time), time);
            opened = new OpenedLedger(ledger, desk, publicKeys, keys, receipt, grant);
            await desk.ResumeAsync().ConfigureAwait(false);
            return opened;
        }
        catch
        {
            if (opened is null)
            {
                receipt.Dispose();
                grant?.Dispose();
            }

            opened?.Dispose();
            throw;
        }
    }

    private static Ed25519Signer Require(string path, string kind) => KeyFile.TryLoadEd25519(path, kind)
        ?? throw new CliException(ExitCode.Error, "no_signing_key", $"There is no {kind} key at {path}.", "Run this as the gate's user, with its configuration; 'latchgate up' makes the first keys.");
}

/// <summary>A ledger that is held without a gate, and its keys.</summary>
internal sealed class OpenedLedger(Ledger ledger, KeyDesk desk, VerificationKeys publicKeys, GateKeys keys, Ed25519Signer receipt,
    Ed25519Signer grant) : IDisposable
{
    internal Ledger Ledger { get; } = ledger;

    internal KeyDesk Desk { get; } = desk;

    internal VerificationKeys PublicKeys { get; } = publicKeys;

    /// <inheritdoc/>
    public void Dispose()
    {
        // The keys last: the ledger signs its head when it closes.
        Desk.Dispose();
        Ledger.Dispose();
        keys.Dispose();
        receipt.Dispose();
        grant.Dispose();
    }
}
