namespace LatchGate.Bench.EndToEnd;

/// <summary>Keeps one kind of call going, so that a profiler can look at the gate.</summary>
internal static class LoadOnce
{
    private const double SliceSeconds = 5;

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
        for (var left = seconds; left > 0; left -= SliceSeconds)
        {
            line.Run(agents, Math.Min(left, SliceSeconds), keep: true);
        }

        Console.WriteLine(
            $"{line.Samples.Count} calls, {line.PerSecond:0}/s, p50 {line.Samples.Percentile(0.5):0} µs, p90 {line.Samples.Percentile(0.9):0} µs, p99 {line.Samples.Percentile(0.99):0} µs, "
            + $"resident {gate.ResidentKiB() / 1024} MiB");
        agents.ForEach(static a => a.Dispose());
    }
}
