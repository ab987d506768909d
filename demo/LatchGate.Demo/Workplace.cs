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

    internal Workplace(string binary)
    {
        Binary = binary;
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

    /// <summary>Leaves the gate's files in <paramref name="directory"/>; the paths in the configuration are relative to it.</summary>
    internal void KeepAt(string directory)
    {
        var source = Path.Combine(Home, ".latchgate");
        Directory.CreateDirectory(directory, Private);
        if (!Directory.Exists(source))
        {
            return;
        }

        foreach (var folder in Directory.EnumerateDirectories(source, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(directory, Path.GetRelativePath(source, folder)), Private);
        }

        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            // Modes go with the files.
            File.Copy(file, Path.Combine(directory, Path.GetRelativePath(source, file)));
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
