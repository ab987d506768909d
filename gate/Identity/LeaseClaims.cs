using System.Text.Json;
using System.Text.Unicode;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>The claims of a lease (reference/wire.md §3.2), read strictly; unknown claims are ignored, duplicates refused.</summary>
/// <remarks>
/// <code>
/// iss sub aud jti session_id : string        iat nbf exp : integer        scope : [string…]        cnf : {"jkt": thumbprint}
/// optional  budgets : null | {"max_calls": null | integer}    owner identity_method fs_root : null | string    epoch : integer, 0 if absent
/// </code>
/// </remarks>
internal sealed class LeaseClaims
{
    internal string? Issuer { get; private set; }

    internal string? Subject { get; private set; }

    internal string? Audience { get; private set; }

    internal string? Jti { get; private set; }

    internal string? SessionId { get; private set; }

    internal IReadOnlyList<string>? Scopes { get; private set; }

    internal JwkThumbprint? Key { get; private set; }

    internal long? IssuedAt { get; private set; }

    internal long? NotBefore { get; private set; }

    internal long? ExpiresAt { get; private set; }

    internal long? MaxCalls { get; private set; }

    internal string? Owner { get; private set; }

    internal string? IdentityMethod { get; private set; }

    internal string? FsRoot { get; private set; }

    internal long Epoch { get; private set; }

    /// <summary>The claims, or null when one is missing, repeated or of the wrong type.</summary>
    internal static LeaseClaims? TryRead(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return null;
        }

        try
        {
            var claims = new LeaseClaims();
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && claims.ReadMembers(ref reader) && !reader.Read() && claims.IsComplete
                ? claims
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a value of another type than its claim has, or half a surrogate pair.
            return null;
        }
    }

    private bool IsComplete =>
        Issuer is not null && !string.IsNullOrEmpty(Subject) && Audience is not null && !string.IsNullOrEmpty(Jti) && !string.IsNullOrEmpty(SessionId)
        && Scopes is not null && Key is not null && IssuedAt is not null && NotBefore is not null && ExpiresAt is not null;

    private bool ReadMembers(ref Utf8JsonReader reader)
    {
        var names = new JsonNameSet(stackalloc byte[JsonNameSet.StorageSize]);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!names.TryAdd(in reader))
            {
                return false;
            }

            var name = reader.GetString();
            reader.Read();
            if (!ReadMember(name!, ref reader))
            {
                return false;
            }
        }

        return true;
    }

    private bool ReadMember(string name, ref Utf8JsonReader reader)
    {
        switch (name)
        {
            case "iss":
                Issuer = reader.GetString();
                return true;
            case "sub":
                Subject = reader.GetString();
                return true;
            case "aud":
                Audience = reader.GetString();
                return true;
            case "jti":
                Jti = reader.GetString();
                return true;
            case "session_id":
                SessionId = reader.GetString();
                return true;
            case "owner":
                Owner = reader.GetString();
                return true;
            case "identity_method":
                IdentityMethod = reader.GetString();
                return true;
            case "fs_root":
                FsRoot = reader.GetString();
                return true;
            case "iat":
                IssuedAt = ReadInteger(ref reader);
                return IssuedAt is not null;
            case "nbf":
                NotBefore = ReadInteger(ref reader);
                return NotBefore is not null;
            case "exp":
                ExpiresAt = ReadInteger(ref reader);
                return ExpiresAt is not null;
            case "epoch":
                Epoch = ReadInteger(ref reader) ?? -1;
                return Epoch >= 0;
            case "scope":
                Scopes = ReadStrings(ref reader);
                return Scopes is not null;
            case "cnf":
                return TryReadConfirmation(ref reader);
            case "budgets":
                return TryReadBudgets(ref reader);
            default:
                reader.Skip();
                return true;
        }
    }

    private static long? ReadInteger(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value : null;

    private static List<string>? ReadStrings(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }

        var strings = new List<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
        {
            strings.Add(reader.GetString()!);
        }

        return reader.TokenType == JsonTokenType.EndArray ? strings : null;
    }

    private bool TryReadConfirmation(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var names = new JsonNameSet(stackalloc byte[JsonNameSet.StorageSize]);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isKey = reader.ValueTextEquals("jkt"u8);
            if (!names.TryAdd(in reader) || !reader.Read())
            {
                return false;
            }

            if (isKey)
            {
                if (!JwkThumbprint.TryParse(reader.GetString(), out var key))
                {
                    return false;
                }

                Key = key;
            }
            else
            {
                reader.Skip();
            }
        }

        return Key is not null;
    }

    private bool TryReadBudgets(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var names = new JsonNameSet(stackalloc byte[JsonNameSet.StorageSize]);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isCalls = reader.ValueTextEquals("max_calls"u8);
            if (!names.TryAdd(in reader) || !reader.Read())
            {
                return false;
            }

            if (isCalls && reader.TokenType != JsonTokenType.Null)
            {
                MaxCalls = ReadInteger(ref reader);
                if (MaxCalls is null or < 0)
                {
                    return false;
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return true;
    }
}
