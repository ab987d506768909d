using System.Globalization;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// Fields of a UUID (RFC 9562 §4; version 2 as in DCE 1.1). Four spellings: plain, <c>urn:uuid:</c>, in brackets, and without hyphens.
/// </summary>
internal static class Uuids
{
    private const string Urn = "urn:uuid:";

    // 100 ns intervals from 1582-10-15 to 1970-01-01.
    private const long GregorianEpoch = 0x01B21DD213814000;

    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["uuid.parse"] = static (a, e) => Strings.Text(a[0], e, out var text) ? Parse(text) ?? e.Fail(BuiltinError.Value) : null;
    }

    private static RegoObject? Parse(string text)
    {
        Span<byte> id = stackalloc byte[16];
        if (!TryRead(text, id))
        {
            return null;
        }

        var version = id[6] >> 4;
        var fields = new RegoObject();
        fields.Set("version", RegoNumber.Of(version));
        fields.Set("variant", new RegoString(Variant(id[8])));
        if (version is 1 or 2)
        {
            SetNode(fields, id);
        }

        if (version == 2)
        {
            fields.Set("id", RegoNumber.Of(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(id)));
            fields.Set("domain", new RegoString(id[9] switch
            {
                0 => "Person",
                1 => "Group",
                2 => "Org",
                _ => "Domain" + id[9].ToString(CultureInfo.InvariantCulture),
            }));
        }

        return fields;
    }

    private static void SetNode(RegoObject fields, ReadOnlySpan<byte> id)
    {
        var ticks = ((long)(id[6] & 0x0F) << 56) | ((long)id[7] << 48) | ((long)id[4] << 40) | ((long)id[5] << 32)
            | System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(id);
        fields.Set("time", RegoNumber.Of(unchecked((ticks - GregorianEpoch) * 100)));
        fields.Set("clocksequence", RegoNumber.Of(((id[8] & 0x3F) << 8) | id[9]));
        fields.Set("nodeid", new RegoString(BitConverter.ToString(id[10..].ToArray()).ToLowerInvariant()));
        fields.Set("macvariables", new RegoString((id[10] & 3) switch
        {
            0 => "global:unicast",
            1 => "global:multicast",
            2 => "local:unicast",
            _ => "local:multicast",
        }));
    }

    private static string Variant(byte octet) => octet switch
    {
        < 0x80 => "Reserved",
        < 0xC0 => "RFC4122",
        < 0xE0 => "Microsoft",
        _ => "Future",
    };

    private static bool TryRead(ReadOnlySpan<char> text, Span<byte> id)
    {
        if (text.Length == 45 && text.StartsWith(Urn, StringComparison.OrdinalIgnoreCase))
        {
            text = text[Urn.Length..];
        }
        else if (text.Length == 38)
        {
            text = text[1..^1];
        }

        return text.Length is 36 or 32 && Guid.TryParseExact(text, text.Length == 36 ? "D" : "N", out var guid) && guid.TryWriteBytes(id, bigEndian: true, out _);
    }
}
