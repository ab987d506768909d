using LatchGate.Storage;

namespace LatchGate.Bench.EndToEnd;

/// <summary>A fresh directory on a real disk, removed at the end.</summary>
internal sealed class BenchDirectory : IDisposable
{
    /// <exception cref="InvalidOperationException">The directory is not on a disk.</exception>
    internal BenchDirectory()
    {
        var parent = Environment.GetEnvironmentVariable("LATCHGATE_BENCH_DIR") is { Length: > 0 } chosen ? chosen : "/var/tmp";
        (var durable, FileSystem) = Durability.Of(parent);
        if (!durable)
        {
            throw new InvalidOperationException(
                $"{parent} is on {FileSystem}, where a commit costs nothing and proves nothing: set LATCHGATE_BENCH_DIR to a directory on a disk.");
        }

        Path = Directory.CreateDirectory(
            System.IO.Path.Combine(parent, $"latchgate-bench-{Environment.ProcessId}"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    internal string Path { get; }

    internal string FileSystem { get; }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
