using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Policy;

/// <summary>Why a policy or its data cannot be put in force. The text goes to operators over the wire: it names no path of this machine.</summary>
internal static class PolicyLoading
{
    internal static StartupException Bad(string detail, string remedy, Exception? inner = null) => new(StartupError.PolicyLoadFailed, detail, remedy, inner);

    internal static StartupException BadBundle(string what, Exception? inner = null) =>
        Bad($"The policy bundle {what}", "Build it again with: opa build -t plan -e latchgate/decision -b FOLDER", inner);

    /// <summary>Reads a whole file of at most <paramref name="most"/> bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it is, as a sentence begins: <c>The policy data</c>.</param>
    /// <param name="setting">The setting that names it.</param>
    /// <param name="most">The largest size in bytes.</param>
    /// <exception cref="StartupException">It is not there, unreadable or larger.</exception>
    internal static byte[] ReadFile(string path, string what, string setting, int most)
    {
        try
        {
            return ReadRegular(path, most) ?? throw Bad($"{what} is larger than {most} bytes.", $"Set {setting} to a smaller file than {path}.");
        }
        catch (IOException e)
        {
            throw Bad(
                $"{what} {(e is FileNotFoundException ? "does not exist" : "cannot be read")}.", $"{e.Message} Look at it, or name another file with {setting}.", e);
        }
    }

    /// <summary>Reads a whole file, which nobody can make wait: a pipe or a device is refused. Null when it is larger than <paramref name="most"/> bytes.</summary>
    /// <exception cref="IOException">It is not there, unreadable or no regular file.</exception>
    internal static byte[]? ReadRegular(string path, int most)
    {
        using var file = Posix.OpenForReading(path);
        if (!Posix.Stat(file).IsRegular)
        {
            throw new IOException($"{path} is not a regular file.");
        }

        var length = RandomAccess.GetLength(file);
        if (length > most)
        {
            return null;
        }

        var content = new byte[length];
        var read = 0;
        while (read < content.Length && RandomAccess.Read(file, content.AsSpan(read), read) is > 0 and var count)
        {
            read += count;
        }

        return read == content.Length ? content : content[..read];
    }
}
