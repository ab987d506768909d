namespace LatchGate.Policy.Rego.Re2;

/// <summary>What an instruction does.</summary>
internal enum Re2Operation : byte
{
    /// <summary>Takes one code point of a set.</summary>
    Rune,

    /// <summary>Goes two ways; the first is preferred.</summary>
    Split,

    /// <summary>Goes on where a place is.</summary>
    Assert,

    /// <summary>Remembers where a group begins or ends.</summary>
    Save,

    /// <summary>Has matched.</summary>
    Match,
}

/// <summary>One instruction.</summary>
internal sealed class Re2Instruction(Re2Operation operation)
{
    internal Re2Operation Operation { get; } = operation;

    /// <summary>The next instruction; of a split, the preferred one.</summary>
    internal int Next { get; set; }

    /// <summary>Of a split, the other one; of an assertion, its <see cref="Re2Place"/>; of a save, its slot.</summary>
    internal int Argument { get; set; }

    internal RuneSet Set { get; init; } = RuneSet.Any;
}

/// <summary>An expression as instructions of a machine that is in many states at once (Pike, 1994).</summary>
internal sealed class Re2Program
{
    /// <summary>Bounds what one code point of a text can cost.</summary>
    private const int MaxInstructions = 20_000;

    // Each state remembers the places of all groups.
    private const int MaxSlots = 1_000_000;

    private readonly List<Re2Instruction> _instructions = [];

    private Re2Program(int groups) => Slots = 2 * (groups + 1);

    internal IReadOnlyList<Re2Instruction> Instructions => _instructions;

    internal int Start { get; private set; }

    /// <summary>Places that a match remembers: start and end of the whole, then of each group.</summary>
    internal int Slots { get; }

    /// <summary>Whether a match can only begin where the text does.</summary>
    internal bool IsAnchored { get; private set; }

    /// <summary>Compiles; null where the program would be too large.</summary>
    internal static Re2Program? Of(Re2Node root, int groups)
    {
        var program = new Re2Program(groups);
        var match = program.Emit(new Re2Instruction(Re2Operation.Match));
        program.Start = program.Compile(root, match);
        if (program.Start < 0 || (long)program._instructions.Count * program.Slots > MaxSlots)
        {
            return null;
        }

        var first = program._instructions[program.Start];
        program.IsAnchored = first.Operation == Re2Operation.Assert && first.Argument == (int)Re2Place.TextStart;
        return program;
    }

    // From the end to the beginning: where a part goes on is known when it is compiled. Negative when there is no more room.
    private int Compile(Re2Node node, int next)
    {
        if (next < 0)
        {
            return next;
        }

        switch (node.Kind)
        {
            case Re2Kind.Empty:
                return next;
            case Re2Kind.Rune:
                return Emit(new Re2Instruction(Re2Operation.Rune) { Set = node.Set, Next = next });
            case Re2Kind.Assertion:
                return Emit(new Re2Instruction(Re2Operation.Assert) { Argument = (int)node.Place, Next = next });
            case Re2Kind.Concatenation:
                for (var i = node.Children.Length - 1; i >= 0; i--)
                {
                    next = Compile(node.Children[i], next);
                }

                return next;
            case Re2Kind.Alternation:
                var rest = Compile(node.Children[^1], next);
                for (var i = node.Children.Length - 2; i >= 0; i--)
                {
                    rest = Split(Compile(node.Children[i], next), rest, isGreedy: true);
                }

                return rest;
            case Re2Kind.Group:
                var close = Emit(new Re2Instruction(Re2Operation.Save) { Argument = (2 * node.Group) + 1, Next = next });
                var inner = Compile(node.Children[0], close);
                return inner < 0 ? inner : Emit(new Re2Instruction(Re2Operation.Save) { Argument = 2 * node.Group, Next = inner });
            case Re2Kind.Repetition:
                return Repeat(node, next);
            default:
                throw new InvalidOperationException($"{node.Kind} is no kind.");
        }
    }

    private int Repeat(Re2Node node, int next)
    {
        var (child, greedy) = (node.Children[0], node.IsGreedy);
        if (node.Max == Re2Node.Unbounded)
        {
            // x* of an x that can be empty is (x+)?: the loop must not prefer an empty turn over leaving.
            next = node.Min > 0 ? Loop(child, next, greedy) : child.IsNullable ? Split(Loop(child, next, greedy), next, greedy) : Star(child, next, greedy);
            return Times(child, node.Min - 1, next);
        }

        // x{2,4} is xx(x(x)?)?
        var end = next;
        for (var i = node.Min; i < node.Max; i++)
        {
            next = Split(Compile(child, next), end, greedy);
        }

        return Times(child, node.Min, next);
    }

    private int Times(Re2Node child, int times, int next)
    {
        for (var i = 0; i < times && next >= 0; i++)
        {
            next = Compile(child, next);
        }

        return next;
    }

    // x+
    private int Loop(Re2Node child, int next, bool isGreedy)
    {
        var again = Emit(new Re2Instruction(Re2Operation.Split));
        var body = Compile(child, again);
        return Close(again, body, next, isGreedy) ? body : -1;
    }

    // x*
    private int Star(Re2Node child, int next, bool isGreedy)
    {
        var again = Emit(new Re2Instruction(Re2Operation.Split));
        return Close(again, Compile(child, again), next, isGreedy) ? again : -1;
    }

    private bool Close(int again, int body, int next, bool isGreedy)
    {
        if (again < 0 || body < 0)
        {
            return false;
        }

        var split = _instructions[again];
        (split.Next, split.Argument) = isGreedy ? (body, next) : (next, body);
        return true;
    }

    private int Split(int into, int past, bool isGreedy) => into < 0 || past < 0
        ? -1
        : Emit(new Re2Instruction(Re2Operation.Split) { Next = isGreedy ? into : past, Argument = isGreedy ? past : into });

    private int Emit(Re2Instruction instruction)
    {
        if (_instructions.Count == MaxInstructions)
        {
            return -1;
        }

        _instructions.Add(instruction);
        return _instructions.Count - 1;
    }
}
