using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Crypto;

/// <summary>A public key that receipts were signed with.</summary>
/// <param name="KeyId">The <c>kid</c>.</param>
/// <param name="PublicKey">32 bytes (RFC 8032).</param>
/// <param name="AddedAt">When it was first used.</param>
public sealed record ReceiptKey(string KeyId, ReadOnlyMemory<byte> PublicKey, DateTimeOffset AddedAt);

/// <summary>
/// The history of receipt keys, in a JWK set (RFC 7517, RFC 8037). Entries are only ever added: without an old key, the receipts it
/// signed prove nothing. A damaged file is therefore never replaced; the gate does not start on it.
/// </summary>
/// <remarks>
/// <code>
/// {"keys":[{"kty":"OKP","crv":"Ed25519","x":base64url,"kid":…,"alg":"EdDSA","use":"sig","added_at":RFC 3339,"x_hex":hex}…]}
/// </code>
/// <c>x_hex</c> repeats <c>x</c> for clients that know only that. A file with just one of the two is read; both must agree.
/// </remarks>
public sealed class ReceiptJwks
{
    private const int MaxFileBytes = 4 * 1024 * 1024;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private ReceiptJwks(IReadOnlyList<ReceiptKey> keys) => Keys = keys;

    /// <summary>All keys, oldest first; the last is the current one.</summary>
    public IReadOnlyList<ReceiptKey> Keys { get; }

    /// <summary>Finds a key by <c>kid</c>.</summary>
    public ReceiptKey? Find(string keyId)
    {
        foreach (var key in Keys)
        {
            if (string.Equals(key.KeyId, keyId, StringComparison.Ordinal))
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>Reads the history and, when <paramref name="current"/> is not in it, appends it durably.</summary>
    /// <exception cref="StartupException">The file is damaged, holds another key under the same <c>kid</c>, or cannot be written.</exception>
    public static ReceiptJwks LoadAndAppend(string path, Ed25519Signer current, TimeProvider time)
    {
        var keys = new List<ReceiptKey>(Load(path));
        var known = keys.Find(k => string.Equals(k.KeyId, current.KeyId, StringComparison.Ordinal));
        if (known is not null)
        {
            return known.PublicKey.Span.SequenceEqual(current.PublicKey)
                ? new ReceiptJwks(keys)
                : throw Damaged(path, $"the entry {current.KeyId} has another public key than the signing key of that name");
        }

        keys.Add(new ReceiptKey(current.KeyId, current.PublicKey.ToArray(), time.GetUtcNow()));
        var set = new ReceiptJwks(keys);
        var json = new ArrayBufferWriter<byte>();
        set.WriteTo(json);
        try
        {
            AtomicFile.Replace(path, json.WrittenSpan, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                StartupError.SigningKeyFailed, $"The receipt key history {path} cannot be written: {e.Message}", "Make its directory writable for the gate's user.", e);
        }

        return set;
    }

    /// <summary>Reads a key set, to verify receipts without a running gate. A missing file is an empty set.</summary>
    /// <exception cref="StartupException">The file is damaged or cannot be read.</exception>
    public static ReceiptJwks Read(string path) => new(Load(path));

    /// <summary>Writes the JWK set, indented.</summary>
    public void WriteTo(IBufferWriter<byte> destination) => Write(destination, Keys, standardOnly: false);

    /// <summary>Writes keys as a JWK set, indented.</summary>
    /// <param name="destination">Takes the text.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="standardOnly">Whether only members of RFC 7517 and RFC 8037 are written, for programs that know no others.</param>
    internal static void Write(IBufferWriter<byte> destination, IReadOnlyList<ReceiptKey> keys, bool standardOnly)
    {
        using var json = new Utf8JsonWriter(destination, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray("keys"u8);
        foreach (var key in keys)
        {
            json.WriteStartObject();
            json.WriteString("kty"u8, "OKP"u8);
            json.WriteString("crv"u8, "Ed25519"u8);
            json.WriteString("x"u8, Base64Url.EncodeToString(key.PublicKey.Span));
            json.WriteString("kid"u8, key.KeyId);
            json.WriteString("alg"u8, "EdDSA"u8);
            json.WriteString("use"u8, "sig"u8);
            if (!standardOnly)
            {
                json.WriteString("added_at"u8, key.AddedAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
                json.WriteString("x_hex"u8, Convert.ToHexStringLower(key.PublicKey.Span));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static List<ReceiptKey> Load(string path)
    {
        byte[] content;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxFileBytes })
            {
                throw Damaged(path, "it is larger than 4 MiB");
            }

            content = File.ReadAllBytes(path);
        }
        catch (FileNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                StartupError.SigningKeyFailed, $"The receipt key history {path} cannot be read: {e.Message}", "Check the path and its permissions.", e);
        }

        try
        {
            return ReceiptJwksReader.Read(content);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Damaged(path, e.Message);
        }
    }

    private static StartupException Damaged(string path, string detail) => new(
        StartupError.SigningKeyFailed,
        $"The receipt key history {path} is damaged: {detail}.",
        "Restore it from a backup or an export. Do not delete it: receipts signed with the keys it lists could no longer be verified.");
}
