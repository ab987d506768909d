namespace LatchGate.Secrets;

/// <summary>The value of one secret, for as long as it is needed. Not thread-safe.</summary>
public sealed class SecretLease : IDisposable
{
    private readonly int _start;
    private readonly int _length;
    private SecretGeneration? _generation;

    // Takes over a share that the caller holds.
    internal SecretLease(SecretGeneration generation, int start, int length) => (_generation, _start, _length) = (generation, start, length);

    /// <summary>The value in UTF-8, in locked memory. Never empty. Valid until this is disposed; never to be copied where it outlives the use.</summary>
    /// <exception cref="ObjectDisposedException">The lease was given back.</exception>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(_generation is null, this);
            return _generation.Bytes.Slice(_start, _length);
        }
    }

    /// <summary>Gives the value back; the memory is wiped with the last lease of a value that was rotated.</summary>
    public void Dispose()
    {
        var generation = _generation;
        _generation = null;
        generation?.Release();
    }
}
