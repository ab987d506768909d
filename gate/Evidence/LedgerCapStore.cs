using LatchGate.Egress.Caps;

namespace LatchGate.Evidence;

/// <summary>Keeps the usage of rules' caps in the ledger: each change with an event, in one commit.</summary>
internal sealed class LedgerCapStore(Ledger ledger) : ICapStore
{
    public DayUsage? Find(CapKey key) => ledger.Read(reader => reader.FindEgressUsage(key));

    public async ValueTask<bool> AddAsync(CapKey key, DayUsage change, string traceId) =>
        (await ledger.AddEgressUsageAsync(key, change, traceId).ConfigureAwait(false)).IsDurable;
}
