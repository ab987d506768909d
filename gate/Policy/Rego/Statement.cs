using LatchGate.Policy.Rego.Builtins;

namespace LatchGate.Policy.Rego;

/// <summary>The statements of OPA's intermediate representation (openpolicyagent.org/docs/ir).</summary>
internal enum Opcode : byte
{
    ArrayAppend,
    AssignVar,
    AssignVarOnce,
    Block,
    Break,
    Call,
    CallDynamic,
    CallBuiltin,
    Dot,
    Equal,
    NotEqual,
    IsArray,
    IsObject,
    IsSet,
    IsDefined,
    IsUndefined,
    Len,
    MakeArray,
    MakeObject,
    MakeSet,
    Nop,
    Not,
    ObjectInsert,
    ObjectInsertOnce,
    ObjectMerge,
    ResetLocal,
    ResultSetAdd,
    ReturnLocal,
    Scan,
    SetAdd,
    With,
}

/// <summary>A constant, or the number of a local.</summary>
internal readonly record struct Operand(RegoValue? Constant, int Local)
{
    internal static Operand Of(RegoValue constant) => new(constant, -1);

    internal static Operand OfLocal(int local) => new(null, local);
}

/// <summary>One statement, resolved when the plan is loaded: strings, numbers, functions and built-ins are references.</summary>
internal sealed class Statement(Opcode op)
{
    internal Opcode Op { get; } = op;

    /// <summary>The source, value, or left side.</summary>
    internal Operand A { get; init; }

    /// <summary>The key, or right side.</summary>
    internal Operand B { get; init; }

    /// <summary>The local written to, or the collection that grows.</summary>
    internal int Target { get; init; }

    /// <summary>Blocks to leave, capacity to make, or the local of a scan's key.</summary>
    internal int Index { get; init; }

    internal Operand[] Arguments { get; init; } = [];

    /// <summary>The parts of a computed function name, or the path that a <c>with</c> replaces.</summary>
    internal Operand[] Path { get; init; } = [];

    internal Block[] Blocks { get; init; } = [];

    /// <summary>Set after all functions are known, since calls may look ahead.</summary>
    internal Function? Callee { get; set; }

    internal Builtin? Builtin { get; init; }
}

/// <summary>Statements run in turn until one is undefined.</summary>
internal sealed record Block(Statement[] Statements);

/// <summary>A rule or function.</summary>
internal sealed class Function(string name, int number, string[] path, int[] parameters)
{
    internal string Name { get; } = name;

    /// <summary>Its place in the plan.</summary>
    internal int Number { get; } = number;

    /// <summary>Its name in parts, for calls that compute the name.</summary>
    internal string[] Path { get; } = path;

    internal int[] Parameters { get; } = parameters;

    /// <summary>How many locals a call needs.</summary>
    internal int Locals { get; set; }

    internal Block[] Blocks { get; set; } = [];

    /// <summary>A rule takes only input and data, so within one question it has one answer.</summary>
    internal bool IsRule => Parameters.Length == 2;
}
