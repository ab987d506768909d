namespace LatchGate.Egress.Proxy;

/// <summary>How a list on disk differs from the computed one, entry by entry; order, comments and repetitions do not count.</summary>
/// <param name="Missing">Entries that the file lacks: the proxy would refuse what the gate allows.</param>
/// <param name="Surplus">Entries that only the file has: the proxy would let through what the gate refuses.</param>
internal sealed record AllowlistDrift(string[] Missing, string[] Surplus)
{
    // What a hand-written squid.conf opens on its own.
    private static readonly string[] UsualPorts = ["443", "80"];

    /// <summary>Whether there is any difference.</summary>
    internal bool IsEmpty => Missing.Length == 0 && Surplus.Length == 0;

    /// <summary>Compares all files at <paramref name="path"/>. A file that is not there has no entries.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    internal static AllowlistDrift Of(string path, EgressAllowlist list)
    {
        var (missing, surplus) = (new List<string>(), new List<string>());
        for (var i = 0; i < SquidFiles.Suffixes.Length; i++)
        {
            var computed = SquidFiles.Entries(list, i);
            var present = SquidFiles.Read(path + SquidFiles.Suffixes[i]);
            if (present is null && SquidFiles.Suffixes[i].EndsWith("ports", StringComparison.Ordinal) && IsWithin(computed, UsualPorts))
            {
                continue;
            }

            Compare(SquidFiles.Suffixes[i], computed, present ?? [], missing, surplus);
        }

        return new AllowlistDrift([.. missing], [.. surplus]);
    }

    /// <summary>Compares one file with <paramref name="computed"/>.</summary>
    /// <inheritdoc cref="Of"/>
    internal static AllowlistDrift OfFile(string file, string[] computed)
    {
        var (missing, surplus) = (new List<string>(), new List<string>());
        Compare("", computed, SquidFiles.Read(file) ?? [], missing, surplus);
        return new AllowlistDrift([.. missing], [.. surplus]);
    }

    private static void Compare(string suffix, string[] computed, string[] present, List<string> missing, List<string> surplus)
    {
        var name = suffix.Length == 0 ? "" : $" ({suffix[1..]})";
        AddOthers(computed, present, name, missing);
        AddOthers(present, computed, name, surplus);
    }

    private static void AddOthers(string[] from, string[] without, string name, List<string> into)
    {
        var known = new HashSet<string>(without, StringComparer.OrdinalIgnoreCase);
        foreach (var entry in from)
        {
            if (known.Add(entry))
            {
                into.Add(entry + name);
            }
        }
    }

    private static bool IsWithin(string[] entries, string[] usual)
    {
        foreach (var entry in entries)
        {
            if (Array.IndexOf(usual, entry) < 0)
            {
                return false;
            }
        }

        return true;
    }
}
