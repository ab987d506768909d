namespace LatchGate.Actions;

// The code of a compiled template, which is one of the texts of the ActionImage. The generator writes it and the gate reads it; both
// compile this file, so the two cannot differ.
// A number is as in ActionImage, BYTES is a number and as many bytes of UTF-8, BLOCK is BYTES that holds more code.
//
//   template   = variables kind task
//   variables  = BLOCK *( BLOCK name-count *BYTES [ BYTES default-json ] )
//   task       = node                                                  of kind File
//              | BYTES method, text url, fields query, BLOCK *( BYTES name, text ), timeout-ms, body-mode body    of kind Http
//   text       = BLOCK *( Literal BYTES | Value mode variable | BeginSegment | EndSegment | BeginEncoded | EndEncoded mode | Optional text )
//   fields     = BLOCK *( Constant BYTES | Text BYTES text | Repeat BYTES variable | Deep BYTES variable | Spread variable )
//   node       = BLOCK ( Constant BYTES | Value variable | Text text | Object droppable members | Array droppable *node )
//   members    = *( Named BYTES node | Spread variable )
//   body       = - | node | fields | text | BLOCK *part | variable
//   part       = kind BYTES text-or-variable [ filename-text ] [ type-text ]

/// <summary>What a template makes.</summary>
internal enum TemplateKind : byte
{
    /// <summary>A task of the fs provider.</summary>
    File,

    /// <summary>A task of the http_api provider.</summary>
    Http,
}

/// <summary>One step of writing a text.</summary>
internal enum TextOp : byte
{
    /// <summary>Text of the template.</summary>
    Literal,

    /// <summary>A value, in its mode.</summary>
    Value,

    /// <summary>A path segment with a value begins.</summary>
    BeginSegment,

    /// <summary>It ends, and must be no empty or dot segment.</summary>
    EndSegment,

    /// <summary>Text that is encoded as a whole begins.</summary>
    BeginEncoded,

    /// <summary>It ends, and is encoded.</summary>
    EndEncoded,

    /// <summary>Text that is left out when one of its values is absent.</summary>
    Optional,
}

/// <summary>How a value is written into a text.</summary>
internal enum TextMode : byte
{
    /// <summary>As it is.</summary>
    Plain,

    /// <summary>Percent-encoded but for RFC 3986's unreserved characters.</summary>
    Percent,

    /// <summary>As it is; printable ASCII.</summary>
    Header,

    /// <summary>As it is; (part of) one label of a host name.</summary>
    HostLabel,

    /// <summary>As it is; a whole host name.</summary>
    Host,

    /// <summary>A port.</summary>
    Port,

    /// <summary>Several path segments, each percent-encoded.</summary>
    Segments,

    /// <summary>The items of an array, with commas between.</summary>
    Csv,

    /// <summary>The same, with each item percent-encoded.</summary>
    PercentCsv,

    /// <summary>The same, in a header.</summary>
    HeaderCsv,

    /// <summary>The value as JSON text.</summary>
    Json,

    /// <summary>The same, percent-encoded.</summary>
    PercentJson,

    /// <summary>UTF-8 in base64 (RFC 4648 section 4).</summary>
    Base64,

    /// <summary>The same, percent-encoded.</summary>
    PercentBase64,

    /// <summary>UTF-8 in base64url without padding (RFC 4648 section 5).</summary>
    Base64Url,

    /// <summary>As it is; no control character.</summary>
    Line,

    /// <summary>As it is, or an encoded word (RFC 2047); no control character.</summary>
    Word,

    /// <summary>With references for the characters of XML's markup.</summary>
    Xml,

    /// <summary>A parameter in quotes of a multipart header (RFC 7578 section 2).</summary>
    FileName,
}

/// <summary>One pair of a query or a form.</summary>
internal enum FieldOp : byte
{
    /// <summary>A pair as it stands.</summary>
    Constant,

    /// <summary>A name and a text.</summary>
    Text,

    /// <summary>A name, once for each item.</summary>
    Repeat,

    /// <summary>A name with keys in brackets.</summary>
    Deep,

    /// <summary>Each member of an object.</summary>
    Spread,
}

/// <summary>A value of a JSON body.</summary>
internal enum NodeOp : byte
{
    /// <summary>JSON as it stands.</summary>
    Constant,

    /// <summary>The value of a variable, with its type.</summary>
    Value,

    /// <summary>A string.</summary>
    Text,

    /// <summary>An object.</summary>
    Object,

    /// <summary>An array.</summary>
    Array,
}

/// <summary>A member of an object of a JSON body.</summary>
internal enum MemberOp : byte
{
    /// <summary>A name and a value.</summary>
    Named,

    /// <summary>Each member of an object of the request.</summary>
    Spread,
}

/// <summary>How a body is carried.</summary>
internal enum BodyMode : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>A JSON value.</summary>
    Json,

    /// <summary><c>application/x-www-form-urlencoded</c>.</summary>
    Form,

    /// <summary>Text.</summary>
    Text,

    /// <summary><c>multipart/form-data</c>.</summary>
    Multipart,

    /// <summary>The bytes of a value in base64.</summary>
    Base64,
}

/// <summary>What a part of a multipart body has; a field of text has none of these.</summary>
[Flags]
internal enum PartOp : byte
{
    /// <summary>The value is text.</summary>
    Text = 0,

    /// <summary>The value is base64 and is sent decoded.</summary>
    Base64 = 1,

    /// <summary>It has a file name.</summary>
    FileName = 2,

    /// <summary>It has a type.</summary>
    Type = 4,
}
