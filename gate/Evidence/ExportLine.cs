using System.Text;
using System.Text.Json;
using LatchGate.Crypto;

namespace LatchGate.Evidence;

/// <summary>A line of an export that is no event: a checkpoint, an intent or a receipt.</summary>
internal sealed class ExportLine
{
    internal string? Type { get; private set; }

    internal long Seq { get; private set; }

    internal long Count { get; private set; }

    internal Sha256Digest? Head { get; private set; }

    internal string? Time { get; private set; }

    internal string? KeyId { get; private set; }

    /// <summary>Empty when there is none, or none in hexadecimal.</summary>
    internal byte[] Signature { get; private set; } = [];

    /// <summary>Where in the line the record's own text lies, which is canonical because the line is.</summary>
    internal Range Record { get; private set; }

    /// <summary>The type of line that <see cref="Record"/> belongs in; null without a record.</summary>
    internal string? RecordType { get; private set; }

    /// <summary>Reads a line; false when it has a member that no such line has.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> line, out ExportLine read)
    {
        read = new ExportLine();
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = Json.JsonLimits.DeepestAllowed });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Encoding.UTF8.GetString(reader.ValueSpan);
            reader.Read();
            if (!read.Take(name, ref reader))
            {
                return false;
            }
        }

        return read.Type == (read.RecordType ?? ExportCheck.CheckpointType);
    }

    private bool Take(string name, ref Utf8JsonReader reader)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        switch (name)
        {
            case "type" when text is not null:
                Type = text;
                return true;
            case "time" when text is not null:
                Time = text;
                return true;
            case "kid" when text is not null:
                KeyId = text;
                return true;
            case "head" when text is not null && Sha256Digest.TryParse(text, out var head):
                Head = head;
                return true;
            case "signature" when text is not null:
                var bytes = new byte[text.Length / 2];
                Signature = Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == bytes.Length ? bytes : [];
                return true;
            case "seq" when reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var seq):
                Seq = seq;
                return true;
            case "count" when reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count):
                Count = count;
                return true;
            case "intent" or "receipt" or "approval" or "segment" when reader.TokenType == JsonTokenType.StartObject && RecordType is null:
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                (Record, RecordType) = (start..(int)reader.BytesConsumed, $"latchgate-{name}-v1");
                return true;
            default:
                return false;
        }
    }
}
