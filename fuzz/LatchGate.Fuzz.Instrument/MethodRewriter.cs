using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace LatchGate.Fuzz.Instrument;

/// <summary>Puts <c>ldc.i4 NUMBER; call Hit</c> before the first instruction of each basic block (ECMA-335 §III.1.7).</summary>
internal static class MethodRewriter
{
    /// <summary>Rewrites a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="hit">What each block calls.</param>
    /// <param name="first">The number of the first block; the others follow in the order of the code.</param>
    /// <returns>How many blocks were numbered. A body of one block tells nothing that its caller's does not, and may be inlined as it is: 0.</returns>
    internal static int Rewrite(MethodBody body, MethodReference hit, int first)
    {
        var starts = StartsOf(body);
        if (starts.Count < 2)
        {
            return 0;
        }

        // Probes push targets apart: long branches first, short ones again where they fit.
        body.SimplifyMacros();
        var processor = body.GetILProcessor();
        var probes = new Dictionary<Instruction, Instruction>(starts.Count);
        var number = first;
        foreach (var start in body.Instructions.Where(starts.Contains).ToArray())
        {
            var probe = processor.Create(OpCodes.Ldc_I4, number++);
            processor.InsertBefore(start, probe);
            processor.InsertBefore(start, processor.Create(OpCodes.Call, hit));
            probes.Add(start, probe);
        }

        Redirect(body, probes);
        body.OptimizeMacros();
        return starts.Count;
    }

    // The first instruction, targets of branches, what follows a branch, and where handlers begin.
    private static HashSet<Instruction> StartsOf(MethodBody body)
    {
        var starts = new HashSet<Instruction> { body.Instructions[0] };
        foreach (var instruction in body.Instructions)
        {
            switch (instruction.Operand)
            {
                case Instruction target:
                    starts.Add(target);
                    break;
                case Instruction[] targets:
                    starts.UnionWith(targets);
                    break;
            }

            if (instruction.OpCode.FlowControl is FlowControl.Cond_Branch && instruction.Next is { } next)
            {
                starts.Add(next);
            }
        }

        foreach (var handler in body.ExceptionHandlers)
        {
            starts.Add(handler.HandlerStart);
            if (handler.FilterStart is { } filter)
            {
                starts.Add(filter);
            }
        }

        return starts;
    }

    // Whoever went to a block now goes to its probe; regions end before the probe of what follows them.
    private static void Redirect(MethodBody body, Dictionary<Instruction, Instruction> probes)
    {
        foreach (var instruction in body.Instructions)
        {
            if (instruction.Operand is Instruction target)
            {
                instruction.Operand = probes[target];
            }
            else if (instruction.Operand is Instruction[] targets)
            {
                for (var i = 0; i < targets.Length; i++)
                {
                    targets[i] = probes[targets[i]];
                }
            }
        }

        foreach (var handler in body.ExceptionHandlers)
        {
            handler.TryStart = ProbeOf(handler.TryStart);
            handler.TryEnd = ProbeOf(handler.TryEnd);
            handler.HandlerStart = ProbeOf(handler.HandlerStart);
            handler.HandlerEnd = ProbeOf(handler.HandlerEnd);
            handler.FilterStart = ProbeOf(handler.FilterStart);
        }

        Instruction? ProbeOf(Instruction? start) => start is not null && probes.TryGetValue(start, out var probe) ? probe : start;
    }
}
