using System.Globalization;

namespace LatchGate.Bench.EndToEnd;

/// <summary>Keeps one kind of call going, so that a profiler can look at the gate, and says what a call costs in processor time and writes.</summary>
internal static class LoadOnce
{
    private const double SliceSeconds = 5;

    // USER_HZ of every Linux on x86-64, proc(5).
    private const double MicrosecondsPerClockTick = 10_000;

    internal static void Run(string binary, bool full, int connections, double seconds)
    {
        using var place = new BenchDirectory();
        GateProcess.Prepare(place.Path);
        using var upstream = new Upstream();
        using var gate = GateProcess.Start(binary, place.Path);
        Console.WriteLine($"pid {gate.Id}");
        var agents = Enumerable.Range(0, connections).Select(_ => new Agent(gate.Socket)).ToList();
        var line = new LoadLine(full ? Call.FullDurable(upstream.Port) : Call.DecisionOnly(upstream.Port), connections);
        line.Run(agents, 1, keep: false);
        var before = Spent(gate.Id);
        for (var left = seconds; left > 0; left -= SliceSeconds)
        {
            line.Run(agents, Math.Min(left, SliceSeconds), keep: true);
        }

        var (user, kernel, written) = Spent(gate.Id);
        var calls = line.Samples.Count;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{calls} calls, {line.PerSecond:0}/s, p50 {line.Samples.Percentile(0.5):0} µs, p90 {line.Samples.Percentile(0.9):0} µs, p99 {line.Samples.Percentile(0.99):0} µs"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"a call costs the gate {(user - before.User) / calls:0} µs of user and {(kernel - before.Kernel) / calls:0} µs of kernel time, and writes {(written - before.Written) / calls / 1024:0.0} KiB"));
        agents.ForEach(static a => a.Dispose());
    }

    private static (double User, double Kernel, double Written) Spent(int id)
    {
        // The second field, the name in parentheses, may hold spaces.
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var written = File.ReadLines($"/proc/{id}/io").Single(static l => l.StartsWith("wchar:", StringComparison.Ordinal));
        return (
            double.Parse(fields[11], CultureInfo.InvariantCulture) * MicrosecondsPerClockTick,
            double.Parse(fields[12], CultureInfo.InvariantCulture) * MicrosecondsPerClockTick,
            double.Parse(written.AsSpan(6), CultureInfo.InvariantCulture));
    }
}
