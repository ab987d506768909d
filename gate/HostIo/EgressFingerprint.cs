using System.Buffers;
using System.Buffers.Binary;
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
    private const int LengthBytes = 4;
    private const int OnStack = 1024;

    private static ReadOnlySpan<byte> Tag => "latchgate.egress.v1"u8;

    internal static Sha256Digest Of(string method, Target target, string rule, in Sha256Digest body)
    {
        var capacity = 6 * LengthBytes + Tag.Length + Sha256Digest.Size
            + Encoding.UTF8.GetMaxByteCount(method.Length + target.Origin.Length + target.PathAndQuery.Length + rule.Length);
        var rented = capacity > OnStack ? ArrayPool<byte>.Shared.Rent(capacity) : null;
        var text = rented is null ? stackalloc byte[OnStack] : rented;
        try
        {
            var end = Append(text, 0, Tag);
            end = Append(text, end, method);
            end = Append(text, end, target.Origin);
            end = Append(text, end, target.PathAndQuery);
            end = Append(text, end, rule);
            end = Append(text, end, body.Bytes);
            return Sha256Digest.Of(text[..end]);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private static int Append(Span<byte> text, int end, ReadOnlySpan<byte> field)
    {
        BinaryPrimitives.WriteUInt32BigEndian(text[end..], (uint)field.Length);
        field.CopyTo(text[(end + LengthBytes)..]);
        return end + LengthBytes + field.Length;
    }

    private static int Append(Span<byte> text, int end, string field)
    {
        var length = Encoding.UTF8.GetBytes(field, text[(end + LengthBytes)..]);
        BinaryPrimitives.WriteUInt32BigEndian(text[end..], (uint)length);
        return end + LengthBytes + length;
    }
}
