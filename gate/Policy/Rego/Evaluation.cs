using LatchGate.Policy.Rego.Builtins;

namespace LatchGate.Policy.Rego;

/// <summary>
/// Runs a plan once for one input. An instance is reused by one caller after another and holds nothing of the last
/// run; only the buffers stay.
/// </summary>
internal sealed partial class Evaluation(EvaluationLimits limits, bool strictBuiltins = false)
{
    // How a block ended. A positive number is how many more blocks a break leaves.
    private const int End = -1;
    private const int Exit = 0;
    private const int Returned = int.MaxValue;
    private const int Halted = int.MaxValue - 1;

    private const int InputLocal = 0;
    private const int DataLocal = 1;
    private const int MaxStack = 1 << 18;

    private readonly List<RegoValue> _results = [];
    private RegoValue?[] _stack = new RegoValue?[512];
    private RegoValue?[] _answers = [];
    private int[] _answeredIn = [];
    private PolicyPlan _plan = null!;
    private RegoValue? _returned;
    private int _top;
    private int _highest;
    private int _depth;
    private int _world;
    private int _worlds;
    private long _steps;
    private long _cells;

    /// <summary>Why the run stopped, or <see cref="EvaluationFault.None"/>.</summary>
    internal EvaluationFault Fault { get; private set; }

    /// <summary>The kind of the built-in error, where the fault is <see cref="EvaluationFault.Builtin"/>.</summary>
    internal BuiltinError BuiltinError { get; private set; }

    /// <summary>The result set; empty means undefined. Valid until the next run.</summary>
    internal IReadOnlyList<RegoValue> Results => _results;

    /// <summary>Statements run so far.</summary>
    internal long StepsTaken => _steps;

    /// <summary>Evaluates the plan's entry point.</summary>
    internal EvaluationFault Run(PolicyPlan plan, RegoValue? input, RegoValue? data) => Run(plan, plan.Entry, input, data);

    /// <summary>Evaluates one of the plan's entry points.</summary>
    internal EvaluationFault Run(PolicyPlan plan, EntryPoint entry, RegoValue? input, RegoValue? data)
    {
        _plan = plan;
        Fault = EvaluationFault.None;
        BuiltinError = BuiltinError.None;
        (_top, _highest, _depth, _steps, _cells, _world, _worlds) = (0, 0, 0, 0, 0, 1, 1);
        if (_answers.Length < plan.FunctionCount)
        {
            _answers = new RegoValue?[plan.FunctionCount];
            _answeredIn = new int[plan.FunctionCount];
        }

        _results.Clear();
        var frame = Enter(entry.Locals);
        if (frame >= 0)
        {
            _stack[frame + InputLocal] = input;
            _stack[frame + DataLocal] = data;
            ExecuteEntry(entry, frame);
        }

        return Fault;
    }

    private void ExecuteEntry(EntryPoint entry, int frame)
    {
        ValueWork.Begin(limits.Steps);
        try
        {
            foreach (var block in entry.Blocks)
            {
                if (Execute(block, frame) >= Halted)
                {
                    break;
                }
            }
        }
        catch (ValueWorkException)
        {
            Halt(EvaluationFault.StepLimit);
        }
        catch (InsufficientExecutionStackException)
        {
            Halt(EvaluationFault.DepthLimit);
        }
        catch (IndexOutOfRangeException)
        {
            // No compiler writes a call with fewer arguments than the built-in reads.
            Halt(EvaluationFault.Plan);
        }
        finally
        {
            ValueWork.End();
        }
    }

    /// <summary>Lets go of every value of the run, so that a pooled instance keeps none alive.</summary>
    internal void Release()
    {
        _results.Clear();
        _returned = null;
        _plan = null!;
        Array.Clear(_stack, 0, _highest);
        Array.Clear(_answers);
        Array.Clear(_answeredIn);
    }

    /// <summary>Counts work that a built-in does; false when the limit is reached and the built-in has to give up.</summary>
    internal bool ChargeSteps(long steps)
    {
        _steps += steps;
        return _steps <= limits.Steps || Halt(EvaluationFault.StepLimit);
    }

    /// <summary>Counts a sorted insertion, which may move all that is there already; false when the limit is reached.</summary>
    internal bool ChargeShift(int count) => ChargeSteps(count >> 8);

    /// <summary>Counts elements or characters that a built-in is about to write; false when the limit is reached.</summary>
    internal bool ChargeCells(long cells)
    {
        _cells += cells;
        return _cells <= limits.Cells || Halt(EvaluationFault.MemoryLimit);
    }

    /// <summary>Reports that a built-in cannot answer. The call is then undefined, or a fault where errors are strict.</summary>
    internal RegoValue? Fail(BuiltinError error)
    {
        if (strictBuiltins && Fault == EvaluationFault.None)
        {
            Fault = EvaluationFault.Builtin;
            BuiltinError = error;
        }

        return null;
    }

    private bool Halt(EvaluationFault fault)
    {
        if (Fault == EvaluationFault.None)
        {
            Fault = fault;
        }

        return false;
    }

    private int Stop(EvaluationFault fault)
    {
        Halt(fault);
        return Halted;
    }

    // Takes a cleared frame off the stack, or -1.
    private int Enter(int locals)
    {
        var frame = _top;
        if (frame + locals > _stack.Length)
        {
            if (frame + locals > MaxStack)
            {
                Halt(EvaluationFault.DepthLimit);
                return -1;
            }

            Array.Resize(ref _stack, Math.Max(2 * _stack.Length, frame + locals));
        }

        _top = frame + locals;
        _highest = Math.Max(_highest, _top);
        Array.Clear(_stack, frame, locals);
        return frame;
    }

    private RegoValue? Read(in Operand operand, int frame) => operand.Constant ?? _stack[frame + operand.Local];

    private int Execute(Block block, int frame)
    {
        if (++_depth > limits.Depth)
        {
            return Stop(EvaluationFault.DepthLimit);
        }

        var end = ExecuteStatements(block.Statements, frame);
        _depth--;
        return end;
    }

    private int ExecuteStatements(Statement[] statements, int frame)
    {
        foreach (var s in statements)
        {
            if (++_steps > limits.Steps)
            {
                return Stop(EvaluationFault.StepLimit);
            }

            switch (s.Op)
            {
                case Opcode.AssignVar:
                    _stack[frame + s.Target] = Read(s.A, frame);
                    break;
                case Opcode.Dot:
                    if (Read(s.B, frame) is not { } key || Read(s.A, frame)?.Get(key) is not { } member)
                    {
                        return Exit;
                    }

                    _stack[frame + s.Target] = member;
                    break;
                case Opcode.Equal:
                    if (Read(s.A, frame) is not { } left || !left.Equals(Read(s.B, frame)))
                    {
                        return Exit;
                    }

                    break;
                case Opcode.NotEqual:
                    if (Read(s.A, frame) is not { } one || Read(s.B, frame) is not { } two || one.Equals(two))
                    {
                        return Exit;
                    }

                    break;
                case Opcode.IsDefined:
                    if (_stack[frame + s.Target] is null)
                    {
                        return Exit;
                    }

                    break;
                case Opcode.IsUndefined:
                    if (_stack[frame + s.Target] is not null)
                    {
                        return Exit;
                    }

                    break;
                case Opcode.IsArray:
                    if (Read(s.A, frame) is not RegoArray)
                    {
                        return Exit;
                    }

                    break;
                case Opcode.IsObject:
                    if (Read(s.A, frame) is not RegoObject)
                    {
                        return Exit;
                    }

                    break;
                case Opcode.IsSet:
                    if (Read(s.A, frame) is not RegoSet)
                    {
                        return Exit;
                    }

                    break;
                case Opcode.ResetLocal:
                    _stack[frame + s.Target] = null;
                    break;
                case Opcode.Break:
                    return s.Index;
                case Opcode.ReturnLocal:
                    _returned = _stack[frame + s.Target];
                    return Returned;
                case Opcode.Nop:
                    break;
                default:
                    var end = ExecuteCompound(s, frame);
                    if (end != End)
                    {
                        return end;
                    }

                    break;
            }
        }

        return End;
    }

    // Answers End to go on with the next statement.
    private int ExecuteCompound(Statement s, int frame) => s.Op switch
    {
        Opcode.Call => Call(s, s.Callee!, frame),
        Opcode.CallBuiltin => CallBuiltin(s, frame),
        Opcode.CallDynamic => CallDynamic(s, frame),
        Opcode.Block => RunBlocks(s, frame),
        Opcode.Not => Execute(s.Blocks[0], frame) switch
        {
            End => Exit,
            var inner => Leave(inner),
        },
        Opcode.Scan => Scan(s, frame),
        Opcode.With => With(s, frame),
        _ => Build(s, frame),
    };

    // What a finished inner block means for the block that holds it.
    private static int Leave(int inner) => inner switch
    {
        End or Exit => End,
        Returned or Halted => inner,
        _ => inner - 1,
    };

    private int RunBlocks(Statement s, int frame)
    {
        foreach (var block in s.Blocks)
        {
            var left = Leave(Execute(block, frame));
            if (left != End)
            {
                return left;
            }
        }

        return End;
    }

    private int Scan(Statement s, int frame)
    {
        var body = s.Blocks[0];
        var (count, source) = Read(s.A, frame) switch
        {
            RegoArray a => (a.Count, (RegoValue)a),
            RegoSet a => (a.Count, a),
            RegoObject a => (a.Count, a),
            _ => (0, RegoNull.Instance),
        };
        for (var i = 0; i < count; i++)
        {
            (_stack[frame + s.Index], _stack[frame + s.Target]) = source switch
            {
                RegoArray a => (RegoNumber.Of(i), a.Items[i]),
                RegoSet a => (a.Items[i], a.Items[i]),
                RegoObject a => (a.Keys[i], a.Values[i]),
                _ => default,
            };
            var left = Leave(Execute(body, frame));
            if (left != End)
            {
                return left;
            }
        }

        return End;
    }

    private int With(Statement s, int frame)
    {
        // Undefined is a value here: an inner "with" puts back an input that the outer world does not have.
        var value = Read(s.A, frame);
        if (value is null && s.Path.Length > 0)
        {
            return Exit;
        }

        var saved = _stack[frame + s.Target];
        var world = _world;

        // Rules have other answers under other input or data.
        _world = ++_worlds;
        _stack[frame + s.Target] = s.Path.Length == 0 ? value : Replace(saved, s.Path, value!);
        var end = Fault == EvaluationFault.None ? Execute(s.Blocks[0], frame) : Halted;
        _stack[frame + s.Target] = saved;
        _world = world;
        return end == Exit ? Exit : Leave(end);
    }

    private RegoValue Replace(RegoValue? at, ReadOnlySpan<Operand> path, RegoValue value)
    {
        if (path.IsEmpty)
        {
            return value;
        }

        var key = path[0].Constant!;
        var copy = at is RegoObject members ? members.Copy(room: 1) : new RegoObject(1);
        ChargeCells(copy.Count);
        copy.Set(key, Replace(copy.Get(key), path[1..], value));
        return copy;
    }
}
