using System.Collections.Concurrent;

namespace LatchGate.Evidence;

/// <summary>Keeps a few readers open; each serves one query at a time.</summary>
internal sealed class LedgerReaderPool(string path) : IDisposable
{
    private const int Kept = 4;

    private readonly ConcurrentBag<LedgerReader> _idle = [];
    private volatile bool _disposed;

    internal T Run<T>(Func<LedgerReader, T> query)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_idle.TryTake(out var reader))
        {
            reader = new LedgerReader(path);
        }

        try
        {
            return query(reader);
        }
        finally
        {
            Return(reader);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }

    private void Return(LedgerReader reader)
    {
        if (_disposed || _idle.Count >= Kept)
        {
            reader.Dispose();
        }
        else
        {
            _idle.Add(reader);
        }
    }
}
