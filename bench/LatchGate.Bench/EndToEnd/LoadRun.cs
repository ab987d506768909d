using System.Diagnostics;
using System.Text;

namespace LatchGate.Bench.EndToEnd;

/// <summary>A closed loop: each agent sends its next request when the last one is answered. One thread for each.</summary>
internal static class LoadRun
{
    // A proof is good for 60 seconds; signing, waiting and sending all fit into less.
    private const double MostSecondsOfProofs = 20;

    /// <summary>Measures one window.</summary>
    /// <param name="agents">As many connections.</param>
    /// <param name="call">What they ask.</param>
    /// <param name="seconds">Length of the window.</param>
    /// <param name="perSecond">Requests per second to sign for; a window whose proofs run out ends early.</param>
    internal static LoadResult Measure(IReadOnlyList<Agent> agents, Call call, double seconds, double perSecond)
    {
        var each = (int)Math.Ceiling(Math.Min(seconds, MostSecondsOfProofs) * perSecond / agents.Count) + 1;
        var signed = new byte[agents.Count][][];
        Parallel.For(0, agents.Count, i => signed[i] = agents[i].Sign(call, each));
        GC.Collect();

        using var ready = new Barrier(agents.Count + 1);
        var lanes = new Lane[agents.Count];
        var threads = new Thread[agents.Count];
        for (var i = 0; i < agents.Count; i++)
        {
            var lane = lanes[i] = new Lane(agents[i].Connection, signed[i], call);
            threads[i] = new Thread(() => lane.Run(ready, seconds)) { IsBackground = true, Name = "agent" };
            threads[i].Start();
        }

        ready.SignalAndWait();
        foreach (var thread in threads)
        {
            thread.Join();
        }

        var all = new Samples(lanes.Sum(static l => l.Samples.Count));
        foreach (var lane in lanes)
        {
            if (lane.Failure is { } failure)
            {
                throw new InvalidOperationException(failure);
            }

            all.AddAll(lane.Samples);
        }

        var first = lanes.Min(static l => l.Started);
        return new LoadResult(all, Stopwatch.GetElapsedTime(first, lanes.Max(static l => l.Ended)));
    }

    private sealed class Lane(RawConnection connection, byte[][] requests, Call call)
    {
        internal Samples Samples { get; } = new(requests.Length);

        internal string? Failure { get; private set; }

        internal long Started { get; private set; }

        internal long Ended { get; private set; }

        internal void Run(Barrier ready, double seconds)
        {
            ready.SignalAndWait();
            var now = Started = Stopwatch.GetTimestamp();
            var end = now + (long)(seconds * Stopwatch.Frequency);
            foreach (var request in requests)
            {
                var status = connection.Exchange(request);
                var answered = Stopwatch.GetTimestamp();
                if (status != call.Status)
                {
                    Failure = $"{call.Name}: {status} instead of {call.Status}: {Encoding.UTF8.GetString(connection.Body)}";
                    break;
                }

                Samples.Add(answered - now);
                now = answered;
                if (now >= end)
                {
                    break;
                }
            }

            Ended = now;
        }
    }
}

/// <summary>What a window gave.</summary>
/// <param name="Latencies">Of all requests.</param>
/// <param name="Window">From the first request sent to the last one answered.</param>
internal sealed record LoadResult(Samples Latencies, TimeSpan Window)
{
    internal double PerSecond => Latencies.Count / Window.TotalSeconds;
}
