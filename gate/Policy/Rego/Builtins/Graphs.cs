namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Reachability in a graph given as an object of neighbour lists.</summary>
internal static class Graphs
{
    private const int MaxPath = 1_000;

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
                if (!evaluation.ChargeCells(neighbours.Length))
                {
                    return null;
                }

                foreach (var neighbour in neighbours)
                {
                    queue.Enqueue(neighbour);
                }
            }
        }

        return reached;
    }

    // One path for each edge that leads nowhere new. What the walk from one first edge has met is shared by its
    // branches, so of two ways to the same node only the first is followed, as OPA does.
    private static RegoValue? ReachablePaths(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoObject graph || !Aggregates.TryItems(args[1], out var initial))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var paths = new RegoSet();
        foreach (var node in initial)
        {
            if (graph.Get(node) is not { } edges)
            {
                continue;
            }

            if (!Aggregates.TryItems(edges, out var neighbours) || neighbours.IsEmpty)
            {
                paths.Add(new RegoArray([node]));
                continue;
            }

            foreach (var neighbour in neighbours)
            {
                if (!Follow(graph, neighbour, [node], paths, RegoSet.Of([node]), evaluation))
                {
                    return null;
                }
            }
        }

        return paths;
    }

    private static bool Follow(RegoObject graph, RegoValue node, RegoValue[] path, RegoSet paths, RegoSet reached, Evaluation evaluation)
    {
        if (!evaluation.ChargeCells(path.Length) || !evaluation.ChargeSteps(path.Length))
        {
            return false;
        }

        // The stack is the limit here.
        if (path.Length > MaxPath)
        {
            evaluation.Fail(BuiltinError.Value);
            return false;
        }

        if (graph.Get(node) is not { } edges)
        {
            paths.Add(new RegoArray(path));
            return true;
        }

        path = [.. path, node];
        if (!Aggregates.TryItems(edges, out var neighbours) || neighbours.IsEmpty)
        {
            paths.Add(new RegoArray(path));
            return true;
        }

        foreach (var neighbour in neighbours)
        {
            if (reached.Contains(neighbour))
            {
                paths.Add(new RegoArray(path));
                continue;
            }

            reached.Add(node);
            if (!Follow(graph, neighbour, path, paths, reached, evaluation))
            {
                return false;
            }
        }

        return true;
    }
}
