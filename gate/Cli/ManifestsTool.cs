using System.Runtime.InteropServices;
using LatchGate.Config;

namespace LatchGate.Cli;

/// <summary>
/// The repository's <c>latchgate-manifests</c>, which reads manifests as the build does. The gate has no reader of them: what it does not
/// have, nobody can make it load.
/// </summary>
internal static unsafe partial class ManifestsTool
{
    /// <summary>The name of its file.</summary>
    internal const string Name = "latchgate-manifests";

    /// <summary>Its path: beside this binary, or in PATH; null where it is not.</summary>
    internal static string? Find(ConfigEnvironment environment)
    {
        if (Environment.ProcessPath is { } self && Path.Combine(Path.GetDirectoryName(self)!, Name) is var beside && File.Exists(beside))
        {
            return beside;
        }

        foreach (var folder in (environment.Variable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Path.IsPathRooted(folder) && File.Exists(Path.Combine(folder, Name)))
            {
                return Path.Combine(folder, Name);
            }
        }

        return null;
    }

    /// <summary>Becomes that program; comes back with false when it cannot.</summary>
    internal static bool Become(IReadOnlyList<string> command)
    {
        var arguments = (byte**)NativeMemory.AllocZeroed((nuint)(command.Count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < command.Count; i++)
        {
            arguments[i] = (byte*)Marshal.StringToCoTaskMemUTF8(command[i]);
        }

        _ = execv(arguments[0], arguments);
        for (var i = 0; i < command.Count; i++)
        {
            Marshal.FreeCoTaskMem((nint)arguments[i]);
        }

        NativeMemory.Free(arguments);
        return false;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int execv(byte* path, byte** arguments);
}
