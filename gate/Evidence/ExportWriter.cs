using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Writes the lines of an export (<see cref="LedgerExport"/>) in the order of the chain.</summary>
internal sealed class ExportWriter : IDisposable
{
    private readonly Stream _output;
    private readonly CanonicalWriter _writer = new();
    private readonly Statement _events;
    private readonly Statement _checkpoints;
    private readonly Statement? _intent;
    private readonly Statement? _receipt;

    internal ExportWriter(Database database, Stream output, bool records)
    {
        _output = output;
        _events = database.Prepare("SELECT seq, body FROM events ORDER BY seq");
        _checkpoints = database.Prepare("SELECT seq, count, head, time, kid, signature FROM checkpoints ORDER BY seq");
        if (records)
        {
            _intent = database.Prepare("SELECT body FROM intents WHERE seq = ?");
            _receipt = database.Prepare("SELECT kid, body, signature FROM receipts WHERE receipt_id = ?");
        }
    }

    /// <returns>Events written.</returns>
    internal long WriteAll(CancellationToken cancellation)
    {
        var count = 0L;
        var checkpoint = _checkpoints.Step();
        while (_events.Step())
        {
            cancellation.ThrowIfCancellationRequested();
            var seq = _events.Int64(0);
            var body = _events.Bytes(1);
            WriteLine(body);
            WriteRecords(seq, body);
            if (checkpoint && _checkpoints.Int64(0) == seq)
            {
                WriteCheckpoint();
                checkpoint = _checkpoints.Step();
            }

            count++;
        }

        _output.Flush();
        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void WriteRecords(long seq, ReadOnlySpan<byte> body)
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
                _output.Write("{\"kid\":"u8);
                _output.Write(_writer.Reset().Value(_receipt.String(0)).Finish().Span);
                _output.Write(",\"receipt\":"u8);
                _output.Write(_receipt.Bytes(1));
                _output.Write(",\"signature\":"u8);
                _output.Write(_writer.Reset().Value(Convert.ToHexStringLower(_receipt.Bytes(2))).Finish().Span);
                WriteLine(",\"type\":\"latchgate-receipt-v1\"}"u8);
            }

            _receipt.Reset();
        }
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
