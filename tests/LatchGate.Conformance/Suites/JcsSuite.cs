using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LatchGate.Json;

namespace LatchGate.Conformance.Suites;

/// <summary>
/// RFC 8785: the reference implementation's input and output pairs, LatchGate's golden vectors, and the sequence of numbers whose
/// text is checked by its hash.
/// </summary>
internal static partial class JcsSuite
{
    internal static Suite Suite { get; } = new("jcs", "jcs", Run);

    private static IEnumerable<CaseResult> Run(string folder)
    {
        var results = Pairs(folder);
        var golden = Path.Combine(folder, "latchgate", "golden.json");
        results = File.Exists(golden) ? results.Concat(Golden(golden)) : results.Append(CaseResult.Skip("golden", "golden.json is absent"));
        var (constants, hashes) = (Path.Combine(folder, "numgen.js"), Path.Combine(folder, "README.md"));
        return File.Exists(constants) && File.Exists(hashes)
            ? results.Concat(Numbers(File.ReadAllText(constants), File.ReadAllText(hashes)))
            : results.Append(CaseResult.Skip("numbers", "numgen.js or README.md is absent"));
    }

    private static IEnumerable<CaseResult> Pairs(string folder)
    {
        var inputs = Path.Combine(folder, "input");
        foreach (var input in Directory.Exists(inputs) ? Directory.GetFiles(inputs, "*.json") : [])
        {
            var name = Path.GetFileNameWithoutExtension(input);
            var output = Path.Combine(folder, "output", name + ".json");
            var hex = Path.Combine(folder, "outhex", name + ".txt");
            if (File.Exists(output))
            {
                yield return Compare($"output/{name}", File.ReadAllBytes(input), File.ReadAllBytes(output));
            }

            if (File.Exists(hex))
            {
                var digits = string.Concat(File.ReadAllText(hex).Where(char.IsAsciiHexDigit));
                yield return Compare($"outhex/{name}", File.ReadAllBytes(input), Convert.FromHexString(digits));
            }
        }
    }

    private static IEnumerable<CaseResult> Golden(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (var vector in document.RootElement.EnumerateArray())
        {
            var name = "golden/" + vector.GetProperty("description").GetString();
            var input = Encoding.UTF8.GetBytes(vector.GetProperty("input").GetRawText());
            var expected = Encoding.UTF8.GetBytes(vector.GetProperty("canonical").GetString()!);
            yield return Compare(name, input, expected);
            if (vector.TryGetProperty("canonical_hex", out var hex))
            {
                yield return Compare(name + " (hex)", input, Convert.FromHexString(hex.GetString()!));
            }

            var digest = Jcs.Canonicalize(input, JsonLimits.Evidence).Digest.ToString();
            var wanted = vector.GetProperty("sha256").GetString();
            yield return digest == wanted ? CaseResult.Pass(name + " (sha256)") : CaseResult.Fail(name + " (sha256)", digest);
        }
    }

    private static CaseResult Compare(string name, byte[] input, byte[] expected)
    {
        if (!Jcs.TryCanonicalize(input, JsonLimits.Evidence, out var canonical, out var fault))
        {
            return CaseResult.Fail(name, fault.Describe("input"));
        }

        return canonical.Span.SequenceEqual(expected) ? CaseResult.Pass(name) : CaseResult.Fail(name, canonical.ToString());
    }

    // The published sequence: fixed values, 2,000 smallest normal doubles, then SHA-256 blocks chained from 32 zero bytes.
    // Lines are "hex bits,text"; the hash of the first N lines is published for N = 1,000, 10,000, …
    private static IEnumerable<CaseResult> Numbers(string constants, string published)
    {
        const int MostLines = 1_000_000;
        var hashes = PublishedHash().Matches(published).ToDictionary(
            m => int.Parse(m.Groups[2].ValueSpan, CultureInfo.InvariantCulture), m => m.Groups[1].Value);
        var list = constants.AsSpan(constants.IndexOf("BigUint64Array([", StringComparison.Ordinal));
        var fixedBits = Hex64().Matches(list[..list.IndexOf("])", StringComparison.Ordinal)].ToString())
            .Select(m => ulong.Parse(m.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var text = new PooledBuffer(64);
        var line = 0;
        foreach (var bits in fixedBits.Concat(Enumerable.Range(0, 2000).Select(i => 0x0010000000000000UL + (ulong)i)).Concat(Random()))
        {
            text.Truncate(0);
            text.Write(Encoding.ASCII.GetBytes(bits.ToString("x", CultureInfo.InvariantCulture)));
            text.Write((byte)',');
            Es6Number.Write(text, BitConverter.UInt64BitsToDouble(bits));
            text.Write((byte)'\n');
            hash.AppendData(text.Written);
            if (hashes.TryGetValue(++line, out var wanted))
            {
                var actual = Convert.ToHexStringLower(hash.GetCurrentHash());
                yield return actual == wanted ? CaseResult.Pass($"numbers/{line}") : CaseResult.Fail($"numbers/{line}", actual);
            }

            if (line == MostLines)
            {
                yield break;
            }
        }
    }

    private static IEnumerable<ulong> Random()
    {
        var block = new byte[32];
        while (true)
        {
            block = SHA256.HashData(block);
            for (var i = 0; i < block.Length; i += 8)
            {
                var bits = BitConverter.ToUInt64(block, i);
                var value = BitConverter.UInt64BitsToDouble(bits);
                if (value != 0 && double.IsFinite(value))
                {
                    yield return bits;
                }
            }
        }
    }

    [GeneratedRegex(@"^\| ([0-9a-f]{64}) \| (\d{1,9}) ", RegexOptions.Multiline)]
    private static partial Regex PublishedHash();

    [GeneratedRegex("0x([0-9a-f]{16})n")]
    private static partial Regex Hex64();
}
