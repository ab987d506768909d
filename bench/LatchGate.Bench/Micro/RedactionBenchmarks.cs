using System.Text;
using BenchmarkDotNet.Attributes;
using LatchGate.Secrets;

namespace LatchGate.Bench.Micro;

/// <summary>A text without a secret in it is looked through for thirty: what every answer of a destination pays.</summary>
public class RedactionBenchmarks
{
    private readonly FixedSecrets _secrets = FixedSecrets.Of([.. Enumerable.Range(0, 30).Select(static i => ($"n{i}", $"ghp_{Sample.NewId()}{i}"))]);
    private readonly byte[] _answer = Text("{\"id\":12345,\"name\":\"some name\",\"url\":\"https://api.example.com/v1/things/42\"},\n", 2048);
    private readonly byte[] _large = Text("{\"id\":12345,\"name\":\"some name\",\"url\":\"https://api.example.com/v1/things/42\"},\n", 1 << 20);
    private readonly byte[] _escaped = Text("{\"id\":12345,\"name\":\"some \\\"name\\\"\",\"url\":\"https://api.example.com/v1/things%2F42\"},\n", 1 << 20);

    [Benchmark(Description = "redaction, 30 secrets: 2 KiB without any")]
    public bool Answer() => _secrets.Redactor.TryRedact(_answer, out _);

    [Benchmark(Description = "redaction, 30 secrets: 1 MiB without any")]
    public bool Large() => _secrets.Redactor.TryRedact(_large, out _);

    [Benchmark(Description = "redaction, 30 secrets: 1 MiB with escapes of two kinds")]
    public bool Escaped() => _secrets.Redactor.TryRedact(_escaped, out _);

    [GlobalCleanup]
    public void Close() => _secrets.Dispose();

    private static byte[] Text(string line, int length)
    {
        var text = new StringBuilder(length + line.Length);
        while (text.Length < length)
        {
            text.Append(line);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
