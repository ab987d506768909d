using System.Text;
using LatchGate.Egress;

namespace LatchGate.Tests.Egress;

public sealed class TargetTests
{
    [Theory]
    [InlineData("HTTPS://API.Example.COM./", "https://api.example.com:443", "/")]
    [InlineData("http://example.com", "http://example.com:80", "/")]
    [InlineData("http://example.com?a@b", "http://example.com:80", "/?a@b")]
    [InlineData("http://example.com/a/../%2e%2E/b?x=%41#frag", "http://example.com:80", "/a/../%2e%2E/b?x=%41")]
    [InlineData("https://[2606:4700:4700:0:0:0:0:1111]:8443/x", "https://[2606:4700:4700::1111]:8443", "/x")]
    [InlineData("https://[::ffff:93.184.216.34]/", "https://93.184.216.34:443", "/")]
    [InlineData("https://example.com/ü?ö", "https://example.com:443", "/%C3%BC?%C3%B6")]
    [InlineData("https://xn--a/", "https://xn--a:443", "/")]
    [InlineData("https://xn--999999999.example/", "https://xn--999999999.example:443", "/")]
    public void A_URL_has_one_canonical_reading(string url, string origin, string path)
    {
        Assert.True(Target.Parse(url, out var target, out var reason));
        Assert.Equal(EgressReason.Allowed, reason);
        Assert.Equal(origin, target.Origin);
        Assert.Equal(path, target.PathAndQuery);
        Assert.Equal(path, target.RequestUri.PathAndQuery);
    }

    [Theory]
    [InlineData("", EgressReason.InvalidUrl)]
    [InlineData("example.com/x", EgressReason.InvalidUrl)]
    [InlineData("https:/example.com/", EgressReason.InvalidUrl)]
    [InlineData("https://exam\u0000ple.com/", EgressReason.InvalidUrl)]
    [InlineData("https://example.com/\u007f", EgressReason.InvalidUrl)]
    [InlineData("ws://example.com/", EgressReason.UnsupportedScheme)]
    [InlineData("https://@example.com/", EgressReason.UrlCredentials)]
    [InlineData("https://a:b@/", EgressReason.UrlCredentials)]
    [InlineData("https://:1/", EgressReason.MissingHost)]
    [InlineData("https://exa_mple.com/", EgressReason.InvalidHost)]
    [InlineData("https://a:1:2/", EgressReason.InvalidHost)]
    [InlineData("https://[1.2.3.4]/", EgressReason.InvalidHost)]
    [InlineData("https://[::ffff:0177.0.0.1]/", EgressReason.InvalidHost)]
    [InlineData("https://[]/", EgressReason.InvalidHost)]
    [InlineData("https://[::1]:/", EgressReason.InvalidPort)]
    [InlineData("https://example.com:+1/", EgressReason.InvalidPort)]
    [InlineData("https://example.com:99999/", EgressReason.InvalidPort)]
    [InlineData("https://127.0.0.1./", EgressReason.NoncanonicalIp)]
    [InlineData("https://127.1/", EgressReason.NoncanonicalIp)]
    [InlineData("https://0x7f.0.0.1/", EgressReason.NoncanonicalIp)]
    [InlineData("https://0X7F000001/", EgressReason.NoncanonicalIp)]
    [InlineData("https://1.2.3.4.5/", EgressReason.NoncanonicalIp)]
    [InlineData("https://１２７.0.0.1/", EgressReason.InvalidHost)]
    public void A_bad_URL_is_refused_for_its_first_fault(string url, EgressReason expected)
    {
        Assert.False(Target.Parse(url, out var target, out var reason));
        Assert.Null(target);
        Assert.Equal(expected, reason);
    }

    [Fact]
    public void A_lone_surrogate_is_no_text()
    {
        // Built here: an attribute would carry it as the replacement character.
        Assert.False(Target.Parse("https://example.com/" + '\ud800', out _, out var reason));
        Assert.Equal(EgressReason.InvalidUrl, reason);
        Assert.False(Target.Parse("https://example.com/" + '\udc00' + '\ud800', out _, out _));
    }

    // RFC 3492 §7.1 samples (L, N, B, E shape aside), and RFC 5891's sharp s.
    [Theory]
    [InlineData("bücher", "xn--bcher-kva")]
    [InlineData("BÜCHER", "xn--bcher-kva")]
    [InlineData("faß", "xn--fa-hia")]
    [InlineData("3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b")]
    [InlineData("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye")]
    [InlineData("なぜみんな日本語を話してくれないのか", "xn--n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa")]
    [InlineData("почемужеонинеговорятпорусски", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l")]
    [InlineData("ひとつ屋根の下2", "xn--2-u9tlzr9756bt3uc0v")]
    public void A_canonical_label_becomes_its_A_label(string label, string expected)
    {
        Assert.True(Target.Parse($"https://{label}.example/", out var target, out _));
        Assert.Equal(expected + ".example", target.Host);
    }

    [Theory]
    [InlineData("ⓔxample")] // compatibility letter
    [InlineData("ex\u00ADample")] // soft hyphen
    [InlineData("a\u200Db")] // zero width joiner
    [InlineData("ｅxample")] // full width
    [InlineData("\u212Aelvin-ü")] // Kelvin sign folds to k, but not back
    [InlineData("stra\u1E9Ee")] // capital sharp s
    [InlineData("u\u0308ber")] // decomposed
    [InlineData("\u0133s")] // ij ligature
    [InlineData("-ü")]
    [InlineData("ab--ü")]
    [InlineData("שלום")] // right to left: to be given as an A-label
    public void A_label_that_a_mapping_could_change_is_refused(string label)
    {
        Assert.False(Target.Parse($"https://{label}.example/", out _, out var reason));
        Assert.Equal(EgressReason.InvalidHost, reason);
    }

    [Fact]
    public void A_URL_of_8192_bytes_is_read_and_one_byte_more_is_not()
    {
        const string head = "https://example.com/";
        Assert.True(Target.Parse(head + new string('a', Target.MaxLength - head.Length), out _, out _));
        Assert.False(Target.Parse(head + new string('a', Target.MaxLength - head.Length + 1), out _, out _));
        Assert.False(Target.Parse(head + new string('ü', (Target.MaxLength - head.Length) / 2 + 1), out _, out _));
    }

    [Theory]
    [InlineData("::")]
    [InlineData("::1.2.3.4")]
    [InlineData("::ffff:0:10.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b:1::10.0.0.1")]
    [InlineData("2606:4700::5efe:10.0.0.1")]
    [InlineData("2606:4700::200:5efe:a00:1")]
    [InlineData("fe80::1")]
    [InlineData("2001:0db8:0000:0000:0001:0000:0000:0001")]
    [InlineData("2001:db8:0:1:1:1:1:1")]
    public void An_IPv6_literal_keeps_its_value(string address)
    {
        Assert.True(Target.Parse($"https://[{address}]/", out var target, out _));
        Assert.Equal(System.Net.IPAddress.Parse(address), target.Address);
    }

    [Fact]
    public void Whatever_is_read_is_a_fixed_point_and_nothing_throws()
    {
        string[] pieces = ["http", "https", ":", "//", "/", "@", "[", "]", "::1", "127.0.0.1", "0x7f", "a", "xn--", "-", ".", "%", "ü", "ß", "\u200d", "?", "#", "\\", " ", ":443", "2130706433", "\ud83d"];
        var random = new Random(2);
        var read = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var text = new StringBuilder(random.Next(4) == 0 ? "" : "https://");
            for (var n = random.Next(1, 8); n > 0; n--)
            {
                text.Append(pieces[random.Next(pieces.Length)]);
            }

            if (Target.Parse(text.ToString(), out var target, out _))
            {
                read++;
                Assert.True(Target.Parse(target.Origin + target.PathAndQuery, out var again, out _));
                Assert.Equal(target.Origin, again.Origin);
                Assert.Equal(target.PathAndQuery, again.PathAndQuery);
                Assert.Equal(target.Host, target.RequestUri.IdnHost);
            }
        }

        Assert.True(read > 1000, "The generator must also make readable URLs.");
    }
}
