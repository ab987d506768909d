using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using LatchGate.Egress;
using LatchGate.Secrets;

namespace LatchGate.HostIo;

/// <summary>A response's body, read within its bound, raw and decoded: no more than one buffer beyond it is ever held.</summary>
/// <remarks>
/// The gate asks for <c>identity</c>. Some answer with a coding all the same; <c>gzip</c> and <c>deflate</c> (RFC 9110 §8.4.1) are
/// read, so that verification and redaction see what the guest sees, and any other is <see cref="EgressReason.ContentCoding"/>.
/// </remarks>
/// <param name="Reason"><see cref="EgressReason.Allowed"/>, or why there is no body.</param>
/// <param name="Bytes">The body, decoded.</param>
/// <param name="IsCut">Whether there was more.</param>
internal sealed record ResponseBody(EgressReason Reason, byte[] Bytes, bool IsCut)
{
    private const int FirstBuffer = 16 * 1024;

    // Longer than any secret in any spelling that the redactor knows.
    private const int Overlap = 64 * 1024;

    /// <summary>The body.</summary>
    /// <param name="content">Of the response.</param>
    /// <param name="limits">Their bytes bound both forms.</param>
    /// <param name="redactor">
    /// Hides secrets in a body that is cut, before the cut: half a secret is found by nobody, and an upstream that echoes one after a
    /// padding of the guest's choice would give it away byte by byte.
    /// </param>
    /// <param name="cancellation">Ends reading.</param>
    /// <exception cref="IOException">The peer broke off, or the coding is broken.</exception>
    internal static async ValueTask<ResponseBody> ReadAsync(
        HttpContent content, EgressLimits limits, SecretRedactor? redactor, CancellationToken cancellation)
    {
        if (!TryCoding(content, out var coding))
        {
            return Refused(EgressReason.ContentCoding);
        }

        await using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var limit = limits.ResponseBytes;
        var mayCut = limits.OnOverflow == OverflowPolicy.Truncate;
        var held = mayCut ? (int)Math.Min((long)limit + Overlap, Array.MaxLength) : limit;
        var body = await ReadAsync(stream, coding == Coding.Identity ? held : limit, cancellation).ConfigureAwait(false);
        if (coding != Coding.Identity && body.Bytes.Length > 0)
        {
            // What a cut coding would decode to is anybody's guess.
            if (body.IsCut)
            {
                return Refused(EgressReason.ResponseTooLarge);
            }

            body = await DecodeAsync(body.Bytes, coding, held, cancellation).ConfigureAwait(false);
        }

        if (!body.IsCut && body.Bytes.Length <= limit)
        {
            return body;
        }

        return mayCut ? new ResponseBody(EgressReason.Allowed, Cut(body.Bytes, limit, redactor), IsCut: true) : Refused(EgressReason.ResponseTooLarge);
    }

    private static ResponseBody Refused(EgressReason reason) => new(reason, [], IsCut: false);

    private static byte[] Cut(byte[] body, int limit, SecretRedactor? redactor)
    {
        if (redactor is not null && redactor.TryRedact(body, out var redacted))
        {
            body = redacted;
        }

        return body.Length > limit ? body[..limit] : body;
    }

    private static bool TryCoding(HttpContent content, out Coding coding)
    {
        coding = Coding.Identity;
        if (!content.Headers.NonValidated.TryGetValues("Content-Encoding", out var values))
        {
            return true;
        }

        var text = values.ToString().Trim();
        coding = text.ToLowerInvariant() switch
        {
            "" or "identity" => Coding.Identity,
            "gzip" or "x-gzip" => Coding.Gzip,
            "deflate" => Coding.Deflate,
            _ => Coding.Unknown,
        };
        return coding != Coding.Unknown;
    }

    private static async ValueTask<ResponseBody> DecodeAsync(byte[] raw, Coding coding, int limit, CancellationToken cancellation)
    {
        try
        {
            var source = new MemoryStream(raw, writable: false);
            await using Stream decoder = coding == Coding.Gzip ? new GZipStream(source, CompressionMode.Decompress) : new ZLibStream(source, CompressionMode.Decompress);
            return await ReadAsync(decoder, limit, cancellation).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new IOException("The content coding is broken.", e);
        }
    }

    // At most limit bytes, and whether there were more.
    private static async ValueTask<ResponseBody> ReadAsync(Stream stream, int limit, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        var length = 0;
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellation).ConfigureAwait(false);
                length += read;
                if (length > limit)
                {
                    return new ResponseBody(EgressReason.Allowed, buffer.AsSpan(0, limit).ToArray(), IsCut: true);
                }

                if (read == 0)
                {
                    return new ResponseBody(EgressReason.Allowed, buffer.AsSpan(0, length).ToArray(), IsCut: false);
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    Release(buffer, length);
                    buffer = larger;
                }
            }
        }
        finally
        {
            Release(buffer, length);
        }
    }

    // Answers may hold secrets; the pool is shared with everything else in the process.
    private static void Release(byte[] buffer, int used)
    {
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, Math.Min(used, buffer.Length)));
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private enum Coding
    {
        Identity,
        Gzip,
        Deflate,
        Unknown,
    }
}
