using System;

namespace LatchGate.Actions.Formats;

/// <summary>
/// Checks texts against formats. The generator compiles these files too, for its older framework: what it takes as a default is what the
/// gate takes.
/// </summary>
internal static class TextFormats
{
    private static readonly string[] _names =
    [
        "", "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "iri",
        "iri-reference", "uuid", "json-pointer", "relative-json-pointer", "regex",
    ];

    /// <summary>The names of all formats but <see cref="TextFormat.None"/>.</summary>
    public static ReadOnlySpan<string> Names => _names.AsSpan(1);

    /// <summary>The name of a format in schemas.</summary>
    public static string NameOf(TextFormat format) => _names[(int)format];

    /// <summary>The format of a name; none where it is not known.</summary>
    public static TextFormat Of(string name) => name.Length == 0 ? TextFormat.None : (TextFormat)Math.Max(0, Array.IndexOf(_names, name));

    /// <summary>Whether a text in well-formed UTF-8 has the format.</summary>
    public static bool Holds(TextFormat format, ReadOnlySpan<byte> text) => format switch
    {
        TextFormat.DateTime => TimeFormats.IsDateTime(text),
        TextFormat.Date => TimeFormats.IsDate(text),
        TextFormat.Time => TimeFormats.IsTime(text),
        TextFormat.Duration => TimeFormats.IsDuration(text),
        TextFormat.Email => MailFormat.IsMailbox(text, international: false),
        TextFormat.IdnEmail => MailFormat.IsMailbox(text, international: true),
        TextFormat.Hostname => HostFormats.IsHostname(text),
        TextFormat.Ipv4 => HostFormats.IsIpv4(text),
        TextFormat.Ipv6 => HostFormats.IsIpv6(text),
        TextFormat.Uri => UriFormats.IsUri(text, needsScheme: true, international: false),
        TextFormat.UriReference => UriFormats.IsUri(text, needsScheme: false, international: false),
        TextFormat.Iri => UriFormats.IsUri(text, needsScheme: true, international: true),
        TextFormat.IriReference => UriFormats.IsUri(text, needsScheme: false, international: true),
        TextFormat.Uuid => PlainFormats.IsUuid(text),
        TextFormat.JsonPointer => PlainFormats.IsJsonPointer(text),
        TextFormat.RelativeJsonPointer => PlainFormats.IsRelativeJsonPointer(text),
        TextFormat.Regex => new RegexSyntax(text).IsPattern(),
        _ => true,
    };
}
