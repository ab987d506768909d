using System.Formats.Asn1;
using System.Globalization;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Values of certificates in the shape that Go's <c>encoding/json</c> gives <c>crypto/x509</c>.</summary>
internal static class X509Json
{
    internal static RegoString Bytes(ReadOnlySpan<byte> bytes) => new(Convert.ToBase64String(bytes));

    /// <summary>An object identifier as the array of its arcs.</summary>
    internal static RegoArray Oid(string dotted)
    {
        var arcs = new RegoArray();
        foreach (var arc in dotted.Split('.'))
        {
            arcs.Append(RegoNumber.Parse(arc));
        }

        return arcs;
    }

    /// <summary>Go writes an empty slice that was never made as null.</summary>
    internal static RegoValue OrNull(RegoArray list) => list.Count == 0 ? RegoNull.Instance : list;

    internal static RegoString Time(DateTimeOffset time) => new(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    /// <summary>A distinguished name (RFC 5280 §4.1.2.4).</summary>
    /// <exception cref="AsnContentException">It is not DER of a name, or a value of it is no text.</exception>
    internal static RegoObject Name(ReadOnlyMemory<byte> der)
    {
        var name = new RegoObject();
        foreach (var text in (ReadOnlySpan<string>)["CommonName", "SerialNumber"])
        {
            name.Set(text, RegoString.Empty);
        }

        foreach (var list in (ReadOnlySpan<string>)
            ["Country", "ExtraNames", "Locality", "Names", "Organization", "OrganizationalUnit", "PostalCode", "Province", "StreetAddress"])
        {
            name.Set(list, RegoNull.Instance);
        }

        var parts = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        while (parts.HasData)
        {
            var set = parts.ReadSetOf(skipSortOrderValidation: true);
            while (set.HasData)
            {
                var pair = set.ReadSequence();
                var type = pair.ReadObjectIdentifier();
                var value = new RegoString(Text(pair));
                var entry = new RegoObject();
                entry.Set("Type", Oid(type));
                entry.Set("Value", value);
                X509Extensions.Append(name, "Names", entry);
                switch (Attribute(type))
                {
                    case { Length: > 0 } field when field is "CommonName" or "SerialNumber":
                        name.Set(field, value);
                        break;
                    case { Length: > 0 } field:
                        X509Extensions.Append(name, field, value);
                        break;
                }
            }
        }

        return name;
    }

    private static string Attribute(string type) => type switch
    {
        "2.5.4.3" => "CommonName",
        "2.5.4.5" => "SerialNumber",
        "2.5.4.6" => "Country",
        "2.5.4.7" => "Locality",
        "2.5.4.8" => "Province",
        "2.5.4.9" => "StreetAddress",
        "2.5.4.10" => "Organization",
        "2.5.4.11" => "OrganizationalUnit",
        "2.5.4.17" => "PostalCode",
        _ => "",
    };

    private static string Text(AsnReader reader) => (UniversalTagNumber)reader.PeekTag().TagValue switch
    {
        UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String or UniversalTagNumber.T61String
            or UniversalTagNumber.BMPString or UniversalTagNumber.NumericString when reader.PeekTag().TagClass == TagClass.Universal
            => reader.ReadCharacterString((UniversalTagNumber)reader.PeekTag().TagValue),
        _ => throw new AsnContentException(),
    };
}
