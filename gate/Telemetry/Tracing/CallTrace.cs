using System.Diagnostics;
using System.Text;
using LatchGate.Telemetry.Otlp;

namespace LatchGate.Telemetry.Tracing;

/// <summary>
/// When the stages of one call began and ended, and what became of it: time stamps and references alone, which the exporter's thread makes
/// spans of. Taken from a pool and given back to it (<see cref="Tracer"/>); not thread-safe, but for <see cref="CallStage.Grant"/>.
/// </summary>
internal sealed class CallTrace : OtlpSignal
{
    private readonly Tracer _tracer;
    private readonly long[] _begun = new long[CallStages.Count];
    private readonly long[] _ended = new long[CallStages.Count];
    private long _started;
    private long _finished;
    private int _current;
    private int _failed;
    private bool _isShared;

    internal CallTrace(Tracer tracer) => _tracer = tracer;

    /// <summary>The call's own id, which the ledger has.</summary>
    internal string CallId { get; private set; } = "";

    /// <summary>The place of the call's span.</summary>
    internal TraceContext Context { get; private set; }

    /// <summary>The span that it is a child of; 0 for none.</summary>
    internal ulong ParentSpanId { get; private set; }

    /// <summary>The caller's <c>tracestate</c>; null for none.</summary>
    internal string? TraceState { get; private set; }

    /// <summary>The span in which the approval began to wait, that this call was run by; null for none.</summary>
    internal TraceContext? Held { get; private set; }

    /// <summary>The operator's own span; null for none.</summary>
    internal TraceContext? DecidedIn { get; private set; }

    /// <summary>When the call began.</summary>
    internal DateTimeOffset StartedAt { get; private set; }

    /// <summary>What became of it; set when it has ended.</summary>
    internal CallSummary Summary { get; private set; } = CallSummary.None;

    /// <inheritdoc/>
    internal override int Spans
    {
        get
        {
            var spans = 1;
            foreach (var begun in _begun)
            {
                spans += begun == 0 ? 0 : 1;
            }

            return spans;
        }
    }

    /// <inheritdoc/>
    internal override bool IsLogged => false;

    /// <summary>Begins anew.</summary>
    internal void Reset(string callId, DateTimeOffset now)
    {
        (CallId, StartedAt, _started) = (callId, now, Stopwatch.GetTimestamp());
        (_current, _failed, _isShared) = (-1, -1, false);
        Context = TraceContext.Of(callId, TraceContext.NewSpanId());
        (ParentSpanId, TraceState, Held, DecidedIn, Summary) = (0, null, null, null, CallSummary.None);
        Array.Clear(_begun);
        Array.Clear(_ended);
    }

    /// <summary>Takes part in the caller's trace. Only for a caller that is verified; what is malformed is as if it were not there.</summary>
    internal void Join(ReadOnlySpan<byte> traceParent, ReadOnlySpan<byte> traceState)
    {
        if (TraceContext.TryParse(traceParent, out var caller))
        {
            (Context, ParentSpanId) = (caller with { SpanId = Context.SpanId }, caller.SpanId);
            TraceState = !traceState.IsEmpty && TraceContext.IsState(traceState) ? Encoding.ASCII.GetString(traceState) : null;
        }
    }

    /// <summary>Goes on with the trace of the call that waited for approval.</summary>
    /// <param name="callId">That call's id.</param>
    /// <param name="traceParent">The place of its span; null when it had none.</param>
    internal void Continue(string callId, string? traceParent)
    {
        CallId = callId;
        if (traceParent is not null && TraceContext.TryParse(traceParent, out var asked))
        {
            (Context, ParentSpanId) = (asked with { SpanId = Context.SpanId }, asked.SpanId);
            Held = asked with { SpanId = StageSpanId(asked.SpanId, CallStage.ApprovalHold) };
        }
        else
        {
            (Context, ParentSpanId) = (TraceContext.Of(callId, Context.SpanId), 0);
        }
    }

    /// <summary>The operator's own trace, to which the span refers.</summary>
    internal void Link(ReadOnlySpan<byte> traceParent) => DecidedIn = TraceContext.TryParse(traceParent, out var decided) ? decided : null;

    /// <summary>A stage begins, and the one before it ends.</summary>
    internal void Enter(CallStage stage)
    {
        var now = Stopwatch.GetTimestamp();
        LeaveAt(now);
        _current = (int)stage;
        _begun[_current] = now;
        _ended[_current] = 0;
    }

    /// <summary>The stage ends; what follows belongs to none.</summary>
    internal void Leave() => LeaveAt(Stopwatch.GetTimestamp());

    /// <summary>The grant's signature begins, beside the other stages, on a thread that may outlive the call.</summary>
    internal void BeginGrant()
    {
        _isShared = true;
        _begun[(int)CallStage.Grant] = Stopwatch.GetTimestamp();
    }

    /// <summary>It ends.</summary>
    internal void EndGrant() => _ended[(int)CallStage.Grant] = Stopwatch.GetTimestamp();

    /// <summary>Nobody but the call's own flow holds it any more: its grant is there.</summary>
    internal void GrantIsDone() => _isShared = false;

    /// <summary>What went wrong in the call went wrong in this stage; unless said, in the last one.</summary>
    internal void Fail(CallStage stage) => _failed = (int)stage;

    /// <summary>The call ends.</summary>
    internal void End(CallSummary summary)
    {
        _failed = summary.Failure is null ? -1 : _failed >= 0 ? _failed : _current;
        Leave();
        Summary = summary;
        _finished = Stopwatch.GetTimestamp();
    }

    /// <summary>The place of a stage's span.</summary>
    internal TraceContext ContextOf(CallStage stage) => Context with { SpanId = StageSpanId(Context.SpanId, stage) };

    /// <summary>Whether the call came to a stage, and when it began and ended.</summary>
    internal bool TryGet(CallStage stage, out DateTimeOffset begun, out DateTimeOffset ended, out bool failed)
    {
        var at = _begun[(int)stage];
        (begun, ended, failed) = (TimeOf(at), TimeOf(_ended[(int)stage] is 0 ? _finished : _ended[(int)stage]), _failed == (int)stage);
        return at != 0;
    }

    /// <summary>When the call ended.</summary>
    internal DateTimeOffset EndedAt => TimeOf(_finished);

    /// <inheritdoc/>
    internal override void Release()
    {
        if (!_isShared)
        {
            _tracer.Return(this);
        }
    }

    private static ulong StageSpanId(ulong root, CallStage stage) => root | ((ulong)stage + 1);

    private DateTimeOffset TimeOf(long timestamp) => StartedAt + Stopwatch.GetElapsedTime(_started, timestamp);

    private void LeaveAt(long now)
    {
        if (_current >= 0)
        {
            _ended[_current] = now;
            _current = -1;
        }
    }
}
