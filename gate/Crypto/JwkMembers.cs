using System.Text.Json;

namespace LatchGate.Crypto;

/// <summary>Why the coordinates of a JWK are unusable.</summary>
internal enum JwkCoordinateFault
{
    /// <summary>Both are 32 bytes of strict base64url.</summary>
    None,

    /// <summary><c>x</c> is not strict base64url.</summary>
    XEncoding,

    /// <summary><c>y</c> is not strict base64url.</summary>
    YEncoding,

    /// <summary>A coordinate is not 32 bytes long.</summary>
    Length,
}

/// <summary>The members of an elliptic-curve JWK (RFC 7518 §6.2) as sent: strings in a scratch buffer, nothing decoded.</summary>
internal ref struct JwkMembers
{
    internal ReadOnlySpan<byte> Kty { get; private set; }

    internal ReadOnlySpan<byte> Crv { get; private set; }

    internal ReadOnlySpan<byte> X { get; private set; }

    internal ReadOnlySpan<byte> Y { get; private set; }

    internal bool HasKty { get; private set; }

    internal bool HasCrv { get; private set; }

    internal bool HasX { get; private set; }

    internal bool HasY { get; private set; }

    /// <summary>The private scalar was sent along, in whatever type.</summary>
    internal bool HasD { get; private set; }

    /// <summary>Reads the object that <paramref name="reader"/> stands at the start of; false when a member is duplicated.</summary>
    internal static bool TryRead(scoped ref Utf8JsonReader reader, Span<byte> scratch, scoped ref int used, out JwkMembers jwk)
    {
        jwk = default;
        var names = new JsonNameSet(stackalloc byte[JsonNameSet.StorageSize]);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!names.TryAdd(in reader))
            {
                return false;
            }

            if (reader.ValueTextEquals("kty"u8))
            {
                reader.Read();
                jwk.Kty = JsonStrings.ReadOrSkip(ref reader, scratch, ref used, out var isString);
                jwk.HasKty = isString;
            }
            else if (reader.ValueTextEquals("crv"u8))
            {
                reader.Read();
                jwk.Crv = JsonStrings.ReadOrSkip(ref reader, scratch, ref used, out var isString);
                jwk.HasCrv = isString;
            }
            else if (reader.ValueTextEquals("x"u8))
            {
                reader.Read();
                jwk.X = JsonStrings.ReadOrSkip(ref reader, scratch, ref used, out var isString);
                jwk.HasX = isString;
            }
            else if (reader.ValueTextEquals("y"u8))
            {
                reader.Read();
                jwk.Y = JsonStrings.ReadOrSkip(ref reader, scratch, ref used, out var isString);
                jwk.HasY = isString;
            }
            else
            {
                jwk.HasD |= reader.ValueTextEquals("d"u8);
                reader.Read();
                reader.Skip();
            }
        }

        return reader.TokenType == JsonTokenType.EndObject;
    }

    /// <summary>Decodes both coordinates into 32-byte buffers.</summary>
    internal readonly JwkCoordinateFault TryDecode(Span<byte> x, Span<byte> y)
    {
        var fault = Decode(X, x, JwkCoordinateFault.XEncoding);
        var other = Decode(Y, y, JwkCoordinateFault.YEncoding);

        // Encodings are judged before lengths, x before y.
        return fault == JwkCoordinateFault.Length && other == JwkCoordinateFault.YEncoding ? other
            : fault != JwkCoordinateFault.None ? fault
            : other;
    }

    private static JwkCoordinateFault Decode(ReadOnlySpan<byte> text, Span<byte> destination, JwkCoordinateFault encodingFault)
    {
        const int Longest = 132;
        if (text.Length > Longest)
        {
            return JwkCoordinateFault.Length;
        }

        Span<byte> bytes = stackalloc byte[Longest];
        if (!StrictBase64Url.TryDecode(text, bytes, out var written))
        {
            return encodingFault;
        }

        if (written != P256PublicKey.CoordinateSize)
        {
            return JwkCoordinateFault.Length;
        }

        bytes[..written].CopyTo(destination);
        return JwkCoordinateFault.None;
    }
}
