using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>
/// Identifies a request in records that must not hold its path or query: SHA-256 over the tag
/// <c>latchgate.egress.v1</c>, method, origin, path with query, rule and the SHA-256 of the body, each with its length
/// before it as 32-bit big-endian, so that no field can slide into the next.
/// </summary>
internal static class EgressFingerprint
{
    private static ReadOnlySpan<byte> Tag => "latchgate.egress.v1"u8;

    internal static Sha256Digest Of(string method, Target target, string rule, in Sha256Digest body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Tag);
        Append(hash, Encoding.UTF8.GetBytes(method));
        Append(hash, Encoding.UTF8.GetBytes(target.Origin));
        Append(hash, Encoding.UTF8.GetBytes(target.PathAndQuery));
        Append(hash, Encoding.UTF8.GetBytes(rule));
        Append(hash, body.Bytes);
        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        hash.GetHashAndReset(digest);
        return Sha256Digest.FromBytes(digest);
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> field)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)field.Length);
        hash.AppendData(length);
        hash.AppendData(field);
    }
}
