using System.Formats.Asn1;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// Certificate requests (RFC 2986 §4), written as Go's <c>crypto/x509</c> writes them to JSON. The signature is shown, not checked, as in OPA.
/// </summary>
internal static class X509Requests
{
    private const string ExtensionRequest = "1.2.840.113549.1.9.14";

    internal static RegoObject? Parse(byte[] der)
    {
        try
        {
            return Read(der);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static RegoObject? Read(byte[] der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var request = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var result = new RegoObject();
        var signed = request.ReadEncodedValue();
        result.Set("Raw", X509Json.Bytes(der));
        result.Set("RawTBSCertificateRequest", X509Json.Bytes(signed.Span));
        X509Signatures.Read(result, request);
        request.ThrowIfNotEmpty();

        var body = new AsnReader(signed, AsnEncodingRules.DER).ReadSequence();
        if (!body.TryReadInt32(out var version))
        {
            return null;
        }

        result.Set("Version", RegoNumber.Of(version));
        X509Certificates.ReadName(result, "Subject", body);
        if (!X509Certificates.ReadKey(result, body))
        {
            return null;
        }

        X509Extensions.SetDefaults(result, certificate: false);
        result.Set("Attributes", RegoNull.Instance);
        if (body.HasData)
        {
            var attributes = body.ReadSetOf(skipSortOrderValidation: true, new Asn1Tag(TagClass.ContextSpecific, 0));
            while (attributes.HasData)
            {
                if (!ReadAttribute(result, attributes.ReadSequence()))
                {
                    return null;
                }
            }
        }

        body.ThrowIfNotEmpty();
        return result;
    }

    // Go shows only attributes whose values are lists of pairs, of which an extension request is the one in use.
    private static bool ReadAttribute(RegoObject result, AsnReader attribute)
    {
        var id = attribute.ReadObjectIdentifier();
        if (id != ExtensionRequest)
        {
            return true;
        }

        var values = attribute.ReadSetOf(skipSortOrderValidation: true);
        var extensions = values.ReadEncodedValue();
        values.ThrowIfNotEmpty();
        var pairs = new RegoArray();
        for (var list = new AsnReader(extensions, AsnEncodingRules.DER).ReadSequence(); list.HasData;)
        {
            var extension = list.ReadSequence();
            var pair = new RegoObject();
            pair.Set("Type", X509Json.Oid(extension.ReadObjectIdentifier()));
            pair.Set("Value", extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean)
                ? RegoBoolean.Of(extension.ReadBoolean())
                : X509Json.Bytes(extension.ReadOctetString()));
            pairs.Append(pair);
        }

        var entry = new RegoObject();
        entry.Set("Type", X509Json.Oid(id));
        entry.Set("Value", new RegoArray([pairs]));
        X509Extensions.Append(result, "Attributes", entry);
        return X509Extensions.Read(result, new AsnReader(extensions, AsnEncodingRules.DER).ReadSequence(), certificate: false);
    }
}
