using System.Collections.Concurrent;
using LatchGate.Actions;
using LatchGate.Pipeline;
using LatchGate.Telemetry.Otlp;

namespace LatchGate.Telemetry.Tracing;

/// <summary>
/// Follows calls for a collector, and hands each to the exporter when it has ended. There is none where no collector is configured: calls
/// then cost a test for null at each stage.
/// </summary>
internal sealed class Tracer(OtlpExporter exporter, ActionRegistry actions, TimeProvider time)
{
    private const int MostPooled = 256;

    private readonly ConcurrentQueue<CallTrace> _pool = new();

    /// <summary>A call begins.</summary>
    /// <param name="callId">The call's id, a UUID.</param>
    /// <param name="stage">With what.</param>
    internal CallTrace Begin(string callId, CallStage stage)
    {
        var trace = _pool.TryDequeue(out var used) ? used : new CallTrace(this);
        trace.Reset(callId, time.GetUtcNow());
        trace.Enter(stage);
        return trace;
    }

    /// <summary>The call ends; the trace is not to be touched any more.</summary>
    internal void End(CallTrace trace, CallOutcome outcome, string? actionId, string principal, string? approvalId = null)
    {
        var known = actionId is not null && actions.TryFind(actionId, out var action) ? action : null;
        var summary = CallSummary.Of(outcome, GateMetrics.DecisionOf(outcome), principal, known?.Id ?? GateMetrics.UnknownAction, known?.Risk.ToWire());
        trace.End(approvalId is null ? summary : summary with { ApprovalId = approvalId });

        // A caller that does not record its trace does not want these spans either. The ledger has the call all the same.
        if (trace.Context.IsSampled)
        {
            exporter.Offer(trace);
        }
        else
        {
            trace.Release();
        }
    }

    /// <summary>Takes back a trace that nobody holds any more.</summary>
    internal void Return(CallTrace trace)
    {
        if (_pool.Count < MostPooled)
        {
            _pool.Enqueue(trace);
        }
    }
}
