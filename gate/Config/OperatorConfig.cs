using System.Collections.Immutable;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Identity;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Config;

/// <summary>
/// <c>[operator_credentials.NAME]</c>: an API key bound to a P-256 key (RFC 9449). The API key is read only when asked for.
/// </summary>
public sealed class OperatorConfig
{
    private const int LongestLine = 1024;

    private readonly string? _inlineKey;

    private OperatorConfig(string name, OperatorRole role, string dpopJkt, string? apiKeyFile, string? inlineKey)
    {
        Name = name;
        Role = role;
        DpopJkt = dpopJkt;
        ApiKeyFile = apiKeyFile;
        _inlineKey = inlineKey;
    }

    /// <summary>The operator's name, 1 to 64 characters of <c>[A-Za-z0-9_-]</c>; approvals are recorded under it.</summary>
    public string Name { get; }

    /// <summary><c>role</c>: <c>viewer</c>, <c>approver</c> or <c>admin</c>. Default <c>admin</c>.</summary>
    public OperatorRole Role { get; }

    /// <summary><c>dpop_jkt</c>: SHA-256 thumbprint (RFC 7638) of the operator's key, 43 characters of base64url.</summary>
    public string DpopJkt { get; }

    /// <summary><c>api_key_file</c>: a file of mode 0600 with the API key; null when the key stands in the configuration.</summary>
    public string? ApiKeyFile { get; }

    /// <summary>SHA-256 of the API key: enough to compare a presented key, and what a proof's <c>ath</c> holds.</summary>
    /// <exception cref="StartupException">The key's file is missing, readable by others, or holds no key.</exception>
    public Sha256Digest ReadApiKeyDigest()
    {
        using var key = ReadApiKey();
        return Sha256Digest.Of(key.Span);
    }

    /// <summary>The API key, 16 to 256 bytes of visible ASCII.</summary>
    /// <exception cref="StartupException">As <see cref="ReadApiKeyDigest"/>.</exception>
    internal SecureMemory ReadApiKey()
    {
        using var line = new SecureMemory(LongestLine);
        long length;
        if (ApiKeyFile is null)
        {
            length = Encoding.ASCII.GetBytes(_inlineKey!, line.Span);
        }
        else if (!PrivateFile.TryRead(ApiKeyFile, "API key", StartupError.ConfigValidationFailed, line.Span, out length))
        {
            throw new StartupException(
                StartupError.ConfigValidationFailed,
                $"The API key file {ApiKeyFile} of operator '{Name}' does not exist.",
                "Restore it, or make another credential.");
        }

        var key = line.Span[..(int)Math.Min(length, LongestLine)].TrimEnd("\r\n"u8);
        if (length > LongestLine || !IsApiKey(key))
        {
            throw new StartupException(
                StartupError.ConfigValidationFailed,
                $"{ApiKeyFile ?? "api_key"} of operator '{Name}' holds no API key.",
                "An API key is 16 to 256 characters of visible ASCII on one line.");
        }

        var secret = new SecureMemory(key.Length);
        key.CopyTo(secret.Span);
        return secret;
    }

    /// <summary>The name alone: a credential's text must never hold its key.</summary>
    public override string ToString() => $"operator '{Name}'";

    /// <summary>Whether <paramref name="name"/> is an operator's name.</summary>
    internal static bool IsName(string name) => name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    internal static ImmutableArray<OperatorConfig> ReadAll(ConfigTable table, string? file)
    {
        var credentials = ImmutableArray.CreateBuilder<OperatorConfig>();
        foreach (var (name, entry) in table.Children())
        {
            if (!IsName(name.Value))
            {
                throw name.Refuse("is not an operator's name", "Use 1 to 64 of the characters A-Z a-z 0-9 _ -");
            }

            credentials.Add(Read(name.Value, entry, file));
        }

        credentials.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return credentials.DrainToImmutable();
    }

    private static OperatorConfig Read(string name, ConfigTable table, string? file)
    {
        var jkt = table.Text("dpop_jkt") ?? throw table.Missing("dpop_jkt", "Give the thumbprint of the operator's key (RFC 7638): a key without binding could be replayed by whoever sees it.");
        if (jkt.Value.Length != 43 || !System.Buffers.Text.Base64Url.IsValid(jkt.Value, out var length) || length != Sha256Digest.Size)
        {
            throw jkt.Refuse("is not a thumbprint", "Give 43 characters of base64url without padding.");
        }

        var role = OperatorRole.Admin;
        if (table.Text("role") is { } word && !OperatorRoles.TryParse(word.Value, out role))
        {
            throw word.Refuse("is not a role", "Use viewer, approver or admin.");
        }

        var apiKeyFile = table.FilePath("api_key_file");
        var apiKey = table.Text("api_key");
        if (apiKey is null == apiKeyFile is null)
        {
            throw table.Missing("api_key_file", "Give either api_key_file (a file of mode 0600) or api_key.");
        }

        if (apiKey is { } inline)
        {
            if (!IsApiKey(Encoding.UTF8.GetBytes(inline.Value)))
            {
                throw inline.Refuse("is not an API key", "An API key is 16 to 256 characters of visible ASCII.");
            }

            PrivateFile.RequireOwnersAlone(file!, "configuration with an api_key", StartupError.ConfigValidationFailed);
        }

        table.RefuseUnknownKeys();
        return new OperatorConfig(name, role, jkt.Value, apiKeyFile, apiKey?.Value);
    }

    private static bool IsApiKey(ReadOnlySpan<byte> key) => key.Length is >= 16 and <= 256 && !key.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E);
}
