using System.Globalization;
using System.Text.Json;

namespace LatchGate.Crypto;

/// <summary>Reads a file of <see cref="ReceiptJwks"/>, all of it or nothing.</summary>
internal static class ReceiptJwksReader
{
    /// <exception cref="JsonException">The file is not a JWK set of Ed25519 keys; the message names the entry.</exception>
    internal static List<ReceiptKey> Read(ReadOnlyMemory<byte> content)
    {
        using var document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 8 });
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("keys"u8, out var array) || array.ValueKind != JsonValueKind.Array)
        {
            throw new JsonException("it has no array of keys");
        }

        var keys = new List<ReceiptKey>();
        foreach (var element in array.EnumerateArray())
        {
            var key = ReadKey(element, keys.Count);
            if (keys.Exists(k => string.Equals(k.KeyId, key.KeyId, StringComparison.Ordinal)))
            {
                throw new JsonException($"entry {keys.Count} repeats the kid {key.KeyId}");
            }

            keys.Add(key);
        }

        return keys;
    }

    private static ReceiptKey ReadKey(JsonElement element, int index)
    {
        if (element.ValueKind != JsonValueKind.Object
            || Text(element, "kty") != "OKP" || Text(element, "crv") != "Ed25519" || (Text(element, "alg") ?? "EdDSA") != "EdDSA")
        {
            throw new JsonException($"entry {index} is not an Ed25519 key");
        }

        var publicKey = ReadPublicKey(element, index);
        if (Text(element, "kid") is not { } keyId || keyId != Ed25519Signer.KeyIdOf(publicKey))
        {
            throw new JsonException($"entry {index} has a kid that does not belong to its key");
        }

        return DateTimeOffset.TryParse(Text(element, "added_at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var addedAt)
            ? new ReceiptKey(keyId, publicKey, addedAt)
            : throw new JsonException($"entry {index} has no added_at");
    }

    private static byte[] ReadPublicKey(JsonElement element, int index)
    {
        var (x, hex) = (Text(element, "x"), Text(element, "x_hex"));
        var (fromX, fromHex) = (new byte[Ed25519.PublicKeySize], new byte[Ed25519.PublicKeySize]);
        var hasX = x is not null && StrictBase64Url.TryDecodeExactly(System.Text.Encoding.UTF8.GetBytes(x), fromX);
        var hasHex = hex is { Length: 2 * Ed25519.PublicKeySize }
            && Convert.FromHexString(hex, fromHex, out _, out _) == System.Buffers.OperationStatus.Done;
        if ((x is not null && !hasX) || (hex is not null && !hasHex) || !(hasX || hasHex) || (hasX && hasHex && !fromX.AsSpan().SequenceEqual(fromHex)))
        {
            throw new JsonException($"entry {index} has no readable public key");
        }

        return hasX ? fromX : fromHex;
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
