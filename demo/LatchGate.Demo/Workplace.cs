using System.Security.Cryptography;
using LatchGate.Storage;

namespace LatchGate.Demo;

/// <summary>
/// Two private directories (mode 0700), removed at the end: one for the gate's files, and one with a short path for its sockets,
/// because the address of a Unix socket holds 107 bytes. Nothing of the user's own gate is read or touched.
/// </summary>
internal sealed class Workplace : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string? _keep;

    /// <param name="binary">The published gate.</param>
    /// <param name="keep">Where <see cref="Keep"/> leaves the gate's files; made now, so that a bad choice is known at once.</param>
    /// <exception cref="IOException">A directory cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">A directory cannot be made.</exception>
    internal Workplace(string binary, string? keep)
    {
        Binary = binary;
        _keep = keep;
        if (keep is not null)
        {
            Directory.CreateDirectory(keep, Private);
        }

        // A ledger refuses a file system that forgets, and /tmp may be one.
        var temporary = Path.GetTempPath();
        Home = CreatePrivate(Durability.Of(temporary).Durable ? temporary : Path.GetDirectoryName(binary)!);
        Sockets = CreatePrivate("/tmp");
    }

    /// <summary>The published gate.</summary>
    internal string Binary { get; }

    /// <summary>Working directory of the gate: <c>up --local</c> keeps all its files in <c>.latchgate</c> below it.</summary>
    internal string Home { get; }

    internal string Sockets { get; }

    internal string ConfigFile => Path.Combine(Home, ".latchgate", "latchgate.toml");

    internal string Ledger => Path.Combine(Home, ".latchgate", "data", "audit.db");

    internal string ReceiptKeys => Path.Combine(Home, ".latchgate", "data", "receipt-keys.jwks");

    /// <summary>Leaves the gate's files in the chosen directory; the paths in the configuration are relative to it.</summary>
    internal void Keep()
    {
        var source = Path.Combine(Home, ".latchgate");
        if (_keep is null || !Directory.Exists(source))
        {
            return;
        }

        foreach (var folder in Directory.EnumerateDirectories(source, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(_keep, Path.GetRelativePath(source, folder)), Private);
        }

        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            // Modes go with the files.
            File.Copy(file, Path.Combine(_keep, Path.GetRelativePath(source, file)));
        }
    }

    public void Dispose()
    {
        Directory.Delete(Home, recursive: true);
        Directory.Delete(Sockets, recursive: true);
    }

    private static string CreatePrivate(string parent)
    {
        var path = Path.Combine(parent, $"latchgate-demo-{RandomNumberGenerator.GetHexString(12, lowercase: true)}");
        Directory.CreateDirectory(path, Private);
        return path;
    }
}
