using System.Security.Cryptography;
using LatchGate.Pipeline;

namespace LatchGate.Config;

/// <summary>Files that only their owner may read: keys and credentials.</summary>
internal static class PrivateFile
{
    internal const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    internal const UnixFileMode DirectoryMode = FileMode | UnixFileMode.UserExecute;

    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    /// <summary>Makes a directory of mode 0700, and those above it; one that exists stays as it is.</summary>
    internal static void CreateDirectory(string path) => Directory.CreateDirectory(path, DirectoryMode);

    /// <summary>Writes a new file of mode 0600, durably; false when one is already there (O_CREAT|O_EXCL).</summary>
    internal static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        if (File.Exists(path))
        {
            return false;
        }

        // Written beside and linked in by rename, so that a crash leaves no half a key under the real name.
        var beside = path + ".new";
        File.Delete(beside);
        using (var stream = new FileStream(beside, new FileStreamOptions
        {
            Mode = System.IO.FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = FileMode,
            BufferSize = 0,
        }))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(beside, path, overwrite: false);
        return true;
    }

    /// <summary>Reads a file that must be the owner's alone; the caller wipes the bytes.</summary>
    /// <exception cref="StartupException">It is missing, readable by others, or longer than <paramref name="limit"/> bytes.</exception>
    internal static byte[] Read(string path, string what, int limit, StartupError error)
    {
        try
        {
            using var stream = new FileStream(path, System.IO.FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            Refuse(File.GetUnixFileMode(stream.SafeFileHandle), path, what, error);
            if (stream.Length > limit)
            {
                throw new StartupException(error, $"The {what} file {path} is longer than {limit} bytes.", "Name the right file.");
            }

            var bytes = GC.AllocateUninitializedArray<byte>((int)stream.Length, pinned: true);
            try
            {
                stream.ReadExactly(bytes);
                return bytes;
            }
            catch
            {
                CryptographicOperations.ZeroMemory(bytes);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(error, $"The {what} file {path} cannot be read: {e.Message}", "Check that it exists and belongs to the user that runs this command.", e);
        }
    }

    /// <summary>Refuses a file that its group or others may read, write or run.</summary>
    internal static void RefuseReadableByOthers(string path, string what, StartupError error) =>
        Refuse(File.GetUnixFileMode(path), path, what, error);

    private static void Refuse(UnixFileMode mode, string path, string what, StartupError error)
    {
        if ((mode & Others) != 0)
        {
            throw new StartupException(
                error,
                $"The {what} file {path} has mode 0{Convert.ToString((int)mode, 8)}, so others than its owner can use it.",
                $"Run: chmod 600 {path}");
        }
    }
}
