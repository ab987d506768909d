using LatchGate.Pipeline;

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
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (stream.Length > most)
            {
                throw Bad($"{what} is larger than {most} bytes.", $"Set {setting} to a smaller file than {path}.");
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = e switch
            {
                FileNotFoundException or DirectoryNotFoundException => "does not exist",
                UnauthorizedAccessException => "may not be read by the gate's user",
                _ => "cannot be read",
            };
            throw Bad($"{what} {why}.", $"Look at {path}, or name another file with {setting}.", e);
        }
    }
}
