using System.Security.Cryptography;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Json;
using LatchGate.Storage;
using LatchGate.Telemetry;

namespace LatchGate.Pipeline;

/// <summary>
/// Replaces signing keys, for a running gate and without one. The steps are such that a crash between any two leaves a gate that starts,
/// a chain that says what happened, and receipts that verify.
/// </summary>
/// <remarks>
/// <code>
/// 1  the new seed beside the old one, as FILE.next                      crash: forgotten at the next start
/// 2  its public half in the history (receipt key)                       crash: a key that signed nothing is in the history
/// 3  the event, and a checkpoint over it, signed by the old key         crash, or a sync that fails: the next start goes on with step 4 if
///                                                                       the chain has the event, and else forgets the new seed
/// 4  FILE.next over FILE
/// 5  this process signs with the new key
/// </code>
/// </remarks>
internal sealed class KeyDesk : IDisposable
{
    private readonly SigningKeyFiles _files;
    private readonly GateKeys _keys;
    private readonly Ledger _ledger;
    private readonly VerificationKeys _verificationKeys;
    private readonly GateLog _log;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile ReceiptJwks _history;

    internal KeyDesk(
        SigningKeyFiles files, GateKeys keys, Ledger ledger, VerificationKeys verificationKeys, ReceiptJwks history, GateLog log, TimeProvider time) =>
        (_files, _keys, _ledger, _verificationKeys, _history, _log, _time) = (files, keys, ledger, verificationKeys, history, log, time);

    /// <summary>All receipt keys there ever were.</summary>
    internal ReceiptJwks History => _history;

    /// <summary>Makes a new key and signs with it from then on.</summary>
    /// <param name="kind">Which key.</param>
    /// <param name="announcement">Who asks; the rest is filled in.</param>
    internal async ValueTask<KeyRotation> RotateAsync(SigningKeyKind kind, AuditEvent announcement)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            return await ReplaceAsync(kind, announcement).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StartupException)
        {
            _log.Error("key_rotation_failed", $"the {kind.ToWire()} signing key stays as it is: {e.Message}");
            return new KeyRotation(KeyRotationOutcome.NotWritten, "", _keys.Of(kind).KeyId);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends rotations that a crash cut short: completes what the chain says was done, and forgets the rest.</summary>
    /// <exception cref="StartupException">A file is unsafe, damaged or cannot be replaced.</exception>
    internal async ValueTask ResumeAsync()
    {
        try
        {
            await ResumeAsync(SigningKeyKind.Receipt).ConfigureAwait(false);
            await ResumeAsync(SigningKeyKind.Grant).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                StartupError.SigningKeyFailed, $"A rotation of a signing key was cut short, and cannot be ended: {e.Message}", "Make the keys' directory writable for the gate's user.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async ValueTask<KeyRotation> ReplaceAsync(SigningKeyKind kind, AuditEvent announcement)
    {
        var (file, previous) = (_files.Of(kind), _keys.Of(kind).KeyId);
        if (IsUnknown())
        {
            return new KeyRotation(KeyRotationOutcome.NotRecorded, "", previous);
        }

        var next = MakeKey(NextOf(file));
        var inForce = false;
        try
        {
            Publish(kind, next);
            var written = await _ledger.RecordKeyChangeAsync(announcement with
            {
                EventType = TypeOf(kind),
                Decision = AuditDecision.Allow,
                DenyReason = $"{previous} => {next.KeyId}",
                Detail = DetailOf(next.KeyId, previous),
            }).ConfigureAwait(false);
            if (!written.IsDurable)
            {
                if (!IsUnknown())
                {
                    File.Delete(NextOf(file));
                }

                return new KeyRotation(KeyRotationOutcome.NotRecorded, "", previous);
            }

            AtomicFile.MoveOver(NextOf(file), file);
            inForce = true;
            await UseAsync(kind, next).ConfigureAwait(false);
            _log.Info("key_rotated", $"the {kind.ToWire()} signing key is {next.KeyId}, and was {previous}");
            return new KeyRotation(KeyRotationOutcome.Done, next.KeyId, previous);
        }
        finally
        {
            if (!inForce)
            {
                next.Dispose();
            }
        }
    }

    // After a failed sync nobody knows whether the event is in the chain. The next start reads it, and needs the seed if it is.
    private bool IsUnknown() => _ledger.Failure is { IsFinal: true };

    private async ValueTask ResumeAsync(SigningKeyKind kind)
    {
        var file = _files.Of(kind);
        var nextFile = NextOf(file);
        if (!File.Exists(nextFile))
        {
            return;
        }

        var recorded = _ledger.Read(reader => reader.QueryEvents(new EventQuery { EventType = TypeOf(kind), Limit = 1 }));
        var next = KeyFile.LoadOrCreateEd25519(nextFile, $"{kind.ToWire()} signing");
        if (recorded.Count == 0 || !Names(recorded[0], next.KeyId))
        {
            next.Dispose();
            File.Delete(nextFile);
            _log.Warn("key_rotation_forgotten", $"a rotation of the {kind.ToWire()} signing key was cut short before it was recorded; the key is the old one");
            return;
        }

        Publish(kind, next);
        AtomicFile.MoveOver(nextFile, file);
        await UseAsync(kind, next).ConfigureAwait(false);
        _log.Warn("key_rotation_completed", $"a rotation that was cut short is complete: the {kind.ToWire()} signing key is {next.KeyId}");
    }

    private void Publish(SigningKeyKind kind, Ed25519Signer next)
    {
        if (kind == SigningKeyKind.Receipt)
        {
            _history = ReceiptJwks.LoadAndAppend(_files.History, next, _time);
            _verificationKeys.Add(next.PublicKey.ToArray());
        }
    }

    private async ValueTask UseAsync(SigningKeyKind kind, Ed25519Signer next)
    {
        _keys.Replace(kind, next);
        if (kind == SigningKeyKind.Receipt)
        {
            await _ledger.UseSignerAsync(next).ConfigureAwait(false);
        }
    }

    private static Ed25519Signer MakeKey(string file)
    {
        using var seed = new SecureMemory(Ed25519.SeedSize);
        RandomNumberGenerator.Fill(seed.Span);
        AtomicFile.Replace(file, seed.Span);
        return new Ed25519Signer(seed.Span);
    }

    private static bool Names(StoredEvent e, string keyId)
    {
        using var document = System.Text.Json.JsonDocument.Parse(e.Json);
        return document.RootElement.TryGetProperty("detail"u8, out var detail) && detail.TryGetProperty("kid"u8, out var kid)
            && kid.ValueEquals(keyId);
    }

    private static CanonicalBytes DetailOf(string keyId, string previous)
    {
        using var json = new CanonicalWriter();
        return json.BeginObject().Member("kid"u8, keyId).Member("previous_kid"u8, previous).End().Finish();
    }

    private static string NextOf(string file) => file + ".next";

    private static string TypeOf(SigningKeyKind kind) => kind == SigningKeyKind.Grant ? EventTypes.GrantKeyRotated : EventTypes.ReceiptKeyRotated;
}

/// <summary>Where the signing keys are.</summary>
/// <param name="Receipt">The receipt key's seed.</param>
/// <param name="Grant">The grant key's seed.</param>
/// <param name="History">The public halves of all receipt keys.</param>
internal sealed record SigningKeyFiles(string Receipt, string Grant, string History)
{
    /// <summary>The seed of a kind.</summary>
    internal string Of(SigningKeyKind kind) => kind == SigningKeyKind.Grant ? Grant : Receipt;
}

/// <summary>What became of a rotation.</summary>
/// <param name="Outcome">Whether it is in force.</param>
/// <param name="KeyId">The new key; empty when there is none.</param>
/// <param name="PreviousKeyId">The key before, which stays in force without a new one.</param>
internal sealed record KeyRotation(KeyRotationOutcome Outcome, string KeyId, string PreviousKeyId);

/// <summary>Whether a rotation is in force.</summary>
internal enum KeyRotationOutcome
{
    /// <summary>The new key signs, and the chain says so.</summary>
    Done,

    /// <summary>A file could not be written; the old key signs. If the event is in the chain, the next start completes the rotation.</summary>
    NotWritten,

    /// <summary>
    /// The ledger could not record it; the old key signs. If the event is in the chain after a failed sync, the next start completes the rotation.
    /// </summary>
    NotRecorded,
}
