using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Pipeline;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy.Bundles;

/// <summary>Checks that a bundle is what its key's owner signed: every file, and nothing but those files.</summary>
/// <remarks>
/// <c>.signatures.json</c>, as <c>opa sign</c> and <c>opa build --signing-key</c> write it:
/// <code>
/// { "signatures": [ HEADER "." PAYLOAD "." SIGNATURE ] }                                 JWS compact (RFC 7515 §7.1), exactly one
/// HEADER  = { "alg": "ES256" | "ES384" | "ES512" | "RS256" … | "PS512", … }                "crit" is refused
/// PAYLOAD = { "files": [ { "name": PATH, "hash": HEX, "algorithm": "SHA-256" | "SHA-384" | "SHA-512" } ], … }
/// </code>
/// </remarks>
internal static class BundleSignature
{
    private const string Own = ".signatures.json";

    /// <summary>Returns when the bundle is signed.</summary>
    /// <param name="files">All files of the bundle.</param>
    /// <param name="signatures">The content of <c>.signatures.json</c>; null when there is none.</param>
    /// <param name="key">The key.</param>
    /// <exception cref="StartupException">It is not signed with the key, or is not what was signed.</exception>
    internal static void Require(List<TarFile> files, ReadOnlyMemory<byte>? signatures, BundleKey key)
    {
        if (signatures is not { } json)
        {
            throw Bad("is not signed, and a key is configured.");
        }

        Dictionary<string, RegoObject> signed;
        try
        {
            signed = Files(Payload(RegoJson.Parse(json.Span), key));
            foreach (var file in files)
            {
                if (file.Name == Own)
                {
                    continue;
                }

                if (!signed.Remove(file.Name, out var entry))
                {
                    throw Bad($"holds '{PlainText.Clean(file.Name, 200)}', which its signature does not cover.");
                }

                Compare(file, entry);
            }
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw Bad("has a signature that cannot be read.", e);
        }

        foreach (var missing in signed.Keys)
        {
            throw Bad($"lacks '{PlainText.Clean(missing, 200)}', which its signature covers.");
        }
    }

    private static RegoObject Payload(RegoValue document, BundleKey key)
    {
        if ((document as RegoObject)?.Get("signatures") is not RegoArray { Count: 1 } list || list[0] is not RegoString token)
        {
            throw Bad("has a .signatures.json without exactly one signature.");
        }

        var parts = token.Value.Split('.');
        if (parts.Length != 3 || RegoJson.Parse(Decode(parts[0])) is not RegoObject header
            || header.Get("alg") is not RegoString algorithm || header.Get("crit") is not null)
        {
            throw Bad("has a signature that is no JWS of a form that is known here.");
        }

        if (!key.Verify(algorithm.Value, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Decode(parts[2])))
        {
            throw Bad("is not signed with the configured key.");
        }

        var payload = RegoJson.Parse(Decode(parts[1])) as RegoObject ?? throw Bad("has a signature that covers no files.");

        // A scope binds a signature to some use; none is configured here, so none fits.
        return payload.Get("scope") is null or RegoString { Value: "" } ? payload : throw Bad("is signed for a scope, which the gate has none of.");
    }

    private static Dictionary<string, RegoObject> Files(RegoObject payload)
    {
        if (payload.Get("files") is not RegoArray list)
        {
            throw Bad("has a signature that covers no files.");
        }

        var files = new Dictionary<string, RegoObject>(list.Count, StringComparer.Ordinal);
        foreach (var item in list.Items)
        {
            if (item is not RegoObject file || file.Get("name") is not RegoString name
                || !files.TryAdd(name.Value.StartsWith('/') ? name.Value[1..] : name.Value, file))
            {
                throw Bad("has a signature that covers a file twice, or one without a name.");
            }
        }

        return files;
    }

    private static void Compare(TarFile file, RegoObject entry)
    {
        var algorithm = entry.Get("algorithm") is RegoString name ? HashOf(name.Value) : default;
        if (algorithm.Name is null)
        {
            throw Bad($"is signed with a digest of '{PlainText.Clean(file.Name, 200)}' that is none of SHA-256, SHA-384 and SHA-512.");
        }

        if (entry.Get("hash") is not RegoString hex
            || !CryptographicOperations.FixedTimeEquals(Convert.FromHexString(hex.Value), BundleHash.Of(file.Name, file.Content, algorithm)))
        {
            throw Bad($"holds a '{PlainText.Clean(file.Name, 200)}' that is not the one that was signed.");
        }
    }

    private static HashAlgorithmName HashOf(string name) => name switch
    {
        "SHA-256" => HashAlgorithmName.SHA256,
        "SHA-384" => HashAlgorithmName.SHA384,
        "SHA-512" => HashAlgorithmName.SHA512,
        _ => default,
    };

    private static byte[] Decode(string base64Url) => Base64Url.DecodeFromChars(base64Url);

    private static StartupException Bad(string what, Exception? inner = null) =>
        PolicyLoading.Bad($"The policy bundle {what}", "Sign it again (opa build --signing-key KEY --signing-alg ALG), or set policy_bundle_key to the key it is signed with.", inner);
}
