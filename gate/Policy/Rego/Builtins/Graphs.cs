namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Reachability in a graph given as an object of neighbour lists.</summary>
internal static class Graphs
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["graph.reachable"] = Reachable;
        table["graph.reachable_paths"] = ReachablePaths;
    }

    private static RegoValue? Reachable(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoObject graph || !Aggregates.TryItems(args[1], out var initial))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var reached = new RegoSet();
        var queue = new Queue<RegoValue>(initial.ToArray());
        while (queue.TryDequeue(out var node))
        {
            if (!evaluation.ChargeSteps(1) || !evaluation.ChargeCells(1))
            {
                return null;
            }

            if (graph.Get(node) is not { } edges || !reached.Add(node))
            {
                continue;
            }

            if (Aggregates.TryItems(edges, out var neighbours))
            {
                foreach (var neighbour in neighbours)
                {
                    queue.Enqueue(neighbour);
                }
            }
        }

        return reached;
    }

    // All paths that cannot go on without meeting a node of their own or leaving the graph.
    private static RegoValue? ReachablePaths(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoObject graph || !Aggregates.TryItems(args[1], out var initial))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var paths = new RegoSet();
        foreach (var node in initial)
        {
            if (graph.Get(node) is not null && !Follow(graph, [node], paths, evaluation))
            {
                return null;
            }
        }

        return paths;
    }

    private static bool Follow(RegoObject graph, RegoValue[] path, RegoSet paths, Evaluation evaluation)
    {
        if (path.Length > 1_000 || !evaluation.ChargeCells(path.Length) || !evaluation.ChargeSteps(path.Length))
        {
            return evaluation.ChargeSteps(long.MaxValue >> 1);
        }

        var extended = false;
        if (graph.Get(path[^1]) is { } edges && Aggregates.TryItems(edges, out var neighbours))
        {
            foreach (var neighbour in neighbours)
            {
                if (Array.Exists(path, neighbour.Equals) || graph.Get(neighbour) is null)
                {
                    continue;
                }

                extended = true;
                if (!Follow(graph, [.. path, neighbour], paths, evaluation))
                {
                    return false;
                }
            }
        }

        if (!extended)
        {
            paths.Add(new RegoArray(path));
        }

        return true;
    }
}
