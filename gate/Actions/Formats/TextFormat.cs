namespace LatchGate.Actions.Formats;

/// <summary>The formats that <c>format</c> asserts (JSON Schema Validation 2020-12, §7.3). The numbers stand in compiled schemas.</summary>
internal enum TextFormat
{
    /// <summary>No known format.</summary>
    None,

    /// <summary>RFC 3339 <c>date-time</c>.</summary>
    DateTime,

    /// <summary>RFC 3339 <c>full-date</c>.</summary>
    Date,

    /// <summary>RFC 3339 <c>full-time</c>.</summary>
    Time,

    /// <summary>RFC 3339, appendix A, <c>duration</c>.</summary>
    Duration,

    /// <summary>RFC 5321 <c>Mailbox</c>.</summary>
    Email,

    /// <summary>RFC 6531 <c>Mailbox</c>.</summary>
    IdnEmail,

    /// <summary>RFC 1123, with A-labels of RFC 5890.</summary>
    Hostname,

    /// <summary>RFC 2673 <c>dotted-quad</c>.</summary>
    Ipv4,

    /// <summary>RFC 4291, without a zone.</summary>
    Ipv6,

    /// <summary>RFC 3986 <c>URI</c>.</summary>
    Uri,

    /// <summary>RFC 3986 <c>URI-reference</c>.</summary>
    UriReference,

    /// <summary>RFC 3987 <c>IRI</c>.</summary>
    Iri,

    /// <summary>RFC 3987 <c>IRI-reference</c>.</summary>
    IriReference,

    /// <summary>RFC 4122, in any case.</summary>
    Uuid,

    /// <summary>RFC 6901.</summary>
    JsonPointer,

    /// <summary>A relative JSON pointer.</summary>
    RelativeJsonPointer,

    /// <summary>ECMA-262, in Unicode mode.</summary>
    Regex,
}
