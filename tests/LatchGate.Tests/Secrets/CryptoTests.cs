using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Tests.Secrets;

/// <summary>The primitives below age and SOPS, by the published vectors.</summary>
public sealed class CryptoTests
{
    // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 17 and 18: nonces of 8 and of 60 bytes.
    [Theory]
    [InlineData(
        "cafebabefacedbad",
        "c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0feb582d33934a4f0954cc2363bc73f7862ac430e64abe499f47c9b1f",
        "3a337dbf46a792c45e454913fe2ea8f2")]
    [InlineData(
        "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b",
        "5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf40fc0c3b780f244452da3ebf1c5d82cdea2418997200ef82e44ae7e3f",
        "a44a8266ee1c8eb0c8b5d4cf5ae9f19a")]
    public void Aes_256_gcm_takes_nonces_of_any_length(string nonce, string ciphertext, string tag)
    {
        var key = Convert.FromHexString("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        var data = Convert.FromHexString("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        var plain = Convert.FromHexString("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
        var (sealedText, sealedTag, opened) = (new byte[plain.Length], new byte[16], new byte[plain.Length]);
        AesGcm256.Encrypt(key, Convert.FromHexString(nonce), data, plain, sealedText, sealedTag);
        Assert.Equal((ciphertext, tag), (Convert.ToHexStringLower(sealedText), Convert.ToHexStringLower(sealedTag)));
        Assert.True(AesGcm256.TryDecrypt(key, Convert.FromHexString(nonce), data, sealedText, sealedTag, opened));
        Assert.Equal(plain, opened);

        sealedTag[0] ^= 1;
        Assert.False(AesGcm256.TryDecrypt(key, Convert.FromHexString(nonce), data, sealedText, sealedTag, opened));
        Assert.All(opened, static b => Assert.Equal(0, b));
    }

    [Fact]
    public void X25519_iterates_as_in_RFC_7748()
    {
        // §5.2: after one and after 1000 rounds.
        byte[] k = [9, .. new byte[31]], u = [9, .. new byte[31]];
        for (var i = 1; i <= 1000; i++)
        {
            var shared = new byte[32];
            Assert.True(X25519.TryAgree(k, u, shared));
            (u, k) = (k, shared);
            if (i == 1)
            {
                Assert.Equal("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079", Convert.ToHexStringLower(k));
            }
        }

        Assert.Equal("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", Convert.ToHexStringLower(k));
    }

    [Theory]
    [InlineData("", "", 4, 1, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")]
    [InlineData(
        "pleaseletmein", "SodiumChloride", 14, 8, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")]
    public void Scrypt_derives_as_in_RFC_7914(string password, string salt, int logCost, int blockSize, string expected)
    {
        var key = new byte[64];
        Scrypt.DeriveKey(Encoding.ASCII.GetBytes(password), Encoding.ASCII.GetBytes(salt), logCost, blockSize, key);
        Assert.Equal(expected, Convert.ToHexStringLower(key));
    }

    [Fact]
    public void A_point_of_small_order_agrees_on_nothing()
    {
        var scalar = Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef");
        Assert.False(X25519.TryAgree(scalar, new byte[32], new byte[32]));
    }
}
