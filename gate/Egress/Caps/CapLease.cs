namespace LatchGate.Egress.Caps;

/// <summary>The passage of one request and its answer under a rule's caps. Not thread-safe, but for the counters behind it.</summary>
public sealed class CapLease
{
    private readonly CapBook _book;
    private readonly CapCounter _counter;
    private readonly ExecutionUsage _execution;
    private readonly DayUsage _reserved;
    private readonly TokenPrice? _price;
    private readonly bool _isKept;
    private readonly string _traceId;
    private long _bytes;
    private bool _ended;

    internal CapLease(CapBook book, CapCounter counter, ExecutionUsage execution, DayUsage reserved, TokenPrice? price, bool isKept, string traceId)
    {
        (_book, _counter, _execution, _reserved, _price, _isKept, _traceId) = (book, counter, execution, reserved, price, isKept, traceId);
    }

    /// <summary>
    /// Counts bytes that pass, either way, and waits as long as the rule's rate demands; the request's own time-out ends the wait.
    /// </summary>
    /// <param name="bytes">Bytes after TLS, headers included.</param>
    /// <param name="cancellation">Ends the wait; the bytes stay counted.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    public ValueTask PassAsync(long bytes, CancellationToken cancellation)
    {
        _bytes += bytes;
        _execution.Bytes += bytes;
        _counter.Add(_reserved.Day, bytes, 0, 0);
        var wait = _counter.Bucket?.Take(bytes) ?? TimeSpan.Zero;
        return wait <= TimeSpan.Zero ? ValueTask.CompletedTask : new ValueTask(Task.Delay(wait, _book.Time, cancellation));
    }

    /// <summary>
    /// Ends the passage: replaces the reservation by what the answer reports (where it reports nothing, the reservation stands), and makes
    /// the day's usage durable. Further calls do nothing.
    /// </summary>
    /// <param name="answer">The response's body; empty where none came.</param>
    /// <returns>False when the usage is counted but is not durable.</returns>
    public ValueTask<bool> SettleAsync(ReadOnlyMemory<byte> answer)
    {
        if (_ended)
        {
            return ValueTask.FromResult(true);
        }

        _ended = true;
        var (tokens, usdMicros) = (0L, 0L);
        if (_reserved.Tokens > 0 && TokenUsage.TryRead(answer, out var reported))
        {
            tokens = reported.Total - _reserved.Tokens;
            usdMicros = _price is null ? 0 : _price.Of(reported.Input, reported.Output) - _reserved.UsdMicros;
            _execution.Tokens += tokens;
            _counter.Add(_reserved.Day, 0, tokens, usdMicros);
        }

        _book.Return(_counter);
        return _isKept && (_bytes, tokens, usdMicros) is not (0, 0, 0)
            ? _book.Store.AddAsync(_counter.Key, new DayUsage(_reserved.Day, _bytes, tokens, usdMicros), _traceId)
            : ValueTask.FromResult(true);
    }

    /// <summary>Takes the reservation back: the request does not go out.</summary>
    internal void Forget()
    {
        _ended = true;
        _execution.Tokens -= _reserved.Tokens;
        _counter.Add(_reserved.Day, 0, -_reserved.Tokens, -_reserved.UsdMicros);
        _book.Return(_counter);
    }
}
