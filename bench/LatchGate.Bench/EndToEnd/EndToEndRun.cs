namespace LatchGate.Bench.EndToEnd;

/// <summary>Starts a published gate, loads it, and measures what a call cannot do without in the same minutes.</summary>
internal static class EndToEndRun
{
    private const int ManyConnections = 32;

    internal static void Run(string binary, string reportFile, Windows windows)
    {
        using var place = new BenchDirectory();
        GateProcess.Prepare(place.Path);
        var report = Measure(binary, place.Path, windows) with { Machine = Machine.Describe(place.FileSystem), BinaryBytes = new FileInfo(binary).Length };
        report.Print(Console.Out);
        report.Save(reportFile);
    }

    private static Report Measure(string binary, string directory, Windows windows)
    {
        // The first start makes the ledger.
        using (GateProcess.Start(binary, directory))
        {
        }

        var startups = new Samples();
        for (var i = 0; i < windows.Starts; i++)
        {
            using var started = GateProcess.Start(binary, directory);
            startups.Add((long)(started.Startup.TotalSeconds * System.Diagnostics.Stopwatch.Frequency));
        }

        using var upstream = new Upstream();
        using var gate = GateProcess.Start(binary, directory);
        Pause(windows.IdleSeconds);
        var idle = new Memory(gate.ResidentKiB(), gate.AnonymousKiB());

        var agents = new List<Agent>();
        try
        {
            for (var i = 0; i < ManyConnections; i++)
            {
                agents.Add(new Agent(gate.Socket));
            }

            Call[] calls = [Call.DecisionOnly(upstream.Port), Call.FullDurable(upstream.Port)];
            var requestBytes = agents[0].Sign(calls[1], 1)[0].Length;
            LoadRun.Measure([agents[0]], calls[1], windows.WarmUpSeconds, 1000);
            using var floor = new Floor(directory, upstream, requestBytes, agents[0].Connection.AnswerLength);
            floor.Measure(windows.WarmUpSeconds, keep: false);
            var lines = new List<LoadLine>();
            foreach (var connections in new[] { 1, ManyConnections })
            {
                lines.AddRange(calls.Select(call => new LoadLine(call, connections)));
            }

            foreach (var line in lines)
            {
                line.Run(agents, windows.WarmUpSeconds, keep: false);
            }

            for (var round = 0; round < windows.Rounds; round++)
            {
                floor.Measure(windows.FloorSeconds, keep: true);
                foreach (var line in lines)
                {
                    line.Run(agents, line.Connections == 1 ? windows.AloneSeconds : windows.TogetherSeconds, keep: true);
                }
            }

            var loaded = new Memory(gate.ResidentKiB(), gate.AnonymousKiB());
            return new Report(startups, idle, loaded, floor, lines);
        }
        finally
        {
            agents.ForEach(static a => a.Dispose());
        }
    }

    private static void Pause(double seconds) => Thread.Sleep(TimeSpan.FromSeconds(seconds));
}

/// <summary>One line of the report: a call at a number of connections, over all rounds.</summary>
internal sealed class LoadLine(Call call, int connections)
{
    // More proofs than the last window took, since a window ends when they run out.
    private const double Headroom = 1.5;
    private const double FirstGuess = 10_000;

    private double _perSecond = FirstGuess;
    private double _seconds;

    internal Call Call => call;

    internal int Connections => connections;

    internal Samples Samples { get; } = new();

    internal double PerSecond => Samples.Count / _seconds;

    internal void Run(List<Agent> agents, double seconds, bool keep)
    {
        var result = LoadRun.Measure(agents.GetRange(0, connections), call, seconds, _perSecond);
        _perSecond = Headroom * result.PerSecond;
        if (keep)
        {
            Samples.AddAll(result.Latencies);
            _seconds += result.Window.TotalSeconds;
        }
    }
}
