using BenchmarkDotNet.Attributes;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Bench.Micro;

/// <summary>From the bytes of a request to the task that the provider will get.</summary>
public class ValidationBenchmarks
{
    private readonly ValidatedRequest _request = Sample.Request();

    [Benchmark(Description = "schema validation alone")]
    public bool Schema()
    {
        var errors = new SchemaErrors();
        Sample.Action.ValidateRequest!(_request.Root, ref errors);
        return errors.None ? true : throw new InvalidOperationException("The sample does not fit its schema.");
    }

    [Benchmark(Description = "strict JSON + schema + JCS")]
    public void Whole() => Sample.Request().Dispose();

    [Benchmark(Description = "JCS + SHA-256")]
    public Sha256Digest Canonical() => Jcs.Canonicalize(Sample.Body, JsonLimits.Payload(4096)).Digest;

    [Benchmark(Description = "task from template")]
    public ResolvedTask Task() => Sample.Task(_request);
}
