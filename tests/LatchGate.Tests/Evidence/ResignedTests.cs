using System.Text;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Evidence.Segments;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Tests.Evidence;

/// <summary>An attacker changes a record and signs it anew, with a key of his own: under its own id, and under that of the gate's
/// key.</summary>
public sealed class ResignedTests
{
    [Theory]
    [InlineData(true, "unknown_key_id")]
    [InlineData(false, "invalid")]
    public async Task A_receipt_that_somebody_else_signed_is_named(bool ownId, string status)
    {
        using var temp = await TamperTests.FilledAsync();
        using var other = new Ed25519Signer(new byte[32]);
        using (var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite))
        {
            var digest = Sha256Digest.Of(Read(database, "SELECT body FROM receipts WHERE intent_seq = 4"));
            Change(database, "UPDATE receipts SET signature = ?, kid = ? WHERE intent_seq = 4", HashSignature.Sign(digest, other), ownId
                ? other.KeyId : temp.Signer.KeyId);
        }

        var defect = LedgerVerifier.Verify(temp.Path, temp.Keys).Defect!;
        Assert.Equal((LedgerDefectKind.ReceiptSignature, 5L), (defect.Kind, defect.Seq));
        Assert.Contains(status, defect.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "unknown_key_id")]
    [InlineData(false, "invalid")]
    public async Task A_chain_that_was_written_anew_and_signed_by_somebody_else_is_named(bool ownId, string status)
    {
        using var temp = await TamperTests.FilledAsync();
        using var other = new Ed25519Signer(new byte[32]);
        using (var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite))
        {
            var body = Encoding.UTF8.GetBytes(
                Encoding.UTF8.GetString(Read(database, "SELECT body FROM events WHERE seq = 11")).Replace("\"owner\":\"ops\"",
                    "\"owner\":\"eve\"", StringComparison.Ordinal));
            var head = Sha256Digest.Of(body);
            using (var update = database.PrepareOnce("UPDATE events SET body = ?, hash = ? WHERE seq = 11"))
            {
                Assert.Equal(1, update.Blob(body).Blob(head.Bytes).Run());
            }

            var kid = ownId ? other.KeyId : temp.Signer.KeyId;
            var time = Encoding.UTF8.GetString(Read(database, "SELECT time FROM checkpoints"));
            Change(database, "UPDATE checkpoints SET signature = ?, kid = ?",
                HashSignature.Sign(CheckpointTable.DigestOf(11, 11, head, time, kid), other), kid);
            using var heads = database.PrepareOnce("UPDATE checkpoints SET head = ?");
            Assert.Equal(1, heads.Blob(head.Bytes).Run());
        }

        var defect = LedgerVerifier.Verify(temp.Path, temp.Keys).Defect!;
        Assert.Equal((LedgerDefectKind.CheckpointInvalid, 11L), (defect.Kind, defect.Seq));
        Assert.Contains(status, defect.Detail, StringComparison.Ordinal);
    }

    // The chain before the base would then be whatever he says.
    [Theory]
    [InlineData(true, "unknown_key_id")]
    [InlineData(false, "invalid")]
    public async Task A_base_that_somebody_else_signed_is_named(bool ownId, string status)
    {
        using var rig = await SealRig.SealedAsync();
        using var other = new Ed25519Signer(new byte[32]);
        using (var database = Database.Open(rig.Temp.Path, DatabaseAccess.ReadWrite))
        using (var writer = new CanonicalWriter())
        {
            var record = Encoding.UTF8.GetString(Read(database, "SELECT record FROM segments WHERE number = 2"));
            record = record.Replace("\"receipts\":1", "\"receipts\":0", StringComparison.Ordinal);
            record = ownId ? record.Replace(rig.Temp.Signer.KeyId, other.KeyId, StringComparison.Ordinal) : record;
            var forged = SegmentRecord.TryRead(Encoding.UTF8.GetBytes(record))!.ToCanonical(writer);
            using var update = database.PrepareOnce("UPDATE segments SET record = ?, signature = ? WHERE number = 2");
            Assert.Equal(1, update.Blob(forged.Span).Blob(HashSignature.Sign(forged.Digest, other)).Run());
        }

        var defect = rig.Verify().Defect!;
        Assert.Equal(LedgerDefectKind.SegmentChanged, defect.Kind);
        Assert.StartsWith($"segment 2: its signature is {status}", defect.Detail, StringComparison.Ordinal);
    }

    private static byte[] Read(Database database, string sql)
    {
        using var row = database.PrepareOnce(sql);
        Assert.True(row.Step());
        return row.Bytes(0).ToArray();
    }

    private static void Change(Database database, string sql, byte[] signature, string keyId)
    {
        using var update = database.PrepareOnce(sql);
        Assert.Equal(1, update.Blob(signature).Text(keyId).Run());
    }
}
