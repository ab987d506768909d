using System.Collections.Generic;
using System.Linq;

namespace LatchGate.Generators.Model.Patterns;

/// <summary>Thompson's construction: a state reads one code point of a set, asserts an anchor, or moves on freely.</summary>
internal sealed class Nfa
{
    private const int MaxStates = 20_000;

    private readonly List<State> _states = [];

    private Nfa(Pattern pattern)
    {
        Accept = Add(new State());
        Start = Build(pattern, Accept);
    }

    public int Start { get; }

    public int Accept { get; }

    public IReadOnlyList<State> States => _states;

    public static Nfa Of(Pattern pattern) => new(pattern);

    // Builds backwards: each part knows where it leads.
    private int Build(Pattern pattern, int next)
    {
        switch (pattern)
        {
            case SetPattern set:
                return Add(new State { Set = set.Set, Next = [next] });
            case AnchorPattern anchor:
                return Add(new State { AtStart = !anchor.AtEnd, AtEnd = anchor.AtEnd, Next = [next] });
            case SequencePattern sequence:
                return Enumerable.Reverse(sequence.Items).Aggregate(next, (to, item) => Build(item, to));
            case ChoicePattern choice:
                return Add(new State { Next = [.. choice.Options.Select(option => Build(option, next))] });
            default:
                return Repeat((RepeatPattern)pattern, next);
        }
    }

    private int Repeat(RepeatPattern repeat, int next)
    {
        var to = next;
        if (repeat.Maximum < 0)
        {
            var loop = Add(new State());
            _states[loop].Next = [Build(repeat.Item, loop), next];
            to = loop;
        }
        else
        {
            for (var i = repeat.Minimum; i < repeat.Maximum; i++)
            {
                to = Add(new State { Next = [Build(repeat.Item, to), next] });
            }
        }

        for (var i = 0; i < repeat.Minimum; i++)
        {
            to = Build(repeat.Item, to);
        }

        return to;
    }

    private int Add(State state)
    {
        if (_states.Count == MaxStates)
        {
            throw new PatternException("it is too large");
        }

        _states.Add(state);
        return _states.Count - 1;
    }

    /// <summary>A state; without a set or an anchor it moves on freely.</summary>
    internal sealed class State
    {
        public CodePointSet? Set { get; init; }

        public bool AtStart { get; init; }

        public bool AtEnd { get; init; }

        public int[] Next { get; set; } = [];
    }
}
