using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Evidence.Segments;

/// <summary>A segment's row.</summary>
internal sealed class StoredSegment(long number, byte[] text, SegmentRecord? record, byte[] signature, byte[]? state)
{
    /// <summary>Its key.</summary>
    internal long Number { get; } = number;

    /// <summary>Canonical text of the record, as the event holds it.</summary>
    internal byte[] Text { get; } = text;

    /// <summary>What that says; null when it says nothing.</summary>
    internal SegmentRecord? Record { get; } = record;

    /// <summary>Over the text's digest.</summary>
    internal byte[] Signature { get; } = signature;

    /// <summary>The tables' state after the segment; kept of the last one alone.</summary>
    internal byte[]? State { get; } = state;

    /// <summary>Digest of the text, which is signed, and which the next record names.</summary>
    internal Sha256Digest Digest => Sha256Digest.Of(Text);
}

/// <summary>Segments: what was taken out of the ledger into files.</summary>
internal sealed class SegmentTable(Database database)
{
    private const string SelectAll = "SELECT number, record, signature, state FROM segments ORDER BY number";
    private const string SelectLast = "SELECT number, record, signature, state FROM segments ORDER BY number DESC LIMIT 1";

    private readonly Statement _forgetState = database.Prepare("UPDATE segments SET state = NULL");
    private readonly Statement _insert = database.Prepare("INSERT INTO segments(number, record, signature, state) VALUES(?, ?, ?, ?)");

    internal void Insert(SegmentRecord record, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> state)
    {
        _forgetState.Run();
        _insert.Integer(record.Number).Blob(text).Blob(signature).Blob(state).Run();
    }

    internal StoredSegment? Last() => Last(database);

    internal static List<StoredSegment> All(Database database) => Collect(database, SelectAll);

    internal static StoredSegment? Last(Database database) => Collect(database, SelectLast) is [var last] ? last : null;

    /// <summary>The segment that a record with this id is in, if there is such a record: a UUIDv7 says when it was made.</summary>
    internal static SegmentRecord? Of(Database database, string id)
    {
        if (!Guid.TryParseExact(id, "D", out var uuid) || uuid.Version != 7)
        {
            return null;
        }

        // RFC 9562 §5.7: the first 48 bits are milliseconds.
        var milliseconds = Convert.ToInt64(id[..8] + id[9..13], 16);
        foreach (var segment in All(database))
        {
            if (segment.Record is { } record && WireTime.TryParse(record.LastTime, out var last)
                && milliseconds <= last.ToUnixTimeMilliseconds())
            {
                return record;
            }
        }

        return null;
    }

    private static List<StoredSegment> Collect(Database database, string sql)
    {
        using var rows = database.PrepareOnce(sql);
        var segments = new List<StoredSegment>();
        while (rows.Step())
        {
            var text = rows.Bytes(1).ToArray();
            var state = rows.IsNull(3) ? null : rows.Bytes(3).ToArray();
            segments.Add(new StoredSegment(rows.Int64(0), text, SegmentRecord.TryRead(text), rows.Bytes(2).ToArray(), state));
        }

        return segments;
    }
}
