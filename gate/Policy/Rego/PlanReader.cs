using System.Text;
using System.Text.Json;
using LatchGate.Policy.Rego.Builtins;
using LatchGate.Json;

namespace LatchGate.Policy.Rego;

/// <summary>Reads the JSON form of OPA's intermediate representation, as <c>opa build -t plan</c> writes it.</summary>
internal sealed class PlanReader
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 1024 };

    private readonly Dictionary<string, Function> _functions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _builtins = new(StringComparer.Ordinal);
    private readonly List<(Statement Call, string Name)> _calls = [];
    private RegoString[] _strings = [];
    private int _highestLocal;

    private PlanReader()
    {
    }

    /// <summary>Reads a plan and resolves the entry point, such as <c>latchgate/decision</c>.</summary>
    /// <param name="utf8">The plan as JSON.</param>
    /// <param name="entrypoint">The name that the plan was compiled for.</param>
    /// <param name="plan">The plan, where the answer is <see cref="PlanError.None"/>.</param>
    /// <param name="detail">What is wrong, otherwise: a name, or a position.</param>
    /// <param name="second">An entry point that may be missing; null asks for none.</param>
    internal static PlanError Read(ReadOnlyMemory<byte> utf8, string entrypoint, out PolicyPlan? plan, out string detail, string? second = null)
    {
        plan = null;
        try
        {
            using var document = JsonDocument.Parse(utf8, Options);
            plan = new PlanReader().ReadPlan(document.RootElement, entrypoint, second);
            detail = "";
            return PlanError.None;
        }
        catch (PlanException exception)
        {
            detail = exception.Message;
            return exception.Error;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            detail = exception.Message;
            return PlanError.Malformed;
        }
    }

    private PolicyPlan ReadPlan(JsonElement root, string entrypoint, string? second)
    {
        var constants = root.GetProperty("static");
        _strings = Items(constants, "strings", s => new RegoString(Name(s.GetProperty("value"))));
        foreach (var name in Items(constants, "builtin_funcs", builtin => Name(builtin.GetProperty("name"))))
        {
            _builtins.Add(name);
        }

        var definitions = root.TryGetProperty("funcs", out var funcs) ? Items(funcs, "funcs", definition => definition) : [];
        var functions = new Function[definitions.Length];
        for (var i = 0; i < definitions.Length; i++)
        {
            functions[i] = Declare(definitions[i], i);
        }

        for (var i = 0; i < definitions.Length; i++)
        {
            _highestLocal = 0;
            foreach (var parameter in functions[i].Parameters)
            {
                _highestLocal = Math.Max(_highestLocal, parameter);
            }

            functions[i].Blocks = ReadBlocks(definitions[i]);
            functions[i].Locals = _highestLocal + 1;
        }

        var plans = root.GetProperty("plans");
        var first = Entry(plans, entrypoint) ?? throw new PlanException(PlanError.MissingEntrypoint, entrypoint);
        var other = second is null ? null : Entry(plans, second);
        ResolveCalls();
        return new PolicyPlan(functions, first, other);
    }

    private EntryPoint? Entry(JsonElement plans, string name)
    {
        foreach (var plan in Items(plans, "plans", plan => plan))
        {
            if (plan.GetProperty("name").GetString() == name)
            {
                _highestLocal = 1;
                var blocks = ReadBlocks(plan);
                return new EntryPoint(blocks, _highestLocal + 1);
            }
        }

        return null;
    }

    private Function Declare(JsonElement definition, int number)
    {
        var name = Name(definition.GetProperty("name"));
        var parameters = Items(definition, "params", Local);
        var path = Items(definition, "path", Name);
        return _functions[name] = new Function(name, number, path, parameters);
    }

    private void ResolveCalls()
    {
        foreach (var (call, name) in _calls)
        {
            call.Callee = _functions[name];
            if (call.Arguments.Length != call.Callee.Parameters.Length)
            {
                throw new PlanException(PlanError.Malformed, $"{name} takes {call.Callee.Parameters.Length} arguments.");
            }
        }
    }

    private Block[] ReadBlocks(JsonElement holder) => Items(holder, "blocks", ReadBlock);

    private Block ReadBlock(JsonElement block) =>
        new(Items(block, "stmts", s => ReadStatement(Name(s.GetProperty("type")), s.GetProperty("stmt"))));

    private Statement ReadStatement(string type, JsonElement s) => type switch
    {
        "ArrayAppendStmt" => new(Opcode.ArrayAppend) { A = Read(s, "value"), Target = Local(s, "array") },
        "AssignIntStmt" => new(Opcode.AssignVar) { A = Operand.Of(RegoNumber.Of(s.GetProperty("value").GetInt64())), Target = Local(s, "target") },
        "AssignVarStmt" => new(Opcode.AssignVar) { A = Read(s, "source"), Target = Local(s, "target") },
        "AssignVarOnceStmt" => new(Opcode.AssignVarOnce) { A = Read(s, "source"), Target = Local(s, "target") },
        "BlockStmt" => new(Opcode.Block) { Blocks = ReadBlocks(s) },
        "BreakStmt" => new(Opcode.Break) { Index = Index(s) },
        "CallStmt" => ReadCall(s),
        "CallDynamicStmt" => new(Opcode.CallDynamic)
        {
            Arguments = Items(s, "args", a => Operand.OfLocal(Local(a))),
            Path = Items(s, "path", Read),
            Target = Local(s, "result"),
        },
        "DotStmt" => new(Opcode.Dot) { A = Read(s, "source"), B = Read(s, "key"), Target = Local(s, "target") },
        "EqualStmt" => new(Opcode.Equal) { A = Read(s, "a"), B = Read(s, "b") },
        "NotEqualStmt" => new(Opcode.NotEqual) { A = Read(s, "a"), B = Read(s, "b") },
        "IsArrayStmt" => new(Opcode.IsArray) { A = Read(s, "source") },
        "IsObjectStmt" => new(Opcode.IsObject) { A = Read(s, "source") },
        "IsSetStmt" => new(Opcode.IsSet) { A = Read(s, "source") },
        "IsDefinedStmt" => new(Opcode.IsDefined) { Target = Local(s, "source") },
        "IsUndefinedStmt" => new(Opcode.IsUndefined) { Target = Local(s, "source") },
        "LenStmt" => new(Opcode.Len) { A = Read(s, "source"), Target = Local(s, "target") },
        "MakeArrayStmt" => new(Opcode.MakeArray) { Index = Capacity(s), Target = Local(s, "target") },
        "MakeNullStmt" => new(Opcode.AssignVar) { A = Operand.Of(RegoNull.Instance), Target = Local(s, "target") },
        "MakeNumberIntStmt" => new(Opcode.AssignVar) { A = Operand.Of(RegoNumber.Of(s.GetProperty("value").GetInt64())), Target = Local(s, "target") },
        "MakeNumberRefStmt" => new(Opcode.AssignVar) { A = Operand.Of(Number(s)), Target = Local(s, "target") },
        "MakeObjectStmt" => new(Opcode.MakeObject) { Target = Local(s, "target") },
        "MakeSetStmt" => new(Opcode.MakeSet) { Target = Local(s, "target") },
        "NopStmt" => new(Opcode.Nop),
        "NotStmt" => new(Opcode.Not) { Blocks = [ReadBlock(s.GetProperty("block"))] },
        "ObjectInsertStmt" => new(Opcode.ObjectInsert) { A = Read(s, "value"), B = Read(s, "key"), Target = Local(s, "object") },
        "ObjectInsertOnceStmt" => new(Opcode.ObjectInsertOnce) { A = Read(s, "value"), B = Read(s, "key"), Target = Local(s, "object") },
        "ObjectMergeStmt" => new(Opcode.ObjectMerge)
        {
            A = Operand.OfLocal(Local(s, "a")),
            B = Operand.OfLocal(Local(s, "b")),
            Target = Local(s, "target"),
        },
        "ResetLocalStmt" => new(Opcode.ResetLocal) { Target = Local(s, "target") },
        "ResultSetAddStmt" => new(Opcode.ResultSetAdd) { Target = Local(s, "value") },
        "ReturnLocalStmt" => new(Opcode.ReturnLocal) { Target = Local(s, "source") },
        "ScanStmt" => new(Opcode.Scan)
        {
            A = Operand.OfLocal(Local(s, "source")),
            Index = Local(s, "key"),
            Target = Local(s, "value"),
            Blocks = [ReadBlock(s.GetProperty("block"))],
        },
        "SetAddStmt" => new(Opcode.SetAdd) { A = Read(s, "value"), Target = Local(s, "set") },
        "WithStmt" => new(Opcode.With)
        {
            A = Read(s, "value"),
            Target = Local(s, "local"),
            Path = Items(s, "path", index => Operand.Of(Text(index))),
            Blocks = [ReadBlock(s.GetProperty("block"))],
        },
        _ => throw new PlanException(PlanError.UnknownStatement, type),
    };

    private Statement ReadCall(JsonElement s)
    {
        var name = Name(s.GetProperty("func"));
        var arguments = Items(s, "args", Read);
        var result = Local(s, "result");
        if (_functions.ContainsKey(name))
        {
            var call = new Statement(Opcode.Call) { Arguments = arguments, Target = result };
            _calls.Add((call, name));
            return call;
        }

        if (!_builtins.Contains(name))
        {
            throw new PlanException(PlanError.UnknownFunction, name);
        }

        return BuiltinTable.Find(name) is { } builtin
            ? new Statement(Opcode.CallBuiltin) { Arguments = arguments, Target = result, Builtin = builtin }
            : throw new PlanException(PlanError.UnsupportedBuiltin, RefusedBuiltins.Describe(name));
    }

    private Operand Read(JsonElement holder, string member) => Read(holder.GetProperty(member));

    private Operand Read(JsonElement operand)
    {
        var value = operand.GetProperty("value");
        return operand.GetProperty("type").GetString() switch
        {
            "local" => Operand.OfLocal(Local(value)),
            "string_index" => Operand.Of(Text(value)),
            "bool" => Operand.Of(RegoBoolean.Of(value.GetBoolean())),
            var other => throw new PlanException(PlanError.Malformed, $"operand of type {other}"),
        };
    }

    private static string Name(JsonElement text) => text.GetString() ?? throw new PlanException(PlanError.Malformed, "null in place of a text");

    // How many blocks a break leaves.
    private static int Index(JsonElement s) =>
        s.GetProperty("index").GetInt32() is >= 0 and < 1_000 and var index ? index : throw new PlanException(PlanError.Malformed, "break out of too many blocks");

    private RegoNumber Number(JsonElement s) =>
        RegoJson.Parse(Encoding.UTF8.GetBytes(Text(s.GetProperty("Index")).Value)) as RegoNumber ?? throw new PlanException(PlanError.Malformed, "a number that is none");

    private RegoString Text(JsonElement index)
    {
        var at = index.GetInt32();
        return at >= 0 && at < _strings.Length ? _strings[at] : throw new PlanException(PlanError.Malformed, $"string {at}");
    }

    private int Local(JsonElement holder, string member) => Local(holder.GetProperty(member));

    // The bound keeps one call's frame small; the compiler numbers locals from zero.
    private int Local(JsonElement number)
    {
        var local = number.GetInt32();
        if (local is < 0 or > 65_535)
        {
            throw new PlanException(PlanError.Malformed, $"local {local}");
        }

        _highestLocal = Math.Max(_highestLocal, local);
        return local;
    }

    private static int Capacity(JsonElement s) => Math.Clamp(s.GetProperty("capacity").GetInt32(), 0, 64);

    private static T[] Items<T>(JsonElement holder, string member, Func<JsonElement, T> read) =>
        holder.TryGetProperty(member, out var items) && items.ValueKind == JsonValueKind.Array ? items.ConvertAll(read) : [];

    private sealed class PlanException(PlanError error, string detail) : Exception(detail)
    {
        internal PlanError Error { get; } = error;
    }
}
