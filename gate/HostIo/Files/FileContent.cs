using System.Buffers;
using System.Security.Cryptography;
using LatchGate.Crypto;
using LatchGate.Storage;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.HostIo.Files;

/// <summary>The bytes of open regular files, within a bound.</summary>
internal static class FileContent
{
    private const int Chunk = 64 * 1024;

    /// <summary>Reads a whole file, if it stays as it is meanwhile.</summary>
    /// <param name="file">The file.</param>
    /// <param name="status">What it was when it was opened.</param>
    /// <param name="limit">Bytes it may have at most; a larger one is not read.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="cancellation">The execution's deadline.</param>
    internal static FileRefusal? Read(SafeFileHandle file, in Posix.FileStatus status, long limit, out byte[] content, CancellationToken cancellation)
    {
        content = [];
        if (RefuseLarge(in status, limit) is { } large)
        {
            return large;
        }

        var bytes = new byte[(int)status.Size];
        for (var at = 0; at < bytes.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = RandomAccess.Read(file, bytes.AsSpan(at, Math.Min(Chunk * 16, bytes.Length - at)), at);
            if (read == 0)
            {
                return Changed;
            }

            at += read;
        }

        content = bytes;
        return Posix.Stat(file).IsUnchanged(status) ? null : Changed;
    }

    /// <summary>Hashes a whole file, if it stays as it is meanwhile.</summary>
    /// <inheritdoc cref="Read"/>
    internal static FileRefusal? Hash(SafeFileHandle file, in Posix.FileStatus status, long limit, out Sha256Digest hash, CancellationToken cancellation)
    {
        hash = default;
        if (RefuseLarge(in status, limit) is { } large)
        {
            return large;
        }

        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            long at = 0;
            int read;
            while (at <= limit && (read = RandomAccess.Read(file, buffer.AsSpan(0, Chunk), at)) > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                sum.AppendData(buffer.AsSpan(0, read));
                at += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        sum.GetHashAndReset(digest);
        hash = Sha256Digest.FromBytes(digest);
        return Posix.Stat(file).IsUnchanged(status) ? null : Changed;
    }

    private static FileRefusal Changed => new(FileFault.Conflict, "the file was changed while it was read");

    private static FileRefusal? RefuseLarge(in Posix.FileStatus status, long limit) => status.Size > (ulong)limit
        ? new FileRefusal(FileFault.TooLarge, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the file has {status.Size} bytes; this action takes {limit}"))
        : null;
}
