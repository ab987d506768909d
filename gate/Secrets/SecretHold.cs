namespace LatchGate.Secrets;

/// <summary>Keeps a generation of secrets known to the redactor (<see cref="ISecretSource.Hold"/>). Not thread-safe.</summary>
public sealed class SecretHold : IDisposable
{
    private SecretGeneration? _generation;

    // Takes over a share that the caller holds.
    internal SecretHold(SecretGeneration? generation) => _generation = generation;

    /// <summary>Lets go.</summary>
    public void Dispose()
    {
        var generation = _generation;
        _generation = null;
        generation?.Release();
    }
}
