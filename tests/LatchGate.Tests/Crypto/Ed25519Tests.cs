using System.Numerics;
using LatchGate.Crypto;

namespace LatchGate.Tests.Crypto;

/// <summary>Signatures of receipts and grants have one form, and no key signs everything.</summary>
public sealed class Ed25519Tests
{
    // RFC 8032 §7.1, TEST 2.
    private static readonly byte[] Key = Convert.FromHexString("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    private static readonly byte[] Message = [0x72];
    private static readonly byte[] Signature = Convert.FromHexString(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

    [Fact]
    public void The_signature_of_RFC_8032_is_valid_and_one_bit_more_is_not()
    {
        Assert.True(Ed25519.Verify(Key, Message, Signature));
        foreach (var at in new[] { 0, 31, 32, 63 })
        {
            var changed = (byte[])Signature.Clone();
            changed[at] ^= 1;
            Assert.False(Ed25519.Verify(Key, Message, changed));
        }

        Assert.False(Ed25519.Verify(Key, [0x73], Signature));
        Assert.False(Ed25519.Verify(Key, Message, Signature.AsSpan(0, 63)));
        Assert.False(Ed25519.Verify(Key.AsSpan(0, 31), Message, Signature));
    }

    // S and S + L are the same scalar; RFC 8032 §5.1.7 takes the smaller alone.
    [Fact]
    public void A_second_spelling_of_a_signature_is_refused()
    {
        var order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);
        var scalar = new BigInteger(Signature.AsSpan(32), isUnsigned: true) + order;
        var other = (byte[])Signature.Clone();
        Assert.True(scalar.TryWriteBytes(other.AsSpan(32), out _, isUnsigned: true));
        Assert.NotEqual(Signature, other);
        Assert.False(Ed25519.Verify(Key, Message, other));
    }

    // With the neutral element for key and R, and S = 0, the equation holds for every message.
    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void A_key_of_small_order_signs_nothing(string key)
    {
        var signature = new byte[64];
        signature[0] = 1;
        Assert.False(Ed25519.Verify(Convert.FromHexString(key), Message, signature));
    }
}
