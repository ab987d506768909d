using System.Text;
using LatchGate.Actions.Formats;

namespace LatchGate.Tests.Actions;

/// <summary>What the public suite's files that we have do not cover; examples of the RFCs where there are some.</summary>
public sealed class TextFormatsTests
{
    [Theory]

    // RFC 3339 §5.8, and what stands just outside of it.
    [InlineData("date-time", "1985-04-12T23:20:50.52Z", true)]
    [InlineData("date-time", "1996-12-19T16:39:57-08:00", true)]
    [InlineData("date-time", "1990-12-31T23:59:60Z", true)]
    [InlineData("date-time", "1990-12-31T15:59:60-08:00", true)]
    [InlineData("date-time", "1937-01-01T12:00:27.87+00:20", true)]
    [InlineData("date-time", "1985-04-12t23:20:50z", true)]
    [InlineData("date-time", "1985-04-12 23:20:50Z", false)]
    [InlineData("date-time", "1985-04-12T23:20:50", false)]
    [InlineData("date-time", "1985-04-12T23:20:50.Z", false)]
    [InlineData("date-time", "1990-12-31T23:58:60Z", false)]
    [InlineData("date-time", "1990-02-31T00:00:00Z", false)]
    [InlineData("date-time", "1990-12-31T00:00:00-24:00", false)]
    [InlineData("date-time", "1990-12-31T00:00:00+01:00Z", false)]
    [InlineData("date-time", "+1990-12-31T00:00:00Z", false)]
    [InlineData("date-time", "", false)]

    [InlineData("duration", "P4DT12H30M5S", true)]
    [InlineData("duration", "P2W", true)]
    [InlineData("duration", "PT0S", true)]
    [InlineData("duration", "P1Y2M3DT4H", true)]
    [InlineData("duration", "P", false)]
    [InlineData("duration", "PT", false)]
    [InlineData("duration", "P1DT", false)]
    [InlineData("duration", "P1W2D", false)]
    [InlineData("duration", "P2D1Y", false)]
    [InlineData("duration", "PT1D", false)]
    [InlineData("duration", "P1.5D", false)]

    // RFC 3986 §1.1.2 and §5.4.
    [InlineData("uri", "ftp://ftp.is.co.za/rfc/rfc1808.txt", true)]
    [InlineData("uri", "ldap://[2001:db8::7]/c=GB?objectClass?one", true)]
    [InlineData("uri", "mailto:John.Doe@example.com", true)]
    [InlineData("uri", "tel:+1-816-555-1212", true)]
    [InlineData("uri", "urn:oasis:names:specification:docbook:dtd:xml:4.1.2", true)]
    [InlineData("uri", "http://[v1.fe:x]/", true)]
    [InlineData("uri", "http://a/b?c#d", true)]
    [InlineData("uri", "//a/b", false)]
    [InlineData("uri", "http://a b/", false)]
    [InlineData("uri", "http://a/%4", false)]
    [InlineData("uri", "http://a/%zz", false)]
    [InlineData("uri", "http://[::1", false)]
    [InlineData("uri", "http://a:80x/", false)]
    [InlineData("uri", "1http://a/", false)]
    [InlineData("uri", "http://a/\"b\"", false)]
    [InlineData("uri", "http://a/é", false)]
    [InlineData("uri-reference", "../g;x=1/./y", true)]
    [InlineData("uri-reference", "", true)]
    [InlineData("uri-reference", "#f", true)]
    [InlineData("uri-reference", "1a:b", false)]
    [InlineData("uri-reference", "a\\b", false)]
    [InlineData("iri", "http://ƒøø.ßår/?∂éœ=πîx#πîüx", true)]
    [InlineData("iri", "/é", false)]
    [InlineData("iri-reference", "/é", true)]

    [InlineData("email", "a@b", true)]
    [InlineData("email", "\"a\\\"b\"@b.example", true)]
    [InlineData("email", "\"a\"b\"@b.example", false)]
    [InlineData("email", "\"a\\\"@b.example", false)]
    [InlineData("email", "é@b.example", false)]
    [InlineData("idn-email", "é@bé.example", true)]
    [InlineData("hostname", "a_b.example", false)]
    [InlineData("hostname", "ab--cd.example", false)]
    [InlineData("hostname", "xn--bcher-kva.example", true)]
    [InlineData("ipv4", "1.2.3.04", false)]
    [InlineData("ipv4", "1.2.3.4.", false)]
    [InlineData("ipv4", "1.2.3", false)]
    [InlineData("ipv6", "::", true)]
    [InlineData("ipv6", "1:2:3:4:5:6:7::", true)]
    [InlineData("ipv6", "::ffff:192.0.2.1", true)]
    [InlineData("ipv6", "1:2:3:4:5:6:7:8::", false)]
    [InlineData("ipv6", "1::2::3", false)]
    [InlineData("ipv6", "fe80::1%eth0", false)]
    [InlineData("ipv6", "1:2:3:4:5:6:7:", false)]
    [InlineData("ipv6", ":1:2:3:4:5:6:7", false)]
    [InlineData("uuid", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", true)]
    [InlineData("uuid", "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}", false)]

    [InlineData("regex", "([abc])+\\s+$", true)]
    [InlineData("regex", "^(abc]", false)]
    [InlineData("regex", "(?<year>\\d{4})-\\k<year>|[\\w\\-.]{2,}?(?!x)\\u{1F600}\\p{L}\\cJ\\0", true)]
    [InlineData("regex", "(a)\\1", true)]
    [InlineData("regex", "(?:a)\\1", false)]
    [InlineData("regex", "\\Z", false)]
    [InlineData("regex", "a{2,1}", false)]
    [InlineData("regex", "a**", false)]
    [InlineData("regex", "[z-a]", false)]
    [InlineData("regex", "[\\d-z]", false)]
    [InlineData("regex", "(?=a)*", false)]
    [InlineData("regex", "a\\", false)]
    [InlineData("regex", "[é-ü]", true)]
    public void A_text_has_a_format_or_not(string format, string text, bool holds) =>
        Assert.Equal(holds, TextFormats.Holds(TextFormats.Of(format), Encoding.UTF8.GetBytes(text)));

    // Each format on every prefix of texts of all formats: none may read past the end.
    [Fact]
    public void No_text_is_too_short_for_a_format()
    {
        string[] texts =
        [
            "1990-12-31T15:59:60.1-08:00", "P1Y2M3DT4H5M6S", "\"a\\b\"@[IPv6:::1]", "xn--bcher-kva.example", "192.0.2.255", "1:2::3:192.0.2.1",
            "http://u:p@[v1.a]:80/p%41?q#f", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "/a~0b~1", "12/a", "(?<n>[^a-\\u{10FFFF}é]{2,3}?)\\k<n>\\p{L}\\x41\\cA",
        ];
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            foreach (var name in TextFormats.Names)
            {
                for (var length = 0; length <= bytes.Length; length++)
                {
                    if (System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, length)))
                    {
                        TextFormats.Holds(TextFormats.Of(name), bytes.AsSpan(0, length));
                    }
                }
            }
        }

        Assert.True(TextFormats.Names.Length > 15);
    }

    [Fact]
    public void A_pattern_that_nests_without_end_is_no_pattern_and_no_crash() =>
        Assert.False(TextFormats.Holds(TextFormat.Regex, Encoding.UTF8.GetBytes(new string('(', 100_000))));
}
