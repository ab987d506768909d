using LatchGate.Crypto;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Pipeline;

/// <summary>The spellings of one digest: SHA-256 of "hello world" (RFC 9530 has others; this one from coreutils).</summary>
public sealed class DigestTextTests
{
    private const string Hex = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";
    private const string Base64 = "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=";

    private static readonly Sha256Digest Digest = Sha256Digest.Of("hello world"u8);

    [Theory]
    [InlineData(Hex)]
    [InlineData("sha256:" + Hex)]
    [InlineData("SHA256:B94D27B9934D3E08A52E52D7DA7DABFAC484EFE37A5380EE9088F7ACE2EFCDE9")]
    [InlineData(Base64)]
    [InlineData("sha-256=:" + Base64 + ":")]
    [InlineData("sha-512=:AAAA:, sha-256=:" + Base64 + ":")]
    [InlineData("SHA-256=" + Base64 + ",unixsum=30637")]
    [InlineData("  " + Hex + "  ")]
    public void A_digest_is_known_in_every_spelling(string text) => Assert.True(DigestText.Says(text, Digest));

    [Theory]
    [InlineData("")]
    [InlineData("sha256:")]
    [InlineData("a94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9")]
    [InlineData("b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcd")]
    [InlineData("sha512:" + Hex)]
    [InlineData("md5=:" + Base64 + ":")]
    [InlineData("sha-256=:AU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=:")]
    [InlineData("sha-256=:" + Base64 + ":, sha-256=:AU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=:")]
    [InlineData(Base64 + "," + Base64)]
    [InlineData("sha256:" + Base64)]
    public void Anything_else_is_not_that_digest(string text) => Assert.False(DigestText.Says(text, Digest));
}
