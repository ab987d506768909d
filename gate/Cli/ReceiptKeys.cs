using System.Buffers.Text;
using System.Text.Json;
using LatchGate.Crypto;

namespace LatchGate.Cli;

/// <summary>Reads a JWKS of Ed25519 keys (RFC 8037): <c>{"keys":[{"kty":"OKP","crv":"Ed25519","x":…,"kid":…}]}</c>.</summary>
internal static class ReceiptKeys
{
    /// <exception cref="CliException">The file cannot be read, or holds anything but well-formed keys: a key left out could hide a forgery as "unknown key".</exception>
    internal static IReadOnlyDictionary<string, byte[]> Read(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var keys = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            foreach (var entry in document.RootElement.GetProperty("keys").EnumerateArray())
            {
                var x = PublicKey(entry);
                var kid = entry.GetProperty("kid").GetString();
                if (x is not { Length: Ed25519.PublicKeySize } || kid != Ed25519Signer.KeyIdOf(x) || entry.GetProperty("crv").GetString() != "Ed25519")
                {
                    throw Unusable(file, $"the key '{kid}' is not an Ed25519 key under its own kid", null);
                }

                keys[kid] = x;
            }

            return keys;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Unusable(file, e.Message, e);
        }
    }

    /// <summary><c>x</c> of RFC 8037, or the hexadecimal <c>x_hex</c> of older files.</summary>
    private static byte[] PublicKey(JsonElement entry) => entry.TryGetProperty("x", out var x)
        ? Base64Url.DecodeFromChars(x.GetString())
        : Convert.FromHexString(entry.GetProperty("x_hex").GetString() ?? "");

    private static CliException Unusable(string file, string problem, Exception? inner) =>
        new(ExitCode.Error, "receipt_keys_unusable", $"{file} cannot be used: {problem}", "Name the gate's receipt-keys.jwks with --keys.", inner);
}
