using System.Text.Json;
using System.Text.Unicode;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>The JOSE header of a lease: <c>{"typ":"JWT","alg":"ES256","kid":"…"}</c>. <c>typ</c> and unknown members are not judged.</summary>
internal static class LeaseHeader
{
    private const int MaxHeaderBytes = 1024;

    internal static LeaseFault Check(ReadOnlySpan<byte> segment, string keyId)
    {
        Span<byte> json = stackalloc byte[MaxHeaderBytes];
        if (!StrictBase64Url.TryDecode(segment, json, out var length) || !Utf8.IsValid(json[..length]))
        {
            return LeaseFault.Malformed;
        }

        try
        {
            var reader = new Utf8JsonReader(json[..length], new JsonReaderOptions { MaxDepth = 4 });
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? CheckMembers(ref reader, keyId) : LeaseFault.Malformed;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return LeaseFault.Malformed;
        }
    }

    private static LeaseFault CheckMembers(ref Utf8JsonReader reader, string keyId)
    {
        var names = new JsonNameSet(stackalloc byte[JsonNameSet.StorageSize]);
        var (isEs256, isKnownKey, hasCrit) = (false, false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!names.TryAdd(in reader))
            {
                return LeaseFault.Malformed;
            }

            var isAlg = reader.ValueTextEquals("alg"u8);
            var isKid = reader.ValueTextEquals("kid"u8);
            hasCrit |= reader.ValueTextEquals("crit"u8);
            reader.Read();
            var isString = reader.TokenType == JsonTokenType.String;
            isEs256 |= isAlg && isString && reader.ValueTextEquals("ES256"u8);
            isKnownKey |= isKid && isString && reader.ValueTextEquals(keyId);
            reader.Skip();
        }

        return reader.TokenType != JsonTokenType.EndObject || reader.Read() ? LeaseFault.Malformed
            : !isEs256 || hasCrit ? LeaseFault.Algorithm
            : !isKnownKey ? LeaseFault.UnknownKey
            : LeaseFault.None;
    }
}
