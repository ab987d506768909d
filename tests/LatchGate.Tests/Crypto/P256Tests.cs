using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Tests.Crypto;

public sealed class P256Tests
{
    // RFC 9449 §4.1 and §6.1.
    private const string X = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs";
    private const string Y = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA";

    [Fact]
    public void The_thumbprint_is_the_one_of_RFC_9449()
    {
        Assert.True(P256PublicKey.TryCreate(Base64Url.DecodeFromChars(X), Base64Url.DecodeFromChars(Y), out var key));
        Assert.Equal("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", key.Thumbprint.ToString());
    }

    [Fact]
    public void A_point_off_the_curve_is_refused()
    {
        var y = Base64Url.DecodeFromChars(Y);
        y[31] ^= 1;
        Assert.False(P256PublicKey.TryCreate(Base64Url.DecodeFromChars(X), y, out _));
    }

    [Fact]
    public void A_coordinate_that_is_not_reduced_is_refused()
    {
        // x = 5 is on the curve: 125 − 15 + b is a square. x = 5 + p spells the same point with a number that is too large.
        var (five, fiveAndPrime) = (new byte[32], Convert.FromHexString("FFFFFFFF00000001000000000000000000000001000000000000000000000004"));
        five[31] = 5;
        var y = SquareRoot(five);

        Assert.True(P256PublicKey.TryCreate(five, y, out _));
        Assert.False(P256PublicKey.TryCreate(fiveAndPrime, y, out _));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(0)]
    public void A_coordinate_of_another_length_is_refused(int length) =>
        Assert.False(P256PublicKey.TryCreate(new byte[length], new byte[32], out _));

    [Fact]
    public void Thumbprints_are_read_in_one_spelling_only()
    {
        Assert.True(JwkThumbprint.TryParse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", out var a));
        Assert.True(JwkThumbprint.TryParse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"u8, out var b));
        Assert.True(a == b);
        Assert.False(JwkThumbprint.TryParse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4J", out _));
        Assert.False(JwkThumbprint.TryParse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I=", out _));
        Assert.False(JwkThumbprint.TryParse("", out _));
    }

    [Fact]
    public async Task One_key_verifies_on_many_threads_at_once()
    {
        using var signing = P256SigningKey.Generate();
        var message = Encoding.ASCII.GetBytes("message");
        var signature = new byte[64];
        signing.Sign(message, signature);
        var wrong = signature.ToArray();
        wrong[5] ^= 1;

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => signing.PublicKey.Verify(message, i % 2 == 0 ? signature : wrong))));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => i % 2 == 0), results);
    }

    [Fact]
    public void A_PEM_round_trip_keeps_the_key_and_OpenSSL_forms_are_read()
    {
        using var key = P256SigningKey.Generate();
        var pem = Encoding.ASCII.GetString(key.ExportPem());
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----\n", pem, StringComparison.Ordinal);
        Assert.True(P256SigningKey.TryImportPem(pem, out var again));
        Assert.Equal(key.PublicKey.Thumbprint, again.PublicKey.Thumbprint);

        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.True(P256SigningKey.TryImportPem(ecdsa.ExportECPrivateKeyPem(), out var sec1));
        Assert.Equal(ecdsa.ExportParameters(false).Q.X, sec1.PublicKey.X.ToArray());
        again.Dispose();
        sec1.Dispose();
    }

    [Fact]
    public void Public_keys_other_curves_and_garbage_are_no_signing_keys()
    {
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        Assert.False(P256SigningKey.TryImportPem(p256.ExportSubjectPublicKeyInfoPem(), out _));
        Assert.False(P256SigningKey.TryImportPem(p384.ExportPkcs8PrivateKeyPem(), out _));
        Assert.False(P256SigningKey.TryImportPem(rsa.ExportPkcs8PrivateKeyPem(), out _));
        Assert.False(P256SigningKey.TryImportPem("nothing of the kind", out _));
        Assert.False(P256SigningKey.TryImportPem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", out _));
    }

    /// <summary>y of a point with this x, by p ≡ 3 (mod 4): (x³ − 3x + b)^((p+1)/4).</summary>
    private static byte[] SquareRoot(byte[] x)
    {
        var p = System.Numerics.BigInteger.Pow(2, 256) - System.Numerics.BigInteger.Pow(2, 224) + System.Numerics.BigInteger.Pow(2, 192)
            + System.Numerics.BigInteger.Pow(2, 96) - 1;
        var b = new System.Numerics.BigInteger(Convert.FromHexString("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B"), true, true);
        var value = new System.Numerics.BigInteger(x, true, true);
        var square = (value * value * value - 3 * value + b) % p;
        var root = System.Numerics.BigInteger.ModPow(square, (p + 1) / 4, p);
        Assert.Equal(square, root * root % p);
        var bytes = root.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }
}
