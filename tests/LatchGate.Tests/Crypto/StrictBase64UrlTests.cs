using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Tests.Crypto;

public sealed class StrictBase64UrlTests
{
    // RFC 4648 §10, without padding.
    [Theory]
    [InlineData("", "")]
    [InlineData("Zg", "f")]
    [InlineData("Zm8", "fo")]
    [InlineData("Zm9v", "foo")]
    [InlineData("Zm9vYg", "foob")]
    [InlineData("Zm9vYmE", "fooba")]
    [InlineData("Zm9vYmFy", "foobar")]
    public void The_vectors_of_RFC_4648_decode(string text, string expected)
    {
        var bytes = new byte[16];
        Assert.True(StrictBase64Url.TryDecode(Encoding.ASCII.GetBytes(text), bytes, out var written));
        Assert.Equal(expected, Encoding.ASCII.GetString(bytes, 0, written));
    }

    [Theory]
    [InlineData("Zg==")]
    [InlineData("Zm8=")]
    [InlineData("Zm9v=")]
    [InlineData("Z")]
    [InlineData("Zm9vY")]
    [InlineData("+/+/")]
    [InlineData("Zm 9v")]
    [InlineData("Zm9v\n")]
    [InlineData(" Zm9v")]
    [InlineData("Zm9.")]
    [InlineData("Zm9é")]
    [InlineData("Zm9\0")]
    public void Padding_white_space_and_foreign_characters_are_refused(string text) =>
        Assert.False(StrictBase64Url.TryDecode(Encoding.UTF8.GetBytes(text), new byte[16], out _));

    [Fact]
    public void Every_value_of_one_and_two_bytes_has_exactly_one_spelling()
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var (oneByte, twoBytes) = (0, 0);
        var buffer = new byte[2];
        foreach (var a in Alphabet)
        {
            foreach (var b in Alphabet)
            {
                oneByte += StrictBase64Url.TryDecode([(byte)a, (byte)b], buffer, out _) ? 1 : 0;
                foreach (var c in Alphabet)
                {
                    twoBytes += StrictBase64Url.TryDecode([(byte)a, (byte)b, (byte)c], buffer, out _) ? 1 : 0;
                }
            }
        }

        Assert.Equal((256, 65536), (oneByte, twoBytes));
    }

    [Fact]
    public void A_destination_that_is_too_small_is_not_overrun() =>
        Assert.False(StrictBase64Url.TryDecode("Zm9v"u8, new byte[2], out _));
}
