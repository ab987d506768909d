using LatchGate.Policy.Rego.Builtins;

namespace LatchGate.Policy.Rego;

/// <content>Statements that make values or let collections grow.</content>
internal sealed partial class Evaluation
{
    private int Build(Statement s, int frame)
    {
        if (++_cells > limits.Cells)
        {
            return Stop(EvaluationFault.MemoryLimit);
        }

        ref var target = ref _stack[frame + s.Target];
        switch (s.Op)
        {
            case Opcode.AssignVarOnce:
                var assigned = Read(s.A, frame);
                if (target is not null && !target.Equals(assigned))
                {
                    return Stop(EvaluationFault.Conflict);
                }

                target = assigned;
                return End;
            case Opcode.MakeArray:
                target = new RegoArray(s.Index);
                return End;
            case Opcode.MakeObject:
                target = new RegoObject();
                return End;
            case Opcode.MakeSet:
                target = new RegoSet();
                return End;
            case Opcode.ArrayAppend when target is RegoArray array && Read(s.A, frame) is { } item:
                array.Append(item);
                return End;
            case Opcode.SetAdd when target is RegoSet set && Read(s.A, frame) is { } element:
                set.Add(element);
                return ChargeShift(set.Count) ? End : Halted;
            case Opcode.ObjectInsert when target is RegoObject members && Read(s.A, frame) is { } value && Read(s.B, frame) is { } key:
                members.Set(key, value);
                return ChargeShift(members.Count) ? End : Halted;
            case Opcode.ObjectInsertOnce when target is RegoObject members && Read(s.A, frame) is { } value && Read(s.B, frame) is { } key:
                if (members.Get(key) is { } present && !present.Equals(value))
                {
                    return Stop(EvaluationFault.Conflict);
                }

                members.Set(key, value);
                return ChargeShift(members.Count) ? End : Halted;
            case Opcode.ObjectMerge when Read(s.A, frame) is RegoObject a && Read(s.B, frame) is RegoObject b:
                target = Objects.Merge(b, a, this);
                return Fault == EvaluationFault.None ? End : Halted;
            case Opcode.Len when Length(Read(s.A, frame)) is { } length:
                target = RegoNumber.Of(length);
                return End;
            case Opcode.ResultSetAdd when target is not null:
                _results.Add(target);
                return End;
            default:
                return Exit;
        }
    }

    private long? Length(RegoValue? value) => value switch
    {
        RegoArray array => array.Count,
        RegoSet set => set.Count,
        RegoObject members => members.Count,
        RegoString text => ChargeSteps(text.Value.Length >> 8) ? Builtins.Strings.RuneCount(text.Value) : null,
        _ => null,
    };
}
