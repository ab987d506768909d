using BenchmarkDotNet.Attributes;
using LatchGate.Bench.EndToEnd;
using LatchGate.Crypto;
using LatchGate.Evidence;

namespace LatchGate.Bench.Micro;

/// <summary>What is asked of the ledger while 10,000 calls wait for an operator: a page of the list, a poll, a sweep that finds nothing due.</summary>
public class ApprovalBenchmarks
{
    private const int Waiting = 10_000;

    private readonly string[] _ids = new string[Waiting];
    private BenchDirectory _place = null!;
    private Ed25519Signer _signer = null!;
    private Ledger _ledger = null!;
    private int _next;

    [GlobalSetup]
    public void Fill()
    {
        _place = new BenchDirectory();
        _signer = Sample.Signer();
        _ledger = Ledger.Open(Path.Combine(_place.Path, "ledger.db"), _signer, TimeProvider.System);
        var holding = new List<Task>(Waiting);
        for (var i = 0; i < Waiting; i++)
        {
            _ids[i] = Sample.NewId();
            holding.Add(HoldAsync(_ids[i], $"agent:bench-{i % 100}"));
            if (holding.Count == 500)
            {
                Task.WaitAll([.. holding]);
                holding.Clear();
            }
        }

        Task.WaitAll([.. holding]);
    }

    [Benchmark(Description = "approvals, 10,000 waiting: list 50")]
    public int List() => _ledger.Read(static r => r.ListApprovals(new ApprovalQuery(DateTimeOffset.UtcNow, ApprovalState.Pending, 50)).Count);

    [Benchmark(Description = "approvals, 10,000 waiting: list a principal's")]
    public int ListOwn() => _ledger.Read(static r => r.ListApprovals(new ApprovalQuery(DateTimeOffset.UtcNow, null, 50, "agent:bench-7")).Count);

    [Benchmark(Description = "approvals, 10,000 waiting: poll")]
    public bool Poll()
    {
        var id = _ids[_next++ % Waiting];
        return _ledger.Read(r => r.FindApproval(id)) is not null;
    }

    [Benchmark(Description = "approvals, 10,000 waiting: sweep, none due")]
    public int Sweep() => _ledger.ExpireApprovalsAsync().AsTask().GetAwaiter().GetResult().Value!.Count;

    [GlobalCleanup]
    public void Close()
    {
        _ledger.Dispose();
        _signer.Dispose();
        _place.Dispose();
    }

    private async Task HoldAsync(string id, string principal)
    {
        var now = DateTimeOffset.UtcNow;
        var approval = new StoredApproval
        {
            ApprovalId = id,
            TraceId = Sample.NewId(),
            Principal = principal,
            SessionId = "bench",
            ActionId = Sample.Action.Id,
            ActionVersion = Sample.Action.Version,
            RiskLevel = "high",
            PolicyVersion = "v1",
            RequestHash = Sample.Action.Digest,
            SameKey = Sha256Digest.Of(System.Text.Encoding.ASCII.GetBytes(id)),
            SealedPlan = new byte[2048],
            PlanHash = Sample.Action.Digest,
            CreatedAt = now,
            ExpiresAt = now.AddHours(12),
        };
        var announcement = new AuditEvent
        {
            TraceId = approval.TraceId,
            EventType = EventTypes.ActionCall,
            Decision = AuditDecision.PendingApproval,
            Principal = principal,
            ActionId = approval.ActionId,
        };
        var held = await _ledger.HoldApprovalAsync(approval, announcement, new ApprovalBounds(Waiting, Waiting)).ConfigureAwait(false);
        if (held is not { IsDurable: true, Value.Outcome: HoldOutcome.Held })
        {
            throw new InvalidOperationException($"{held.Fault}");
        }
    }
}
