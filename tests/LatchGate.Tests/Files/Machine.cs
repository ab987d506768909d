using System.Diagnostics;

namespace LatchGate.Tests.Files;

/// <summary>Tools of the machine that the tests run on.</summary>
internal static class Machine
{
    internal static bool Try(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _ = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    /// <summary>Mounts a file system of <paramref name="size"/> in memory, or skips the test where this user may not.</summary>
    internal static IDisposable Mount(string directory, string size)
    {
        Directory.CreateDirectory(directory);
        if (!Try("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", directory))
        {
            Assert.Skip("This user may not mount a file system.");
        }

        return new Mounted(directory);
    }

    private sealed class Mounted(string directory) : IDisposable
    {
        public void Dispose() => Try("umount", "-l", directory);
    }
}
