using System.Formats.Asn1;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// Certificates (RFC 5280 §4.1), read strictly as DER and written as Go's <c>crypto/x509</c> writes them to JSON.
/// <code>
/// Certificate    = SEQUENCE { tbsCertificate, signatureAlgorithm, signature BIT STRING }
/// TBSCertificate = SEQUENCE { [0] version, serial, signature, issuer, validity, subject, publicKeyInfo, [3] extensions }
/// </code>
/// </summary>
internal static class X509Certificates
{
    // RFC 5280 §4.1.2.2 allows 20 octets; what exists is somewhat longer.
    private const int MaxSerial = 64;

    private static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3);

    /// <summary>The public key of a certificate in DER; null where it is none.</summary>
    internal static byte[]? PublicKeyInfoOf(byte[] der) =>
        Parse(der) is [RegoObject one] && one.Get("RawSubjectPublicKeyInfo") is RegoString raw ? Convert.FromBase64String(raw.Value) : null;

    /// <summary>All certificates in DER that follow each other; null where one of them cannot be read.</summary>
    internal static RegoArray? Parse(byte[] der)
    {
        try
        {
            var certificates = new RegoArray();
            var reader = new AsnReader(der, AsnEncodingRules.DER);
            while (reader.HasData)
            {
                if (Read(reader.ReadEncodedValue()) is not { } certificate)
                {
                    return null;
                }

                certificates.Append(certificate);
            }

            return certificates;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static RegoObject? Read(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var certificate = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var signed = certificate.ReadEncodedValue();
        var result = new RegoObject();
        result.Set("Raw", X509Json.Bytes(der.Span));
        result.Set("RawTBSCertificate", X509Json.Bytes(signed.Span));
        X509Signatures.Read(result, certificate);
        certificate.ThrowIfNotEmpty();

        var body = new AsnReader(signed, AsnEncodingRules.DER).ReadSequence();
        var version = 0;
        if (body.PeekTag().HasSameClassAndValue(VersionTag))
        {
            if (!body.ReadSequence(VersionTag).TryReadInt32(out version) || version is < 0 or > 2)
            {
                return null;
            }
        }

        result.Set("Version", RegoNumber.Of(version + 1));
        var serial = body.ReadInteger();
        if (serial.GetByteCount() > MaxSerial)
        {
            return null;
        }

        result.Set("SerialNumber", RegoNumber.Of(serial));
        if (X509Json.Bytes(body.ReadEncodedValue().Span).Value != ((RegoString)result.Get("RawSignatureAlgorithm")!).Value)
        {
            return null;
        }

        ReadName(result, "Issuer", body);
        var validity = body.ReadSequence();
        result.Set("NotBefore", Time(validity));
        result.Set("NotAfter", Time(validity));
        validity.ThrowIfNotEmpty();
        ReadName(result, "Subject", body);
        if (!ReadKey(result, body))
        {
            return null;
        }

        // The unique identifiers of version 2.
        while (body.HasData && body.PeekTag() is { TagClass: TagClass.ContextSpecific, TagValue: 1 or 2 })
        {
            body.ReadEncodedValue();
        }

        X509Extensions.SetDefaults(result, certificate: true);
        if (body.HasData && !X509Extensions.Read(result, body.ReadSequence(ExtensionsTag).ReadSequence(), certificate: true))
        {
            return null;
        }

        body.ThrowIfNotEmpty();
        return result;
    }

    /// <summary>Reads a name and sets it with its raw bytes.</summary>
    internal static void ReadName(RegoObject result, string member, AsnReader reader)
    {
        var raw = reader.ReadEncodedValue();
        result.Set("Raw" + member, X509Json.Bytes(raw.Span));
        result.Set(member, X509Json.Name(raw));
    }

    /// <summary>Reads a public key and sets it with its raw bytes.</summary>
    internal static bool ReadKey(RegoObject result, AsnReader reader)
    {
        var raw = reader.ReadEncodedValue();
        var key = X509PublicKey.Read(new AsnReader(raw, AsnEncodingRules.DER));
        if (key is null)
        {
            return false;
        }

        result.Set("RawSubjectPublicKeyInfo", X509Json.Bytes(raw.Span));
        result.Set("PublicKeyAlgorithm", RegoNumber.Of(key.Algorithm));
        result.Set("PublicKey", key.ToRego());
        return true;
    }

    private static RegoString Time(AsnReader reader) =>
        X509Json.Time(reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime());
}
