using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Secrets.Age;

namespace LatchGate.Conformance.Suites;

/// <summary>
/// The age test kit (C2SP CCTV): lines of <c>name: value</c>, an empty line, and a file that must open, or fail in the way that is said.
/// The gate hands out a payload whole or not at all, so the part before a damage is not compared.
/// </summary>
internal static class AgeSuite
{
    internal static readonly Suite Suite = new("age", "age", Run);

    private static IEnumerable<CaseResult> Run(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            yield return RunCase(Path.GetFileName(path), File.ReadAllBytes(path));
        }
    }

    private static CaseResult RunCase(string name, byte[] bytes)
    {
        var end = bytes.AsSpan().IndexOf("\n\n"u8);
        var lines = Encoding.UTF8.GetString(bytes, 0, end).Split('\n').Select(static line => line.Split(": ", 2)).ToList();
        string? Value(string key) => lines.Find(line => line[0] == key)?[1];

        var identities = new List<AgeIdentity>();
        foreach (var line in lines)
        {
            if (line[0] == "passphrase")
            {
                identities.Add(AgeIdentity.Passphrase(Encoding.UTF8.GetBytes(line[1])));
            }
            else if (line[0] == "identity" && AgeIdentity.TryParse(Encoding.UTF8.GetBytes(line[1])) is { } identity)
            {
                identities.Add(identity);
            }
        }

        if (identities.Count == 0 && lines.Exists(static line => line[0] == "identity"))
        {
            return CaseResult.Skip(name, "the identity is a hybrid one, and neither .NET 9 nor the linked OpenSSL 3.0 and libsodium 1.0.18 have ML-KEM-768");
        }

        var file = bytes[(end + 2)..];
        var fault = Open(Value("compressed") is null ? file : Inflate(file), Value("armored") is not null, identities, out var digest);
        var expected = Value("expect");
        var actual = fault switch
        {
            AgeFault.None => "success",
            AgeFault.Armor => "armor failure",
            AgeFault.Header or AgeFault.WorkFactor => "header failure",
            AgeFault.NoMatch => "no match",
            AgeFault.Mac => "HMAC failure",
            AgeFault.Payload => "payload failure",
            _ => throw new InvalidOperationException($"Unknown fault {fault}."),
        };
        return expected != actual ? CaseResult.Fail(name, $"ended in '{actual}' instead of '{expected}'")
            : fault == AgeFault.None && digest != Value("payload") ? CaseResult.Fail(name, "the payload is another")
            : CaseResult.Pass(name);
    }

    private static AgeFault Open(byte[] file, bool isArmored, List<AgeIdentity> identities, out string? digest)
    {
        digest = null;
        if ((isArmored ? AgeArmor.TryDecode(file) : file) is not { } binary)
        {
            return AgeFault.Armor;
        }

        var fault = AgeFile.TryDecrypt(binary, identities, out SecureMemory? plaintext, out var length);
        using (plaintext)
        {
            digest = plaintext is null ? null : Convert.ToHexStringLower(SHA256.HashData(plaintext.Span[..length]));
        }

        return fault;
    }

    private static byte[] Inflate(byte[] bytes)
    {
        using var stream = new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var result = new MemoryStream();
        stream.CopyTo(result);
        return result.ToArray();
    }
}
