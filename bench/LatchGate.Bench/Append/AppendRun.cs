using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using LatchGate.Bench.EndToEnd;
using LatchGate.Bench.Micro;
using LatchGate.Evidence;

namespace LatchGate.Bench.Append;

/// <summary>
/// Durable appends by one caller and by 32 at once, and the bare disk, in turns in one run on one disk, so that a drift of the machine hits
/// all three alike. Every duration is kept. Prints the rates, the percentiles, and the two bounds: 32 callers get at least 5 times the
/// appends a second that one gets, and the p99 of their append is at most 4 times the bare sync.
/// </summary>
internal static class AppendRun
{
    private const int Callers = 32;
    private const double Slice = 0.5;

    private const int PageBytes = 4096;

    internal static void Run(double seconds)
    {
        using var place = new BenchDirectory();
        using var signer = Sample.Signer();
        using var ledger = Ledger.Open(Path.Combine(place.Path, "ledger.db"), signer, TimeProvider.System);
        using var disk = new BareSync(Path.Combine(place.Path, "bare"));
        var group = RandomNumberGenerator.GetBytes(BytesOfACommit(ledger));
        var (bare, bareSync) = (new Samples(1 << 16), new Samples(1 << 16));
        var (bareGroup, bareGroupSync) = (new Samples(1 << 16), new Samples(1 << 16));
        var (one, many) = (new Samples(1 << 16), new Samples(1 << 20));
        var (oneTime, manyTime) = (0L, 0L);
        var (manyCommits, rounds) = (0L, Math.Max(1, (int)(seconds / (4 * Slice))));

        // The log grows to its full length, and the code is compiled, before anything counts.
        _ = Appends(ledger, Callers, 3, new Samples());
        for (var round = 0; round < rounds; round++)
        {
            disk.Run(group.AsSpan(0, PageBytes), After(Slice), bare, bareSync);
            oneTime += Appends(ledger, 1, Slice, one);
            disk.Run(group, After(Slice), bareGroup, bareGroupSync);
            var commits = ledger.Commits;
            manyTime += Appends(ledger, Callers, Slice, many);
            manyCommits += ledger.Commits - commits;
        }

        var machine = Machine.Describe(place.FileSystem);
        Console.WriteLine($"{machine.Cores} cores of {machine.Processor}, {machine.FileSystem}, load {machine.Load}");
        Console.WriteLine($"{rounds} rounds of 4 × {Slice} s");
        Console.WriteLine();
        Console.WriteLine("| | a second | p50 µs | p99 µs | max µs |");
        Console.WriteLine("|---|---|---|---|---|");
        Row("bare write of 4 KiB and fdatasync", bare, null);
        Row("  the fdatasync alone", bareSync, null);
        Row($"bare write of a shared commit's {group.Length / 1024} KiB and fdatasync", bareGroup, null);
        Row("  the fdatasync alone", bareGroupSync, null);
        Row("append, 1 caller", one, oneTime);
        Row("append, 32 callers", many, manyTime);
        Console.WriteLine();
        var (rateOne, rateMany) = (Rate(one, oneTime), Rate(many, manyTime));
        var p99 = many.Percentile(0.99);
        Line($"appends a commit, 32 callers: {(double)many.Count / manyCommits:0.0}");
        Line($"32 callers to 1: {rateMany / rateOne:0.0} times the appends a second (bound: at least 5)");
        Bound("as much", p99, bareGroupSync);
        Bound("4 KiB", p99, bareSync);
    }

    private static void Bound(string what, double p99, Samples sync) =>
        Line($"its p99 to a bare fdatasync of {what}: {p99 / sync.Percentile(0.99):0.0} × the p99, {p99 / sync.Percentile(0.5):0.0} × the p50 (bound: at most 4)");

    /// <summary>What a commit that 32 callers share writes to the log, before the log is first moved to the file.</summary>
    private static int BytesOfACommit(Ledger ledger)
    {
        var (written, commits) = (Written(), ledger.Commits);
        _ = Appends(ledger, Callers, 0.1, new Samples());
        return (int)((Written() - written) / (ledger.Commits - commits));

        // proc(5), /proc/pid/io: bytes handed to write and its like.
        static long Written() => long.Parse(
            File.ReadLines("/proc/self/io").Single(static line => line.StartsWith("wchar: ", StringComparison.Ordinal))["wchar: ".Length..], CultureInfo.InvariantCulture);
    }

    private static long After(double seconds) => Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);

    private static double Rate(Samples samples, long ticks) => samples.Count * (double)Stopwatch.Frequency / ticks;

    private static void Row(string name, Samples samples, long? ticks)
    {
        var rate = ticks is { } time ? Rate(samples, time) : 1e6 / samples.Percentile(0.5);
        Line($"| {name} | {rate:#,0} | {samples.Percentile(0.5):0} | {samples.Percentile(0.99):0} | {samples.Percentile(1):0} |");
    }

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    /// <summary>Appends from so many callers, each waiting for its own commit before its next.</summary>
    /// <returns>How long they all took, in ticks.</returns>
    private static long Appends(Ledger ledger, int callers, double seconds, Samples into)
    {
        var started = Stopwatch.GetTimestamp();
        var until = After(seconds);
        var tasks = new Task<Samples>[callers];
        for (var i = 0; i < callers; i++)
        {
            tasks[i] = Task.Run(() => AppendAsync(ledger, until));
        }

        Task.WaitAll(tasks);
        var took = Stopwatch.GetTimestamp() - started;
        foreach (var task in tasks)
        {
            into.AddAll(task.Result);
        }

        return took;
    }

    private static async Task<Samples> AppendAsync(Ledger ledger, long until)
    {
        var samples = new Samples(1 << 12);
        var now = Stopwatch.GetTimestamp();
        while (now < until)
        {
            var written = await ledger.AppendEventAsync(new AuditEvent
            {
                TraceId = Sample.NewId(),
                EventType = EventTypes.ActionCall,
                Decision = AuditDecision.Deny,
                Principal = "agent:bench",
                ActionId = Sample.Action.Id,
            }).ConfigureAwait(false);
            if (!written.IsDurable)
            {
                throw new InvalidOperationException($"{written.Fault}");
            }

            var done = Stopwatch.GetTimestamp();
            samples.Add(done - now);
            now = done;
        }

        return samples;
    }
}
