using System.Collections.Generic;
using System.Linq;

namespace LatchGate.Generators.Model.Patterns;

/// <summary>
/// The subset construction. A JSON Schema pattern searches: it may match anywhere, so every state but an accepting one also holds the
/// beginning. <c>^</c> holds before the first code point only, <c>$</c> after the last.
/// </summary>
internal sealed class DfaBuilder
{
    // A class is a byte of seven bits in the tables.
    private const int MaxClasses = 128;
    private const int MaxStates = 6_000;
    private const int Refuses = 0;
    private const int Accepts = 1;

    private readonly Nfa _nfa;
    private readonly List<int> _starts;
    private readonly List<int[]> _sets = [];
    private readonly Dictionary<string, int> _known = [];

    private DfaBuilder(Nfa nfa)
    {
        _nfa = nfa;
        _starts = nfa.States.Where(static state => state.Set is not null)
            .SelectMany(static state => state.Set!.Ranges)
            .SelectMany(static range => new[] { range.From, range.To + 1 })
            .Append(0)
            .Where(static start => start <= CodePointSet.Last)
            .Distinct()
            .OrderBy(static start => start)
            .ToList();
    }

    public static DfaModel Build(string source, Pattern pattern) => new DfaBuilder(Nfa.Of(pattern)).Build(source);

    private DfaModel Build(string source)
    {
        var (classes, representatives) = Classes();
        _sets.Add([]);
        _sets.Add([]);
        var endings = new List<bool> { false, true };
        var next = new List<int>();
        next.AddRange(Enumerable.Repeat(Refuses, representatives.Count));
        next.AddRange(Enumerable.Repeat(Accepts, representatives.Count));

        // The first state is kept even where it is one of the final two: state 2 begins.
        var first = Close([_nfa.Start], atStart: true, atEnd: false);
        _sets.Add(first);
        var begin = Close([_nfa.Start], atStart: false, atEnd: false);
        for (var state = 2; state < _sets.Count; state++)
        {
            var set = _sets[state];
            if (set.Contains(_nfa.Accept))
            {
                endings.Add(true);
                next.AddRange(Enumerable.Repeat(Accepts, representatives.Count));
                continue;
            }

            endings.Add(Close(set, atStart: state == 2, atEnd: true).Contains(_nfa.Accept));
            next.AddRange(representatives.Select(point => Target(set, begin, point)));
        }

        return new DfaModel(
            source,
            _starts.ToEquatableArray(),
            classes.ToEquatableArray(),
            representatives.Count,
            next.ToEquatableArray(),
            endings.ToEquatableArray());
    }

    private int Target(int[] set, int[] begin, int point)
    {
        var moved = set.Select(index => _nfa.States[index]).Where(state => state.Set?.Contains(point) == true).SelectMany(static state => state.Next);
        var target = Close([.. moved, .. begin], atStart: false, atEnd: false);
        if (target.Contains(_nfa.Accept))
        {
            return Accepts;
        }

        // Only states that read or await the end can still lead on.
        target = [.. target.Where(index => _nfa.States[index] is { Set: not null } or { AtEnd: true })];
        if (target.Length == 0)
        {
            return Refuses;
        }

        var key = string.Join(",", target);
        if (_known.TryGetValue(key, out var known))
        {
            return known;
        }

        if (_sets.Count == MaxStates)
        {
            throw new PatternException("it needs too many states");
        }

        _sets.Add(target);
        _known.Add(key, _sets.Count - 1);
        return _sets.Count - 1;
    }

    private int[] Close(IEnumerable<int> from, bool atStart, bool atEnd)
    {
        var seen = new SortedSet<int>();
        var open = new Stack<int>(from);
        while (open.Count > 0)
        {
            var index = open.Pop();
            if (!seen.Add(index))
            {
                continue;
            }

            var state = _nfa.States[index];
            if (state.Set is null && (!state.AtStart || atStart) && (!state.AtEnd || atEnd))
            {
                foreach (var next in state.Next)
                {
                    open.Push(next);
                }
            }
        }

        return [.. seen];
    }

    // Two ranges are of one class when every set of the pattern holds both or neither.
    private (List<int> Classes, List<int> Representatives) Classes()
    {
        var sets = _nfa.States.Where(static state => state.Set is not null).Select(static state => state.Set!).Distinct().ToList();
        var classes = new List<int>();
        var representatives = new List<int>();
        var known = new Dictionary<string, int>();
        foreach (var start in _starts)
        {
            var signature = string.Concat(sets.Select(set => set.Contains(start) ? '1' : '0'));
            if (!known.TryGetValue(signature, out var index))
            {
                index = representatives.Count < MaxClasses ? representatives.Count : throw new PatternException("it tells too many characters apart");
                known.Add(signature, index);
                representatives.Add(start);
            }

            classes.Add(index);
        }

        return (classes, representatives);
    }
}
