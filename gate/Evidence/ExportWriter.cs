using LatchGate.Crypto;
using LatchGate.Evidence.Segments;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Writes the lines of an export (<see cref="LedgerExport"/>) in the order of the chain.</summary>
internal sealed class ExportWriter : IDisposable
{
    private readonly Stream _output;
    private readonly CanonicalWriter _writer = new();
    private readonly Database _database;
    private readonly Statement _checkpoints;
    private readonly Statement? _intent;
    private readonly Statement? _receipt;
    private Statement? _approval;
    private bool _checkpoint;

    internal ExportWriter(Database database, Stream output, bool records)
    {
        (_database, _output) = (database, output);
        _checkpoints = database.Prepare("SELECT seq, count, head, time, kid, signature FROM checkpoints ORDER BY seq");
        _checkpoint = _checkpoints.Step();
        if (records)
        {
            _intent = database.Prepare("SELECT body FROM intents WHERE seq = ?");
            _receipt = database.Prepare("SELECT kid, body, signature FROM receipts WHERE receipt_id = ?");
        }
    }

    /// <summary>Writes all events, after the record of what was sealed before them.</summary>
    /// <returns>Events written.</returns>
    internal long WriteAll(CancellationToken cancellation)
    {
        if (SegmentTable.Last(_database) is { } last)
        {
            var keyId = last.Record?.KeyId ?? "";
            WriteSigned("{\"kid\":"u8, keyId, ",\"segment\":"u8, last.Text, last.Signature, ",\"type\":\"latchgate-segment-v1\"}"u8);
        }

        using var events = _database.PrepareOnce("SELECT seq, body FROM events ORDER BY seq");
        var count = 0L;
        for (; events.Step(); count++)
        {
            cancellation.ThrowIfCancellationRequested();
            Write(events.Int64(0), events.Bytes(1), null);
        }

        _output.Flush();
        return count;
    }

    /// <summary>Writes an event, what it vouches for, and the checkpoint over it.</summary>
    /// <param name="seq">Its place.</param>
    /// <param name="body">Its text.</param>
    /// <param name="ended">Takes the ids of approvals that this event ended, which are then written as well; null writes none.</param>
    internal void Write(long seq, ReadOnlySpan<byte> body, List<string>? ended)
    {
        WriteLine(body);
        WriteRecords(seq, body, ended);
        while (_checkpoint && _checkpoints.Int64(0) <= seq)
        {
            if (_checkpoints.Int64(0) == seq)
            {
                WriteCheckpoint();
            }

            _checkpoint = _checkpoints.Step();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void WriteRecords(long seq, ReadOnlySpan<byte> body, List<string>? ended)
    {
        var none = default(ColumnCheck);
        if (_intent is null || _receipt is null || !EventText.TryRead(body, ref none, out var e))
        {
            return;
        }

        // The stored texts as they are: what is wrong with one is for the verifier to say.
        if (e.IntentDigest is not null)
        {
            if (_intent.Integer(seq).Step())
            {
                _output.Write("{\"intent\":"u8);
                _output.Write(_intent.Bytes(0));
                WriteLine(",\"type\":\"latchgate-intent-v1\"}"u8);
            }

            _intent.Reset();
        }

        if (e.ReceiptDigest is not null)
        {
            if (_receipt.Text(e.ReceiptId).Step())
            {
                WriteSigned(
                    "{\"kid\":"u8, _receipt.String(0), ",\"receipt\":"u8, _receipt.Bytes(1), _receipt.Bytes(2),
                        ",\"type\":\"latchgate-receipt-v1\"}"u8);
            }

            _receipt.Reset();
        }

        if (ended is not null && e is { ApprovalDigest: { } digest, ApprovalId: { } approval })
        {
            WriteApproval(approval, digest, ended);
        }
    }

    // Its last state only, and only as the event says it: any other row is for the verifier.
    private void WriteApproval(string id, Sha256Digest digest, List<string> ended)
    {
        _approval ??= _database.Prepare($"SELECT {ApprovalTable.Columns} FROM approvals WHERE approval_id = ?");
        try
        {
            if (!_approval.Text(id).Step() || ApprovalTable.Read(_approval) is not { HasEnded: true } approval)
            {
                return;
            }

            var text = approval.ToCanonical(_writer);
            if (text.Digest == digest)
            {
                ended.Add(id);
                _output.Write("{\"approval\":"u8);
                _output.Write(text.Span);
                WriteLine(",\"type\":\"latchgate-approval-v1\"}"u8);
            }
        }
        finally
        {
            _approval.Reset();
        }
    }

    private void WriteSigned(
        ReadOnlySpan<byte> start, string keyId, ReadOnlySpan<byte> name, ReadOnlySpan<byte> record, ReadOnlySpan<byte> signature,
            ReadOnlySpan<byte> end)
    {
        _output.Write(start);
        _output.Write(_writer.Reset().Value(keyId).Finish().Span);
        _output.Write(name);
        _output.Write(record);
        _output.Write(",\"signature\":"u8);
        _output.Write(_writer.Reset().Value(Convert.ToHexStringLower(signature)).Finish().Span);
        WriteLine(end);
    }

    private void WriteCheckpoint() => WriteLine(_writer.Reset().BeginObject()
        .Member("count"u8, _checkpoints.Int64(1))
        .Member("head"u8, _checkpoints.Digest(2))
        .Member("kid"u8, _checkpoints.String(4))
        .Member("seq"u8, _checkpoints.Int64(0))
        .Member("signature"u8, Convert.ToHexStringLower(_checkpoints.Bytes(5)))
        .Member("time"u8, _checkpoints.String(3))
        .Member("type"u8, ExportCheck.CheckpointType)
        .End().Finish().Span);

    private void WriteLine(ReadOnlySpan<byte> line)
    {
        _output.Write(line);
        _output.WriteByte((byte)'\n');
    }
}
