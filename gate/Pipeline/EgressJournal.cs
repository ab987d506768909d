using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Telemetry;
using LatchGate.Telemetry.Otlp;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Pipeline;

/// <summary>Where every judged hop is told: counted, offered to the collector, and made an event that the caller writes with its next commit.</summary>
/// <param name="metrics">The counters; null counts nothing.</param>
/// <param name="exporter">The way to a collector; null where none is configured.</param>
internal sealed class EgressJournal(GateMetrics? metrics, OtlpExporter? exporter)
{
    /// <summary>Makes events, and tells nobody else.</summary>
    internal static EgressJournal LedgerOnly { get; } = new(null, null);

    /// <summary>Tells of one hop.</summary>
    /// <param name="subject">Whose call it is.</param>
    /// <param name="action">The action.</param>
    /// <param name="record">What happened.</param>
    /// <param name="grantId">The execution's grant; null when there is none yet.</param>
    /// <returns>The event to write.</returns>
    internal AuditEvent Tell(CallSubject subject, ActionSpec action, EgressRecord record, string? grantId = null)
    {
        metrics?.EgressEnded(action.Id, record);
        exporter?.Offer(new EgressSignal(
            subject.TraceId, subject.Principal, action.Id, grantId, action.Digest.ToString(), record,
            grantId is null ? subject.Trace?.Context : subject.Trace?.ContextOf(CallStage.Provider)));
        return EgressEvents.Of(subject, action, record, grantId);
    }
}
