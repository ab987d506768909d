using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Storage;
using LatchGate.Telemetry;
using LatchGate.Tests.Evidence;

namespace LatchGate.Tests.Pipeline;

/// <summary>A rotation whose event the disk did not confirm: it may be in the chain at the next start, or not.</summary>
public sealed class KeyDeskTests : IDisposable
{
    private readonly TempLedger _temp = new(open: false);
    private bool _refuses;

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("receipt")]
    [InlineData("grant")]
    public async Task A_rotation_that_the_disk_did_not_confirm_is_completed_at_the_next_start_if_the_chain_has_it(string word)
    {
        Assert.True(SigningKeyKinds.TryParse(word, out var kind));
        var announcement = TempLedger.Event(type: EventTypes.GrantKeyRotated);
        string before;
        using (var start = await StartAsync())
        {
            before = start.Keys.Of(kind).KeyId;
            _refuses = true;
            Assert.Equal(new KeyRotation(KeyRotationOutcome.NotRecorded, "", before), await start.Desk.RotateAsync(kind, announcement));

            // An operator who tries again takes nothing from what the next start has to decide.
            Assert.Equal(new KeyRotation(KeyRotationOutcome.NotRecorded, "", before), await start.Desk.RotateAsync(kind, announcement));
            Assert.Equal(before, start.Keys.Of(kind).KeyId);
        }

        _refuses = false;
        using var next = await StartAsync();
        var rotation = Assert.Single(next.Ledger.Read(static reader => reader.EventsFrom(1, 10)));
        using var json = System.Text.Json.JsonDocument.Parse(rotation.Json);
        Assert.Equal(json.RootElement.GetProperty("detail").GetProperty("kid").GetString(), next.Keys.Of(kind).KeyId);
        Assert.NotEqual(before, next.Keys.Of(kind).KeyId);
    }

    private async Task<Started> StartAsync()
    {
        var files = new SigningKeyFiles(In("receipt.key"), In("grant.key"), In("receipt-keys.jwks"));
        var receipt = KeyFile.LoadOrCreateEd25519(files.Receipt, "receipt signing");
        var grant = KeyFile.LoadOrCreateEd25519(files.Grant, "grant signing");
        var history = ReceiptJwks.LoadAndAppend(files.History, receipt, _temp.Time);
        var publicKeys = new VerificationKeys(Array.ConvertAll([.. history.Keys], static key => key.PublicKey));
        var ledger = Ledger.Open(_temp.Path, receipt, _temp.Time, TempLedger.Options with { EarlierKeys = publicKeys, Sync = Sync });
        var keys = new GateKeys(grant, receipt);
        var started = new Started(
            ledger, keys, receipt, grant, new KeyDesk(files, keys, ledger, publicKeys, history, new GateLog(TextWriter.Null, LogLevel.Error, _temp.Time), _temp.Time));
        await started.Desk.ResumeAsync();
        return started;
    }

    private void Sync()
    {
        if (_refuses)
        {
            throw DatabaseException.Unconfirmed("of the test");
        }
    }

    private string In(string name) => Path.Combine(_temp.Folder, name);

    private sealed record Started(Ledger Ledger, GateKeys Keys, Ed25519Signer Receipt, Ed25519Signer Grant, KeyDesk Desk) : IDisposable
    {
        public void Dispose()
        {
            Desk.Dispose();
            Ledger.Dispose();
            Keys.Dispose();
            Receipt.Dispose();
            Grant.Dispose();
        }
    }
}
