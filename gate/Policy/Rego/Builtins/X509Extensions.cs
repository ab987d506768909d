using System.Formats.Asn1;
using System.Net;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// Extensions of certificates (RFC 5280 §4.2). Name constraints, policy constraints, policy mappings and inhibit
/// anyPolicy are not read; a certificate that has one is refused rather than shown without it.
/// </summary>
internal static class X509Extensions
{
    private static readonly string[] Lists =
    [
        "DNSNames", "EmailAddresses", "Extensions", "ExtraExtensions", "IPAddresses", "URIs",
        "AuthorityKeyId", "CRLDistributionPoints", "ExcludedDNSDomains", "ExcludedEmailAddresses", "ExcludedIPRanges", "ExcludedURIDomains", "ExtKeyUsage",
        "IssuingCertificateURL", "OCSPServer", "PermittedDNSDomains", "PermittedEmailAddresses", "PermittedIPRanges", "PermittedURIDomains", "Policies",
        "PolicyIdentifiers", "PolicyMappings", "SubjectKeyId", "URIStrings", "UnhandledCriticalExtensions", "UnknownExtKeyUsage",
    ];

    private static readonly string[] Flags =
        ["BasicConstraintsValid", "InhibitAnyPolicyZero", "InhibitPolicyMappingZero", "IsCA", "MaxPathLenZero", "PermittedDNSDomainsCritical", "RequireExplicitPolicyZero"];

    private static readonly string[] Numbers = ["InhibitAnyPolicy", "InhibitPolicyMapping", "KeyUsage", "MaxPathLen", "RequireExplicitPolicy"];

    /// <summary>Sets what Go writes where there is no extension. A request has the first six lists only.</summary>
    internal static void SetDefaults(RegoObject result, bool certificate)
    {
        foreach (var list in certificate ? Lists : Lists.AsSpan(0, 6))
        {
            result.Set(list, RegoNull.Instance);
        }

        foreach (var flag in certificate ? Flags : [])
        {
            result.Set(flag, RegoBoolean.False);
        }

        foreach (var number in certificate ? Numbers : [])
        {
            result.Set(number, RegoNumber.Of(0));
        }
    }

    /// <summary>Reads the extensions; false where one of them cannot be shown.</summary>
    /// <exception cref="AsnContentException">They are not DER of extensions.</exception>
    internal static bool Read(RegoObject result, AsnReader reader, bool certificate)
    {
        while (reader.HasData)
        {
            var extension = reader.ReadSequence();
            var id = extension.ReadObjectIdentifier();
            var critical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var value = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            var entry = new RegoObject();
            entry.Set("Id", X509Json.Oid(id));
            entry.Set("Critical", RegoBoolean.Of(critical));
            entry.Set("Value", X509Json.Bytes(value));
            Append(result, "Extensions", entry);
            var inner = new AsnReader(value, AsnEncodingRules.DER);
            if (id == "2.5.29.17" ? !AlternativeNames(result, inner, certificate) : certificate && !Read(result, id, critical, inner))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Read(RegoObject result, string id, bool critical, AsnReader value)
    {
        switch (id)
        {
            case "2.5.29.15":
                KeyUsage(result, value);
                break;
            case "2.5.29.19":
                BasicConstraints(result, value);
                break;
            case "2.5.29.14":
                result.Set("SubjectKeyId", X509Json.Bytes(value.ReadOctetString()));
                break;
            case "2.5.29.35":
                var key = value.ReadSequence();
                var tag = new Asn1Tag(TagClass.ContextSpecific, 0);
                if (key.HasData && key.PeekTag().HasSameClassAndValue(tag))
                {
                    result.Set("AuthorityKeyId", X509Json.Bytes(key.ReadOctetString(tag)));
                }

                break;
            case "2.5.29.37":
                for (var usages = value.ReadSequence(); usages.HasData;)
                {
                    var usage = usages.ReadObjectIdentifier();
                    Append(result, Usage(usage) < 0 ? "UnknownExtKeyUsage" : "ExtKeyUsage", Usage(usage) < 0 ? X509Json.Oid(usage) : RegoNumber.Of(Usage(usage)));
                }

                break;
            case "2.5.29.32":
                for (var policies = value.ReadSequence(); policies.HasData;)
                {
                    var policy = policies.ReadSequence().ReadObjectIdentifier();
                    Append(result, "PolicyIdentifiers", X509Json.Oid(policy));
                    Append(result, "Policies", new RegoString(policy));
                }

                break;
            case "2.5.29.31":
                DistributionPoints(result, value.ReadSequence());
                break;
            case "1.3.6.1.5.5.7.1.1":
                for (var accesses = value.ReadSequence(); accesses.HasData;)
                {
                    var access = accesses.ReadSequence();
                    var list = access.ReadObjectIdentifier() switch { "1.3.6.1.5.5.7.48.1" => "OCSPServer", "1.3.6.1.5.5.7.48.2" => "IssuingCertificateURL", _ => "" };
                    if (list.Length > 0 && access.PeekTag().HasSameClassAndValue(UriTag))
                    {
                        Append(result, list, new RegoString(access.ReadCharacterString(UniversalTagNumber.IA5String, UriTag)));
                    }
                }

                break;
            case "2.5.29.30" or "2.5.29.33" or "2.5.29.36" or "2.5.29.54":
                return false;
            default:
                if (critical)
                {
                    Append(result, "UnhandledCriticalExtensions", X509Json.Oid(id));
                }

                break;
        }

        return true;
    }

    private static Asn1Tag UriTag => new(TagClass.ContextSpecific, 6);

    // Bit n of the string is the number 2^n.
    private static void KeyUsage(RegoObject result, AsnReader value)
    {
        var bits = value.ReadBitString(out var unused);
        var usage = 0;
        for (var i = 0; i < Math.Min(9, bits.Length * 8 - unused); i++)
        {
            usage |= (bits[i / 8] >> (7 - i % 8) & 1) << i;
        }

        result.Set("KeyUsage", RegoNumber.Of(usage));
    }

    private static void BasicConstraints(RegoObject result, AsnReader value)
    {
        var fields = value.ReadSequence();
        var authority = fields.HasData && fields.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && fields.ReadBoolean();
        var length = -1;
        if (fields.HasData && !fields.TryReadInt32(out length))
        {
            throw new AsnContentException();
        }

        result.Set("BasicConstraintsValid", RegoBoolean.True);
        result.Set("IsCA", RegoBoolean.Of(authority));
        result.Set("MaxPathLen", RegoNumber.Of(length));
        result.Set("MaxPathLenZero", RegoBoolean.Of(length == 0));
    }

    private static void DistributionPoints(RegoObject result, AsnReader points)
    {
        var first = new Asn1Tag(TagClass.ContextSpecific, 0);
        while (points.HasData)
        {
            var point = points.ReadSequence();
            if (!point.HasData || !point.PeekTag().HasSameClassAndValue(first))
            {
                continue;
            }

            var name = point.ReadSequence(first);
            if (!name.HasData || !name.PeekTag().HasSameClassAndValue(first))
            {
                continue;
            }

            for (var full = name.ReadSequence(first); full.HasData && full.PeekTag().HasSameClassAndValue(UriTag);)
            {
                Append(result, "CRLDistributionPoints", new RegoString(full.ReadCharacterString(UniversalTagNumber.IA5String, UriTag)));
            }
        }
    }

    private static bool AlternativeNames(RegoObject result, AsnReader value, bool certificate)
    {
        for (var names = value.ReadSequence(); names.HasData;)
        {
            var tag = names.PeekTag();
            switch (tag.TagClass == TagClass.ContextSpecific ? tag.TagValue : -1)
            {
                case 1:
                    Append(result, "EmailAddresses", new RegoString(names.ReadCharacterString(UniversalTagNumber.IA5String, tag)));
                    break;
                case 2:
                    Append(result, "DNSNames", new RegoString(names.ReadCharacterString(UniversalTagNumber.IA5String, tag)));
                    break;
                case 6:
                    var uri = names.ReadCharacterString(UniversalTagNumber.IA5String, tag);
                    if (GoUrl.Parse(uri) is not { } parts)
                    {
                        return false;
                    }

                    Append(result, "URIs", parts);
                    if (certificate)
                    {
                        Append(result, "URIStrings", new RegoString(uri));
                    }

                    break;
                case 7:
                    var address = names.ReadOctetString(tag);
                    if (address.Length is not (4 or 16))
                    {
                        return false;
                    }

                    Append(result, "IPAddresses", new RegoString(new IPAddress(address).ToString()));
                    break;
                default:
                    names.ReadEncodedValue();
                    break;
            }
        }

        return true;
    }

    private static int Usage(string id) => id switch
    {
        "2.5.29.37.0" => 0,
        "1.3.6.1.5.5.7.3.1" => 1,
        "1.3.6.1.5.5.7.3.2" => 2,
        "1.3.6.1.5.5.7.3.3" => 3,
        "1.3.6.1.5.5.7.3.4" => 4,
        "1.3.6.1.5.5.7.3.5" => 5,
        "1.3.6.1.5.5.7.3.6" => 6,
        "1.3.6.1.5.5.7.3.7" => 7,
        "1.3.6.1.5.5.7.3.8" => 8,
        "1.3.6.1.5.5.7.3.9" => 9,
        "1.3.6.1.4.1.311.10.3.3" => 10,
        "2.16.840.1.113730.4.1" => 11,
        "1.3.6.1.4.1.311.2.1.22" => 12,
        "1.3.6.1.4.1.311.61.1.1" => 13,
        _ => -1,
    };

    internal static void Append(RegoObject holder, string name, RegoValue value)
    {
        if (holder.Get(name) is not RegoArray list)
        {
            holder.Set(name, list = new RegoArray());
        }

        list.Append(value);
    }
}
