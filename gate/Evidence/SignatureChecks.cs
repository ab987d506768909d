using LatchGate.Crypto;

namespace LatchGate.Evidence;

/// <summary>
/// Checks the signatures of receipts on other threads, in batches, while the chain is walked: a signature costs four times what the
/// rest of an event does. No more than two batches wait for each thread; beyond that the walker checks its own.
/// </summary>
internal sealed class SignatureChecks : IDisposable
{
    private const int WaitingPerHelper = 2;

    private readonly object _gate = new();
    private readonly Queue<SignatureBatch> _waiting = new();
    private readonly Stack<SignatureBatch> _idle = new();
    private readonly Thread[] _helpers;
    private SignatureBatch _filling = new();
    private SignatureFailure? _first;
    private long _firstSeq = long.MaxValue;
    private int _running;
    private bool _ending;

    /// <summary>Starts the threads.</summary>
    /// <param name="helpers">Threads besides the caller's; 0 leaves everything to it.</param>
    internal SignatureChecks(int helpers)
    {
        _helpers = new Thread[helpers];
        for (var i = 0; i < helpers; i++)
        {
            _helpers[i] = new Thread(Help) { IsBackground = true, Name = "verify-signatures" };
            _helpers[i].Start();
        }
    }

    /// <summary>The first event, of those checked so far, with a signature that is not valid; the largest number when there is none.</summary>
    internal long FirstSeq => Volatile.Read(ref _firstSeq);

    /// <summary>Has a signature checked.</summary>
    /// <param name="entry">Whose signature.</param>
    /// <param name="digest">What was signed.</param>
    /// <param name="publicKey">32 bytes.</param>
    /// <param name="signature">64 bytes.</param>
    internal void Add(in SignatureEntry entry, Sha256Digest digest, ReadOnlyMemory<byte> publicKey, ReadOnlySpan<byte> signature)
    {
        _filling.Add(entry, digest, publicKey, signature);
        if (_filling.IsFull)
        {
            HandOver();
        }
    }

    /// <summary>Waits until everything is checked.</summary>
    /// <returns>The first failure in the order of the chain; null when all signatures are valid.</returns>
    internal SignatureFailure? Finish()
    {
        Run(_filling);
        _filling.Clear();
        while (TryTake(out var batch))
        {
            Run(batch);
            Done(batch);
        }

        lock (_gate)
        {
            while (_running > 0)
            {
                Monitor.Wait(_gate);
            }

            return _first;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            _waiting.Clear();
            Monitor.PulseAll(_gate);
        }

        foreach (var helper in _helpers)
        {
            helper.Join();
        }
    }

    private void HandOver()
    {
        lock (_gate)
        {
            if (_waiting.Count < WaitingPerHelper * _helpers.Length)
            {
                _waiting.Enqueue(_filling);
                Monitor.Pulse(_gate);
                _filling = _idle.TryPop(out var idle) ? idle : new SignatureBatch();
                return;
            }
        }

        Run(_filling);
        _filling.Clear();
    }

    private void Help()
    {
        while (true)
        {
            SignatureBatch? batch;
            lock (_gate)
            {
                while (!_waiting.TryDequeue(out batch))
                {
                    if (_ending)
                    {
                        return;
                    }

                    Monitor.Wait(_gate);
                }

                _running++;
            }

            Run(batch);
            Done(batch);
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SignatureBatch? batch)
    {
        lock (_gate)
        {
            var taken = _waiting.TryDequeue(out batch);
            _running += taken ? 1 : 0;
            return taken;
        }
    }

    private void Done(SignatureBatch batch)
    {
        batch.Clear();
        lock (_gate)
        {
            _running--;
            _idle.Push(batch);
            Monitor.PulseAll(_gate);
        }
    }

    private void Run(SignatureBatch batch)
    {
        if (batch.FindInvalid(FirstSeq) is not { } failure)
        {
            return;
        }

        lock (_gate)
        {
            if (failure.Entry.Seq < _firstSeq)
            {
                _first = failure;
                Volatile.Write(ref _firstSeq, failure.Entry.Seq);
            }
        }
    }
}

/// <summary>Whose signature is checked.</summary>
/// <param name="Seq">The event that vouches for the receipt.</param>
/// <param name="Ordinal">Receipts in the chain up to this one.</param>
/// <param name="ReceiptId">The receipt.</param>
/// <param name="As">What an export had shown up to there; null for a ledger, which can be asked again.</param>
internal readonly record struct SignatureEntry(long Seq, long Ordinal, string ReceiptId, ExportProgress? As = null);

/// <summary>A signature that is not valid.</summary>
/// <param name="entry">Whose.</param>
internal sealed class SignatureFailure(SignatureEntry entry)
{
    /// <summary>Whose.</summary>
    internal SignatureEntry Entry { get; } = entry;
}
