using System.Text.Json;
using System.Text.Unicode;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>The payload of a proof (RFC 9449 §4.2): <c>{"jti":…,"htm":…,"htu":…,"iat":integer,"ath":…}</c>; other claims are ignored.</summary>
internal ref struct DpopClaims
{
    internal ReadOnlySpan<byte> Jti { get; private set; }

    internal ReadOnlySpan<byte> Htm { get; private set; }

    internal ReadOnlySpan<byte> Htu { get; private set; }

    internal ReadOnlySpan<byte> Ath { get; private set; }

    /// <summary>Unix seconds.</summary>
    internal long Iat { get; private set; }

    /// <summary>Reads the claims; the result names what is wrong, or is null.</summary>
    /// <param name="json">The decoded payload, whose signature was verified.</param>
    /// <param name="scratch">As long as <paramref name="json"/>; the claims point into it.</param>
    /// <param name="claims">The claims.</param>
    internal static string? TryRead(ReadOnlySpan<byte> json, Span<byte> scratch, out DpopClaims claims)
    {
        claims = default;
        if (!Utf8.IsValid(json))
        {
            return "not UTF-8";
        }

        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return "not a JSON object";
            }

            var read = new DpopClaims();
            var fault = read.ReadMembers(ref reader, scratch);
            claims = read;
            return fault ?? (reader.Read() ? "not a JSON object" : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half a surrogate pair.
            return "not valid JSON";
        }
    }

    private string? ReadMembers(scoped ref Utf8JsonReader reader, Span<byte> scratch)
    {
        var names = new JsonNameSet(stackalloc byte[JsonNameSet.StorageSize]);
        var used = 0;
        var (hasJti, hasHtm, hasHtu, hasAth, hasIat) = (false, false, false, false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!names.TryAdd(in reader))
            {
                return "duplicate or too many members";
            }

            if (reader.ValueTextEquals("jti"u8))
            {
                reader.Read();
                Jti = JsonStrings.ReadOrSkip(ref reader, scratch, ref used, out hasJti);
            }
            else if (reader.ValueTextEquals("htm"u8))
            {
                reader.Read();
                Htm = JsonStrings.ReadOrSkip(ref reader, scratch, ref used, out hasHtm);
            }
            else if (reader.ValueTextEquals("htu"u8))
            {
                reader.Read();
                Htu = JsonStrings.ReadOrSkip(ref reader, scratch, ref used, out hasHtu);
            }
            else if (reader.ValueTextEquals("ath"u8))
            {
                reader.Read();
                Ath = JsonStrings.ReadOrSkip(ref reader, scratch, ref used, out hasAth);
            }
            else if (reader.ValueTextEquals("iat"u8))
            {
                reader.Read();

                // 1.0 and 1e9 are JSON numbers but not integers as written; they are refused.
                hasIat = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var iat);
                Iat = hasIat ? reader.GetInt64() : 0;
                reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return !hasJti ? "jti must be a string"
            : !hasHtm ? "htm must be a string"
            : !hasHtu ? "htu must be a string"
            : !hasIat ? "iat must be an integer"
            : !hasAth ? "ath must be a string"
            : null;
    }
}
