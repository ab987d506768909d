using System.Security.Cryptography;
using System.Text;
using LatchGate.Storage;

namespace LatchGate.Cli.FirstRun;

/// <summary>Makes the file of an operator's API key: <c>key-NAME-</c> and 32 hexadecimal digits on one line, mode 0600.</summary>
internal static class ApiKeyFile
{
    private const int RandomBytes = 16;

    /// <summary>Makes the file; false when there is one already, which is left alone.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal static bool TryCreate(string path, string name)
    {
        Span<byte> random = stackalloc byte[RandomBytes];
        RandomNumberGenerator.Fill(random);
        Span<char> hex = stackalloc char[2 * RandomBytes];
        Convert.TryToHexStringLower(random, hex, out _);
        var line = new byte[Encoding.ASCII.GetByteCount(name) + "key--\n".Length + hex.Length];
        try
        {
            var at = Encoding.ASCII.GetBytes($"key-{name}-", line);
            Encoding.ASCII.GetBytes(hex, line.AsSpan(at));
            line[^1] = (byte)'\n';
            return PrivateFile.TryCreate(path, line);
        }
        finally
        {
            hex.Clear();
            CryptographicOperations.ZeroMemory(random);
            CryptographicOperations.ZeroMemory(line);
        }
    }
}
