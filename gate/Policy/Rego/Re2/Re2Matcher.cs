namespace LatchGate.Policy.Rego.Re2;

/// <summary>
/// Looks for one match: the leftmost, and of those the one that the expression prefers. Takes at most a step for each instruction and
/// each code point, whatever the pattern.
/// </summary>
internal ref struct Re2Matcher
{
    private const int Nowhere = -1;

    private readonly IReadOnlyList<Re2Instruction> _instructions;
    private readonly string _text;
    private readonly int _slots;
    private readonly int[] _stack;
    private readonly int[] _places;
    private int _depth;
    private States _now;
    private States _next;

    private Re2Matcher(Re2Program program, string text, bool withGroups)
    {
        _instructions = program.Instructions;
        _text = text;
        _slots = withGroups ? program.Slots : 0;

        // Each instruction is entered once for each code point; a split leaves one entry behind, a save two.
        _stack = new int[(2 * _instructions.Count) + 2];
        _places = new int[_slots];
        _now = new States(_instructions.Count, _slots);
        _next = new States(_instructions.Count, _slots);
    }

    /// <summary>Whether there is a match anywhere.</summary>
    internal static bool IsMatch(Re2Program program, string text) => new Re2Matcher(program, text, withGroups: false).Run(program, 0, [], out _);

    /// <summary>Finds the first match at or after <paramref name="from"/>.</summary>
    /// <param name="program">The expression.</param>
    /// <param name="text">The text; what stands before <paramref name="from"/> counts for <c>^</c> and <c>\b</c>.</param>
    /// <param name="from">0 to the text's length.</param>
    /// <param name="places">Filled with start and end of the whole match and of each group; -1 where a group took no part.</param>
    /// <param name="read">How much of the text was looked at.</param>
    internal static bool Find(Re2Program program, string text, int from, Span<int> places, out int read) =>
        new Re2Matcher(program, text, withGroups: true).Run(program, from, places, out read);

    /// <summary>The code point at a place; half of a surrogate pair stands for itself.</summary>
    internal static int RuneAt(string text, int at, out int width)
    {
        var c = text[at];
        if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
        {
            width = 2;
            return char.ConvertToUtf32(c, text[at + 1]);
        }

        width = 1;
        return c;
    }

    private bool Run(Re2Program program, int from, Span<int> found, out int read)
    {
        var matched = false;
        read = 0;
        for (var at = from; ; )
        {
            // A later start is worse than all that is under way.
            if (!matched && (!program.IsAnchored || at == 0))
            {
                Array.Fill(_places, Nowhere);
                if (_slots > 0)
                {
                    _places[0] = at;
                }

                Enter(ref _now, program.Start, at);
            }

            if (_now.Count == 0)
            {
                if (matched || at == _text.Length || program.IsAnchored)
                {
                    return matched;
                }
            }

            var (rune, width) = (Nowhere, 1);
            if (at < _text.Length)
            {
                rune = RuneAt(_text, at, out width);
            }

            for (var i = 0; i < _now.Count; i++)
            {
                var instruction = _instructions[_now.At(i)];
                if (instruction.Operation == Re2Operation.Match)
                {
                    matched = true;
                    if (_slots == 0)
                    {
                        return true;
                    }

                    _now.Places(i).CopyTo(found);
                    found[1] = at;

                    // What comes after it is less preferred.
                    break;
                }

                if (rune != Nowhere && instruction.Set.Contains(rune))
                {
                    _now.Places(i).CopyTo(_places);
                    Enter(ref _next, instruction.Next, at + width);
                }
            }

            (_now, _next) = (_next, _now);
            _next.Clear();
            if (at == _text.Length)
            {
                return matched;
            }

            at += width;
            read = at - from;
        }
    }

    // Follows what takes no code point. On the stack: an instruction to enter, or a slot (as its complement) to give its value back.
    private void Enter(ref States states, int start, int at)
    {
        _depth = 0;
        Push(start);
        while (_depth > 0)
        {
            var top = _stack[--_depth];
            if (top < 0)
            {
                _places[~top] = _stack[--_depth];
                continue;
            }

            if (!states.TryAdd(top))
            {
                continue;
            }

            var instruction = _instructions[top];
            switch (instruction.Operation)
            {
                case Re2Operation.Split:
                    Push(instruction.Argument);
                    Push(instruction.Next);
                    break;
                case Re2Operation.Assert when IsAt((Re2Place)instruction.Argument, at):
                    Push(instruction.Next);
                    break;
                case Re2Operation.Save when _slots > 0:
                    Push(_places[instruction.Argument]);
                    Push(~instruction.Argument);
                    _places[instruction.Argument] = at;
                    Push(instruction.Next);
                    break;
                case Re2Operation.Save:
                    Push(instruction.Next);
                    break;
                case Re2Operation.Rune or Re2Operation.Match:
                    states.Keep(top, _places);
                    break;
            }
        }
    }

    private void Push(int value) => _stack[_depth++] = value;

    private readonly bool IsAt(Re2Place place, int at) => place switch
    {
        Re2Place.TextStart => at == 0,
        Re2Place.TextEnd => at == _text.Length,
        Re2Place.LineStart => at == 0 || _text[at - 1] == '\n',
        Re2Place.LineEnd => at == _text.Length || _text[at] == '\n',
        Re2Place.WordEdge => IsWordAt(at - 1) != IsWordAt(at),
        Re2Place.NoWordEdge => IsWordAt(at - 1) == IsWordAt(at),
        _ => throw new InvalidOperationException($"{place} is no place."),
    };

    private readonly bool IsWordAt(int at) => at >= 0 && at < _text.Length && (char.IsAsciiLetterOrDigit(_text[at]) || _text[at] == '_');

    /// <summary>The instructions that wait for the next code point, best first, and which were entered at all.</summary>
    private struct States(int instructions, int slots)
    {
        private readonly int[] _waiting = new int[instructions];
        private readonly int[] _places = new int[instructions * slots];
        private readonly int[] _entered = new int[instructions];
        private readonly int _slots = slots;
        private int _turn = 1;

        internal int Count { get; private set; }

        internal readonly int At(int i) => _waiting[i];

        internal readonly ReadOnlySpan<int> Places(int i) => _places.AsSpan(i * _slots, _slots);

        internal readonly bool TryAdd(int instruction)
        {
            if (_entered[instruction] == _turn)
            {
                return false;
            }

            _entered[instruction] = _turn;
            return true;
        }

        internal void Keep(int instruction, ReadOnlySpan<int> places)
        {
            places.CopyTo(_places.AsSpan(Count * _slots, _slots));
            _waiting[Count++] = instruction;
        }

        internal void Clear()
        {
            Count = 0;
            _turn++;
        }
    }
}
