using System.Runtime.InteropServices;

namespace LatchGate.Bench.EndToEnd;

/// <summary>Where the numbers come from.</summary>
internal sealed record Machine(int Cores, string Processor, string System, string FileSystem, string Load)
{
    internal static Machine Describe(string fileSystem) => new(
        Environment.ProcessorCount,
        Value("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        $"{Value("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? "Linux"}, kernel {Environment.OSVersion.Version}",
        fileSystem,
        File.ReadAllText("/proc/loadavg").Split(' ')[0]);

    private static string? Value(string file, string name)
    {
        foreach (var line in File.ReadLines(file))
        {
            var at = line.AsSpan().IndexOfAny('=', ':');
            if (at > 0 && line.AsSpan(0, at).Trim().SequenceEqual(name))
            {
                return line[(at + 1)..].Trim();
            }
        }

        return null;
    }
}

/// <summary>Resident memory of the gate in KiB: all of it, and what is not pages of files.</summary>
internal readonly record struct Memory(long ResidentKiB, long AnonymousKiB);
