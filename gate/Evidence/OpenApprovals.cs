using System.Runtime.InteropServices;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// Counts the approvals that have not ended, in all and for each principal, so that their bounds cost no query. Follows the writer's
/// transactions: what a piece of work changed is undone with it.
/// </summary>
internal sealed class OpenApprovals(Database database)
{
    private readonly Dictionary<string, int> _byPrincipal = new(StringComparer.Ordinal);
    private readonly List<(string Principal, int Change)> _sinceMark = [];
    private int _total;

    /// <summary>In all. May be read on any thread.</summary>
    internal int Total => Volatile.Read(ref _total);

    /// <summary>Of one principal.</summary>
    internal int Of(string principal) => _byPrincipal.GetValueOrDefault(principal);

    internal void Add(string principal) => Change(principal, 1);

    internal void Remove(string principal) => Change(principal, -1);

    /// <summary>One piece of work begins.</summary>
    internal void Mark() => _sinceMark.Clear();

    /// <summary>That piece of work failed.</summary>
    internal void ReturnToMark()
    {
        foreach (var (principal, change) in _sinceMark)
        {
            Count(principal, -change);
        }

        _sinceMark.Clear();
    }

    /// <summary>Counts again: the whole transaction was rolled back, or the gate starts.</summary>
    internal void Reload()
    {
        _byPrincipal.Clear();
        _sinceMark.Clear();
        _total = 0;
        using var rows = database.PrepareOnce($"SELECT principal, count(*) FROM approvals WHERE {ApprovalTable.NotEnded} GROUP BY principal");
        while (rows.Step())
        {
            Count(rows.String(0), (int)rows.Int64(1));
        }
    }

    private void Change(string principal, int by)
    {
        _sinceMark.Add((principal, by));
        Count(principal, by);
    }

    private void Count(string principal, int by)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_byPrincipal, principal, out _);
        count += by;
        if (count == 0)
        {
            _byPrincipal.Remove(principal);
        }

        Volatile.Write(ref _total, _total + by);
    }
}
