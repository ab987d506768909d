using System.Diagnostics;
using LatchGate.Bench.Micro;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Evidence.Segments;

namespace LatchGate.Bench.EndToEnd;

/// <summary>
/// What the length of a ledger costs: start and memory of a gate on a ledger of many events beside one on a new ledger, then the
/// verification of the long one, and its sealing while other events are appended.
/// </summary>
internal static class LongLedger
{
    private const int Starts = 7;

    internal static async Task RunAsync(string? gate, int events)
    {
        using var place = new BenchDirectory();
        var (fresh, filled) = (Path.Combine(place.Path, "fresh"), Path.Combine(place.Path, "filled"));
        foreach (var directory in new[] { fresh, filled })
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            GateProcess.Prepare(directory);
        }

        using var signer = new Ed25519Signer(File.ReadAllBytes(Path.Combine(filled, "state", "keys", "receipt.key")));
        var path = Path.Combine(filled, "state", "audit.db");
        var began = Stopwatch.GetTimestamp();
        await FillAsync(path, signer, events).ConfigureAwait(false);
        Console.WriteLine($"{events} events in {Stopwatch.GetElapsedTime(began).TotalSeconds:f1} s; {new FileInfo(path).Length / 1_000_000} MB; {Load()}");

        if (gate is not null)
        {
            Start(gate, fresh, filled);
        }

        Open(path, signer);
        Verify(path, signer);
        State();
        await SealAsync(path, signer, Path.Combine(filled, "segments")).ConfigureAwait(false);
        Verify(path, signer);
    }

    // Half of the events carry receipts, and all are a day old, so that they may be sealed.
    private static async Task FillAsync(string path, Ed25519Signer signer, int events)
    {
        const int Share = 2000;
        using var ledger = Ledger.Open(path, signer, new Yesterday());
        for (var written = 0; written < events / 2; written += Share)
        {
            await Task.WhenAll(Enumerable.Range(0, Math.Min(Share, (events / 2) - written)).Select(_ =>
                Task.Run(() => Sample.CallAsync(ledger, signer)))).ConfigureAwait(false);
        }
    }

    private static void Start(string gate, string fresh, string filled)
    {
        var (ms, resident, own) = (new List<double>[2], new long[2], new long[2]);
        (ms[0], ms[1]) = ([], []);
        for (var i = 0; i < Starts; i++)
        {
            for (var which = 0; which < 2; which++)
            {
                using var process = GateProcess.Start(gate, which == 0 ? fresh : filled);
                ms[which].Add(process.Startup.TotalMilliseconds);
                (resident[which], own[which]) = (process.ResidentKiB(), process.AnonymousKiB());
            }
        }

        for (var which = 0; which < 2; which++)
        {
            ms[which].Sort();
            Console.WriteLine(
                $"gate on a {(which == 0 ? "new" : "long")} ledger: ready in {ms[which][Starts / 2]:f1} ms (worst {ms[which][^1]:f1}), resident {resident[which]} KiB, own {own[which]} KiB; {Load()}");
        }
    }

    private static void Open(string path, Ed25519Signer signer)
    {
        var ms = new List<double>();
        for (var i = 0; i < Starts; i++)
        {
            var began = Stopwatch.GetTimestamp();
            using (Ledger.Open(path, signer, TimeProvider.System))
            {
                ms.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        ms.Sort();
        Console.WriteLine($"opening the ledger: {ms[Starts / 2]:f2} ms (worst {ms[^1]:f2}); {Load()}");
    }

    private static void Verify(string path, Ed25519Signer signer)
    {
        var began = Stopwatch.GetTimestamp();
        var report = LedgerVerifier.Verify(path, VerificationKeys.Of(signer));
        var elapsed = Stopwatch.GetElapsedTime(began);
        Console.WriteLine(
            $"verify: {report.Events} events in {elapsed.TotalSeconds:f1} s ({report.Events / elapsed.TotalSeconds:f0} a second), {report.Defect?.ToString() ?? "intact"}; managed heap {GC.GetTotalMemory(false) / 1_000_000} MB; {Load()}");
    }

    // What the verifier remembers for each approval and each session that the ledger speaks of.
    private static void State()
    {
        const int Rows = 1_000_000;
        var state = new ChainState();
        var before = GC.GetTotalMemory(true);
        for (var i = 0; i < Rows; i++)
        {
            state.Approvals[Sample.NewId()] = default;
        }

        var approvals = GC.GetTotalMemory(true) - before;
        for (var i = 0; i < Rows; i++)
        {
            state.Budgets[Sample.NewId()] = new SessionBudget(1, i, Sample.NewId()[..24], Sample.NewId()[..24]);
        }

        var budgets = GC.GetTotalMemory(true) - before - approvals;
        Console.WriteLine($"verifier's memory: {approvals / Rows} bytes for each approval, {budgets / Rows} for each session with a budget");
        GC.KeepAlive(state);
    }

    private static async Task SealAsync(string path, Ed25519Signer signer, string archive)
    {
        using var ledger = Ledger.Open(path, signer, TimeProvider.System);
        using var sealer = new LedgerSealer(ledger, VerificationKeys.Of(signer), archive, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var waits = new List<double>();
        var appending = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var asked = Stopwatch.GetTimestamp();
                await ledger.AppendEventAsync(Sample.Event(Sample.NewId())).ConfigureAwait(false);
                waits.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                await Task.Delay(1).ConfigureAwait(false);
            }
        });
        var (segments, began) = (0, Stopwatch.GetTimestamp());
        SealResult result;
        while ((result = await sealer.SealAsync(new SealRequest(null, 0), Sample.Event(Sample.NewId()),
            default).ConfigureAwait(false)).Outcome == SealOutcome.Sealed)
        {
            segments++;
        }

        var elapsed = Stopwatch.GetElapsedTime(began);
        await stop.CancelAsync().ConfigureAwait(false);
        await appending.ConfigureAwait(false);
        waits.Sort();
        Console.WriteLine(
            $"seal: {segments} segments in {elapsed.TotalSeconds:f1} s, {result.Outcome} {result.Reason}; an append meanwhile waited {waits[waits.Count / 2]:f2} ms, worst {waits[^1]:f0} ms; {Load()}");
    }

    private static string Load() => "load " + File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private sealed class Yesterday : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow.AddDays(-1);
    }
}
