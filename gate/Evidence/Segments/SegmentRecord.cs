using System.Globalization;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Evidence.Segments;

/// <summary>
/// What the ledger keeps of events that are in a segment file: enough to check the file, and to check the rest of the chain without it.
/// Its canonical text is in the event <c>ledger_sealed</c> and is signed with the receipt key.
/// </summary>
/// <remarks>
/// <code>
/// {"bytes":n,"file":name,"file_sha256":digest,"first_seq":n,"head":digest,"kid":…,"last_seq":n,"last_time":time,"number":n,
///  "prev_head":digest|null,"previous":digest|null,"receipts":n,"sealed_at":time,"state_digest":digest,"type":"latchgate-segment-v1"}
/// </code>
/// </remarks>
internal sealed class SegmentRecord
{
    internal const string Type = "latchgate-segment-v1";

    /// <summary>From 1 without gaps.</summary>
    internal required long Number { get; init; }

    /// <summary>The file's name, without its directory.</summary>
    internal required string File { get; init; }

    /// <summary>The file's length.</summary>
    internal required long Bytes { get; init; }

    /// <summary>SHA-256 of the whole file.</summary>
    internal required Sha256Digest FileDigest { get; init; }

    /// <summary>The first event in the file.</summary>
    internal required long FirstSeq { get; init; }

    /// <summary>The last event in the file; a checkpoint signs it.</summary>
    internal required long LastSeq { get; init; }

    /// <summary>Hash of the event before the first; null before event 1.</summary>
    internal required Sha256Digest? PrevHead { get; init; }

    /// <summary>Hash of the last event.</summary>
    internal required Sha256Digest Head { get; init; }

    /// <summary>When the last event was written, in <see cref="WireTime"/> form.</summary>
    internal required string LastTime { get; init; }

    /// <summary>Receipts in the file.</summary>
    internal required long Receipts { get; init; }

    /// <summary>Digest of what the chain says about the tables after the last event (<see cref="ChainState"/>).</summary>
    internal required Sha256Digest StateDigest { get; init; }

    /// <summary>Digest of the record before this one; null for the first.</summary>
    internal required Sha256Digest? Previous { get; init; }

    /// <summary>When it was sealed.</summary>
    internal required string SealedAt { get; init; }

    /// <summary>The key that signs it.</summary>
    internal required string KeyId { get; init; }

    /// <summary>Events in the file.</summary>
    internal long Events => LastSeq - FirstSeq + 1;

    /// <summary>The name of a segment's file: the same events have the same name.</summary>
    internal static string NameOf(long number, long firstSeq, long lastSeq) =>
        string.Create(CultureInfo.InvariantCulture, $"segment-{number:d6}-{firstSeq}-{lastSeq}.jsonl");

    internal CanonicalBytes ToCanonical(CanonicalWriter writer) => writer.Reset().BeginObject()
        .Member("bytes"u8, (long?)Bytes)
        .Member("file"u8, File)
        .Member("file_sha256"u8, (Sha256Digest?)FileDigest)
        .Member("first_seq"u8, (long?)FirstSeq)
        .Member("head"u8, (Sha256Digest?)Head)
        .Member("kid"u8, KeyId)
        .Member("last_seq"u8, (long?)LastSeq)
        .Member("last_time"u8, LastTime)
        .Member("number"u8, (long?)Number)
        .Member("prev_head"u8, PrevHead)
        .Member("previous"u8, Previous)
        .Member("receipts"u8, (long?)Receipts)
        .Member("sealed_at"u8, SealedAt)
        .Member("state_digest"u8, (Sha256Digest?)StateDigest)
        .Member("type"u8, Type)
        .End().Finish();

    /// <summary>Reads the canonical text; null when it is none.</summary>
    internal static SegmentRecord? TryRead(ReadOnlyMemory<byte> text)
    {
        if (!Jcs.IsCanonical(text.Span, JsonLimits.Evidence))
        {
            return null;
        }

        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        return root.ValueKind == JsonValueKind.Object && Text(root, "type"u8) == Type
            && Text(root, "file"u8) is { } file && Text(root, "kid"u8) is { } kid && Text(root, "last_time"u8) is { } lastTime
            && Text(root, "sealed_at"u8) is { } sealedAt
            && Digest(root, "file_sha256"u8) is { } fileDigest && Digest(root, "head"u8) is { } head
            && Digest(root, "state_digest"u8) is { } state
            && Integer(root, "number"u8) is { } number && Integer(root, "first_seq"u8) is { } first
            && Integer(root, "last_seq"u8) is { } last
            && Integer(root, "bytes"u8) is { } bytes && Integer(root, "receipts"u8) is { } receipts
            ? new SegmentRecord
            {
                Number = number,
                File = file,
                Bytes = bytes,
                FileDigest = fileDigest,
                FirstSeq = first,
                LastSeq = last,
                PrevHead = Digest(root, "prev_head"u8),
                Head = head,
                LastTime = lastTime,
                Receipts = receipts,
                StateDigest = state,
                Previous = Digest(root, "previous"u8),
                SealedAt = sealedAt,
                KeyId = kid,
            }
            : null;
    }

    private static string? Text(JsonElement root, ReadOnlySpan<byte> name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Integer(JsonElement root, ReadOnlySpan<byte> name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : null;

    private static Sha256Digest? Digest(JsonElement root, ReadOnlySpan<byte> name) =>
        Text(root, name) is { } text && Sha256Digest.TryParse(text, out var digest) ? digest : null;
}
