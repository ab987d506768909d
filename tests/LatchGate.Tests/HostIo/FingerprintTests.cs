using System.Buffers.Binary;
using System.Security.Cryptography;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.HostIo;

namespace LatchGate.Tests.HostIo;

public sealed class FingerprintTests
{
    [Fact]
    public void The_fingerprint_hashes_length_prefixed_fields_under_its_tag()
    {
        Assert.True(Target.Parse("https://api.test/a?b", out var target, out _));
        var body = SHA256.HashData("x"u8);
        using var expected = new MemoryStream();
        foreach (var field in new[]
        {
            "latchgate.egress.v1"u8.ToArray(), "POST"u8.ToArray(), "https://api.test:443"u8.ToArray(), "/a?b"u8.ToArray(), "rule"u8.ToArray(), body,
        })
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, field.Length);
            expected.Write(length);
            expected.Write(field);
        }

        var fingerprint = EgressFingerprint.Of("POST", target, "rule", Sha256Digest.FromBytes(body));

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(expected.ToArray())), fingerprint.ToHex());
    }
}
