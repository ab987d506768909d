using System.Text.Json;
using System.Text.Unicode;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>
/// The JOSE header of a proof (RFC 9449 §4.2): <c>{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":…,"y":…}}</c>.
/// </summary>
/// <remarks>Other members are ignored, but <c>crit</c> and a private <c>jwk.d</c> are refused, and so is any duplicate.</remarks>
internal ref struct DpopHeader
{
    private readonly Span<byte> _scratch;
    private int _used;
    private bool _hasJwk;
    private bool _hasCrit;
    private ReadOnlySpan<byte> _typ;
    private ReadOnlySpan<byte> _alg;
    private JwkMembers _jwk;

    private DpopHeader(Span<byte> scratch) => _scratch = scratch;

    /// <summary>
    /// Reads and checks rows 3 to 9 of reference/wire.md §4.2, up to the lengths of the coordinates.
    /// </summary>
    /// <param name="json">The decoded header.</param>
    /// <param name="scratch">As long as <paramref name="json"/>; holds unescaped strings.</param>
    /// <param name="x">Receives 32 bytes.</param>
    /// <param name="y">Receives 32 bytes.</param>
    /// <param name="rejection">The fault; its kind is <see cref="DpopFault.None"/> when the result is true.</param>
    internal static bool TryRead(ReadOnlySpan<byte> json, Span<byte> scratch, Span<byte> x, Span<byte> y, out DpopRejection rejection)
    {
        var header = new DpopHeader(scratch);
        if (!header.TryParse(json))
        {
            rejection = DpopRejection.Of(DpopFault.HeaderJson);
            return false;
        }

        return header.TryCheck(x, y, out rejection);
    }

    private bool TryParse(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && TryReadMembers(ref reader) && !reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half a surrogate pair.
            return false;
        }
    }

    private bool TryReadMembers(scoped ref Utf8JsonReader reader)
    {
        var names = new JsonNameSet(stackalloc byte[JsonNameSet.StorageSize]);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!names.TryAdd(in reader))
            {
                return false;
            }

            if (reader.ValueTextEquals("typ"u8))
            {
                _typ = ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("alg"u8))
            {
                _alg = ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("jwk"u8))
            {
                reader.Read();
                _hasJwk = reader.TokenType == JsonTokenType.StartObject;
                if (!_hasJwk)
                {
                    reader.Skip();
                }
                else if (!JwkMembers.TryRead(ref reader, _scratch, ref _used, out _jwk))
                {
                    return false;
                }
            }
            else
            {
                _hasCrit |= reader.ValueTextEquals("crit"u8);
                reader.Read();
                reader.Skip();
            }
        }

        return reader.TokenType == JsonTokenType.EndObject;
    }

    private ReadOnlySpan<byte> ReadString(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        return JsonStrings.ReadOrSkip(ref reader, _scratch, ref _used, out _);
    }

    private readonly bool TryCheck(Span<byte> x, Span<byte> y, out DpopRejection rejection)
    {
        rejection = this switch
        {
            _ when !_typ.SequenceEqual("dpop+jwt"u8) => DpopRejection.Mismatch(DpopFault.Typ, "typ", "dpop+jwt", _typ),
            _ when !_alg.SequenceEqual("ES256"u8) => DpopRejection.Mismatch(DpopFault.Alg, "alg", "ES256", _alg),
            _ when _hasCrit => DpopRejection.Of(DpopFault.Crit),
            _ when !_hasJwk => DpopRejection.Of(DpopFault.JwkMissing),
            _ when !_jwk.Kty.SequenceEqual("EC"u8) => DpopRejection.Mismatch(DpopFault.JwkKty, "jwk.kty", "EC", _jwk.Kty),
            _ when !_jwk.Crv.SequenceEqual("P-256"u8) => DpopRejection.Mismatch(DpopFault.JwkCrv, "jwk.crv", "P-256", _jwk.Crv),
            _ when !_jwk.HasX => DpopRejection.Of(DpopFault.JwkX),
            _ when !_jwk.HasY => DpopRejection.Of(DpopFault.JwkY),
            _ when _jwk.HasD => DpopRejection.Of(DpopFault.JwkPrivate),
            _ => default,
        };
        if (rejection.Fault != DpopFault.None)
        {
            return false;
        }

        var fault = _jwk.TryDecode(x, y) switch
        {
            JwkCoordinateFault.XEncoding => DpopFault.JwkXEncoding,
            JwkCoordinateFault.YEncoding => DpopFault.JwkYEncoding,
            JwkCoordinateFault.Length => DpopFault.CoordinateLength,
            _ => DpopFault.None,
        };
        rejection = fault == DpopFault.None ? default : DpopRejection.Of(fault);
        return fault == DpopFault.None;
    }
}
