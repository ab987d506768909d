using System.Formats.Asn1;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>The signature of a certificate or a request: its algorithm (RFC 3279 §2.2, RFC 4055 §3, RFC 5758 §3.2, RFC 8410 §3) by Go's number, and its bits.</summary>
internal static class X509Signatures
{
    private const string PssId = "1.2.840.113549.1.1.10";

    /// <summary>Reads an AlgorithmIdentifier and a BIT STRING.</summary>
    /// <exception cref="AsnContentException">They are not DER of such.</exception>
    internal static void Read(RegoObject result, AsnReader reader)
    {
        var algorithm = reader.ReadEncodedValue();
        result.Set("RawSignatureAlgorithm", X509Json.Bytes(algorithm.Span));
        result.Set("SignatureAlgorithm", RegoNumber.Of(Number(algorithm)));
        result.Set("Signature", X509Json.Bytes(reader.ReadBitString(out _)));
    }

    private static int Number(ReadOnlyMemory<byte> algorithm)
    {
        var fields = new AsnReader(algorithm, AsnEncodingRules.DER).ReadSequence();
        var id = fields.ReadObjectIdentifier();
        return id switch
        {
            "1.2.840.113549.1.1.4" => 2,
            "1.2.840.113549.1.1.5" or "1.3.14.3.2.29" => 3,
            "1.2.840.113549.1.1.11" => 4,
            "1.2.840.113549.1.1.12" => 5,
            "1.2.840.113549.1.1.13" => 6,
            "1.2.840.10040.4.3" => 7,
            "2.16.840.1.101.3.4.3.2" => 8,
            "1.2.840.10045.4.1" => 9,
            "1.2.840.10045.4.3.2" => 10,
            "1.2.840.10045.4.3.3" => 11,
            "1.2.840.10045.4.3.4" => 12,
            PssId => Pss(fields),
            "1.3.101.112" => 16,
            _ => 0,
        };
    }

    // RSASSA-PSS-params: the hash is in [0].
    private static int Pss(AsnReader fields)
    {
        var parameters = fields.HasData ? fields.ReadSequence() : fields;
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0);
        return !parameters.HasData || !parameters.PeekTag().HasSameClassAndValue(tag) ? 0 : parameters.ReadSequence(tag).ReadSequence().ReadObjectIdentifier() switch
        {
            "2.16.840.1.101.3.4.2.1" => 13,
            "2.16.840.1.101.3.4.2.2" => 14,
            "2.16.840.1.101.3.4.2.3" => 15,
            _ => 0,
        };
    }
}
