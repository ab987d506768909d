using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>The body of POST /v1/leases as sent: its form is right, nothing is granted yet (reference/wire.md §3.1).</summary>
/// <remarks>
/// <code>
/// { "scopes":   [string…],
///   "dpop_jwk": {"kty","crv","x","y", further members ignored, "d" refused},
///   "budgets":  null | {"max_calls": null | 0…2^53−1, "max_cost_usd_cents": null | 0…2^53−1, further members ignored},   optional
///   "fs_root":  null | string }                                                                                       optional
/// </code>
/// Any other member of the top level, and any duplicate, is refused.
/// </remarks>
public sealed class LeaseRequest
{
    /// <summary>The largest budget: beyond it, JSON numbers lose precision in clients.</summary>
    public const long MaxBudget = (1L << 53) - 1;

    /// <summary>The longest body in bytes.</summary>
    public const int MaxBodyBytes = 16 * 1024;

    private const int MaxScopes = 64;

    private LeaseRequest()
    {
    }

    /// <summary>The requested scopes in the order sent.</summary>
    public IReadOnlyList<string> RequestedScopes { get; private set; } = [];

    /// <summary>How many calls the session may make; null is unlimited.</summary>
    public long? MaxCalls { get; private set; }

    /// <summary>A cost budget, in US cents, that the client asked for. The gate knows no prices: the caller refuses or reports it.</summary>
    public long? MaxCostUsdCents { get; private set; }

    /// <summary>The directory below which the session's file actions shall work, unchecked; null when none was requested.</summary>
    public string? FsRoot { get; private set; }

    internal LeaseRequestJwk Jwk { get; private set; }

    /// <summary>Reads a body of strict JSON.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, [NotNullWhen(true)] out LeaseRequest? request, out LeaseRequestRejection rejection)
    {
        if (body.Length > MaxBodyBytes)
        {
            request = null;
            rejection = LeaseRequestRejection.Form("the body is longer than 16384 bytes");
            return false;
        }

        request = new LeaseRequest();
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 16 });
            rejection = Utf8.IsValid(body) && reader.Read() && reader.TokenType == JsonTokenType.StartObject
                ? request.ReadMembers(ref reader, body.Length)
                : LeaseRequestRejection.Of(LeaseRequestFault.NotJson);
            if (rejection.Fault == LeaseRequestFault.None && reader.Read())
            {
                rejection = LeaseRequestRejection.Of(LeaseRequestFault.NotJson);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half a surrogate pair.
            rejection = LeaseRequestRejection.Of(LeaseRequestFault.NotJson);
        }

        if (rejection.Fault == LeaseRequestFault.None)
        {
            return true;
        }

        request = null;
        return false;
    }

    private LeaseRequestRejection ReadMembers(ref Utf8JsonReader reader, int bodyLength)
    {
        var names = new JsonNameSet(stackalloc byte[JsonNameSet.StorageSize]);
        var (hasScopes, hasJwk) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!names.TryAdd(in reader))
            {
                return LeaseRequestRejection.Of(LeaseRequestFault.DuplicateMember);
            }

            LeaseRequestRejection rejection;
            if (reader.ValueTextEquals("scopes"u8))
            {
                hasScopes = true;
                rejection = ReadScopes(ref reader);
            }
            else if (reader.ValueTextEquals("dpop_jwk"u8))
            {
                hasJwk = true;
                rejection = ReadJwk(ref reader, bodyLength);
            }
            else if (reader.ValueTextEquals("budgets"u8))
            {
                rejection = ReadBudgets(ref reader);
            }
            else if (reader.ValueTextEquals("fs_root"u8))
            {
                rejection = ReadFsRoot(ref reader);
            }
            else
            {
                rejection = LeaseRequestRejection.Of(LeaseRequestFault.UnknownMember);
            }

            if (rejection.Fault != LeaseRequestFault.None)
            {
                return rejection;
            }
        }

        return !hasScopes ? LeaseRequestRejection.Form("scopes is required")
            : !hasJwk ? LeaseRequestRejection.Form("dpop_jwk is required")
            : default;
    }

    private LeaseRequestRejection ReadScopes(ref Utf8JsonReader reader)
    {
        var scopes = new List<string>();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return LeaseRequestRejection.Form("scopes must be an array of strings");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                return LeaseRequestRejection.Form("scopes must be an array of strings");
            }

            if (scopes.Count == MaxScopes)
            {
                return LeaseRequestRejection.Form("scopes has more than 64 entries");
            }

            scopes.Add(reader.GetString()!);
        }

        RequestedScopes = scopes;
        return default;
    }

    private LeaseRequestRejection ReadJwk(ref Utf8JsonReader reader, int bodyLength)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return LeaseRequestRejection.Form("dpop_jwk must be an object");
        }

        // A name or string cannot be longer than what is left of the body.
        var (scratch, used) = (new byte[bodyLength], 0);
        if (!JwkMembers.TryRead(ref reader, scratch, ref used, out var jwk))
        {
            return LeaseRequestRejection.Of(LeaseRequestFault.DuplicateMember);
        }

        if (!(jwk.HasKty && jwk.HasCrv && jwk.HasX && jwk.HasY))
        {
            return LeaseRequestRejection.Form("dpop_jwk needs the strings kty, crv, x and y");
        }

        Jwk = new LeaseRequestJwk(
            Encoding.UTF8.GetString(jwk.Kty), Encoding.UTF8.GetString(jwk.Crv), jwk.X.ToArray(), jwk.Y.ToArray(), jwk.HasD);
        return default;
    }

    private LeaseRequestRejection ReadBudgets(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return default;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return LeaseRequestRejection.Form("budgets must be an object or null");
        }

        var names = new JsonNameSet(stackalloc byte[JsonNameSet.StorageSize]);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!names.TryAdd(in reader))
            {
                return LeaseRequestRejection.Of(LeaseRequestFault.DuplicateMember);
            }

            var isCalls = reader.ValueTextEquals("max_calls"u8);
            var isCost = reader.ValueTextEquals("max_cost_usd_cents"u8);
            reader.Read();
            if (!isCalls && !isCost)
            {
                reader.Skip();
                continue;
            }

            if (!TryReadBudget(ref reader, out var budget))
            {
                return LeaseRequestRejection.Budget(isCalls ? "budgets.max_calls" : "budgets.max_cost_usd_cents");
            }

            (MaxCalls, MaxCostUsdCents) = isCalls ? (budget, MaxCostUsdCents) : (MaxCalls, budget);
        }

        return default;
    }

    private static bool TryReadBudget(ref Utf8JsonReader reader, out long? budget)
    {
        budget = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value) || value is < 0 or > MaxBudget)
        {
            return false;
        }

        budget = value;
        return true;
    }

    private LeaseRequestRejection ReadFsRoot(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            return LeaseRequestRejection.Form("fs_root must be a string or null");
        }

        FsRoot = reader.GetString();
        return default;
    }
}

/// <summary>The key of a lease request, as sent.</summary>
internal readonly record struct LeaseRequestJwk(string Kty, string Crv, byte[] X, byte[] Y, bool HasPrivateMember);
