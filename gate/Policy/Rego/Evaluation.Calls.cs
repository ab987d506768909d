namespace LatchGate.Policy.Rego;

/// <content>Calls of rules, functions and built-ins.</content>
internal sealed partial class Evaluation
{
    private int Call(Statement s, Function function, int frame)
    {
        RegoValue? answer;
        if (function.IsRule && _answeredIn[function.Number] == _world)
        {
            answer = _answers[function.Number];
        }
        else
        {
            var top = _top;
            var inner = Enter(function.Locals);
            if (inner < 0)
            {
                return Halted;
            }

            for (var i = 0; i < s.Arguments.Length; i++)
            {
                _stack[inner + function.Parameters[i]] = Read(s.Arguments[i], frame);
            }

            answer = null;
            foreach (var block in function.Blocks)
            {
                var end = Execute(block, inner);
                if (end == Halted)
                {
                    return Halted;
                }

                if (end == Returned)
                {
                    answer = _returned;
                    break;
                }
            }

            _top = top;
            if (function.IsRule)
            {
                _answeredIn[function.Number] = _world;
                _answers[function.Number] = answer;
            }
        }

        _stack[frame + s.Target] = answer;
        return answer is null ? Exit : End;
    }

    private int CallBuiltin(Statement s, int frame)
    {
        var top = _top;
        var arguments = Enter(s.Arguments.Length);
        if (arguments < 0)
        {
            return Halted;
        }

        _top = top;
        for (var i = 0; i < s.Arguments.Length; i++)
        {
            if (Read(s.Arguments[i], frame) is not { } argument)
            {
                return Exit;
            }

            _stack[arguments + i] = argument;
        }

        var answer = s.Builtin!(_stack.AsSpan(arguments, s.Arguments.Length)!, this);
        if (Fault != EvaluationFault.None)
        {
            return Halted;
        }

        _stack[frame + s.Target] = answer;
        return answer is null ? Exit : End;
    }

    private int CallDynamic(Statement s, int frame)
    {
        var path = new string[s.Path.Length];
        for (var i = 0; i < path.Length; i++)
        {
            if (Read(s.Path[i], frame) is not RegoString part)
            {
                return Exit;
            }

            path[i] = part.Value;
        }

        return _plan.Find(path) is { } function && function.Parameters.Length == s.Arguments.Length ? Call(s, function, frame) : Exit;
    }
}
