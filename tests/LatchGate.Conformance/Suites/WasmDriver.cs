using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LatchGate.Conformance.Suites;

/// <summary>
/// Turns a script's modules and actions into one C program on the sandbox's runtime, runs it, and reads the verdicts. Each action is
/// a guest of its own on its module's instance, so a trap ends the action and not the script.
/// </summary>
internal sealed class WasmDriver(string directory)
{
    private const string LinkedModules = "needs another module to link with; a provider imports host interfaces only";

    private readonly List<string> _files = [];
    private readonly StringBuilder _actions = new();
    private readonly StringBuilder _rows = new();
    private readonly List<string> _places = [];
    private string? _noModule = "no module before it";

    /// <summary>Takes one command; the reason when it is out of scope.</summary>
    internal string? Add(string place, JsonElement command)
    {
        switch (command.GetProperty("type").GetString())
        {
            case "module":
                _noModule = Take(command);
                return _noModule ?? AddRow(place, $"m{_files.Count - 1}_instantiate", "EXPECT_NOTHING", "0", "LG_NONE");
            case "assert_uninstantiable":
                _noModule = Take(command);
                return _noModule ?? AddRow(place, $"m{_files.Count - 1}_instantiate", "EXPECT_TRAP", "0", Reason(command));
            case "action":
                return AddAction(place, command, "EXPECT_NOTHING", "0", "LG_NONE");
            case "assert_trap" or "assert_exhaustion":
                return AddAction(place, command, "EXPECT_TRAP", "0", Reason(command));
            case "assert_return":
                var expected = command.GetProperty("expected");
                if (expected.GetArrayLength() > 1)
                {
                    return "multi-value results are newer than WebAssembly 1.0";
                }

                if (expected.GetArrayLength() == 0)
                {
                    return AddAction(place, command, "EXPECT_NOTHING", "0", "LG_NONE");
                }

                var type = expected[0].GetProperty("type").GetString();
                var value = expected[0].TryGetProperty("value", out var v) ? v.GetString()! : "";
                return type is not ("i32" or "i64" or "f32" or "f64")
                    ? "reference types are newer than WebAssembly 1.0"
                    : value switch
                    {
                        "nan:canonical" => AddAction(place, command, $"EXPECT_CANONICAL_{type.ToUpperInvariant()}", "0", "LG_NONE"),
                        "nan:arithmetic" => AddAction(place, command, $"EXPECT_ARITHMETIC_{type.ToUpperInvariant()}", "0", "LG_NONE"),
                        _ => AddAction(place, command, "EXPECT_BITS", value + "ull", "LG_NONE"),
                    };
            default:
                return LinkedModules;
        }
    }

    /// <summary>Builds and runs the program.</summary>
    internal IEnumerable<CaseResult> Run(string root)
    {
        if (_places.Count == 0)
        {
            return [];
        }

        var name = _places[0].Split(':')[0];
        var modules = Directory.CreateDirectory(Path.Combine(directory, "modules")).FullName;
        for (var i = 0; i < _files.Count; i++)
        {
            File.Copy(Path.Combine(directory, _files[i]), Path.Combine(modules, $"m{i}.wasm"));
        }

        var built = WasmSuite.Execute(root, Path.Combine(root, "providers/build.sh"), "--objects", modules);
        if (built.ExitCode != 0)
        {
            return [CaseResult.Fail(name, "the toolchain failed: " + LastLine(built.Errors))];
        }

        File.WriteAllText(Path.Combine(modules, "driver.c"), Program(modules));
        string[] objects = [.. Enumerable.Range(0, _files.Count).Select(i => $"m{i}.o")];
        var linked = WasmSuite.Execute(
            modules, "gcc",
            ["-std=gnu17", "-O0", "-w", "-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0", "-I" + Path.Combine(root, "providers/runtime"), "-I.",
             "-o", "driver", "driver.c", .. objects, Path.Combine(root, "artifacts/native/liblatchgate_native.a"), "-lm"]);
        if (linked.ExitCode != 0)
        {
            return [CaseResult.Fail(name, "the driver did not compile: " + LastLine(linked.Errors))];
        }

        var run = WasmSuite.Execute(modules, Path.Combine(modules, "driver"));
        var verdicts = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return _places.Select((place, i) =>
            i >= verdicts.Length ? CaseResult.Fail(place, $"the driver ended with code {run.ExitCode} before this")
            : verdicts[i] == "pass" ? CaseResult.Pass(place)
            : CaseResult.Fail(place, verdicts[i]));
    }

    private static string LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "no message";

    /// <summary>Makes a module the one that actions are on; the reason when the tools know too old a specification for it.</summary>
    private string? Take(JsonElement command)
    {
        var file = command.GetProperty("filename").GetString()!;
        var (exitCode, _, errors) = WasmSuite.Execute(directory, "wasm-validate", file);
        if (exitCode == 0)
        {
            _files.Add(file);
            return null;
        }

        return $"newer than WebAssembly 1.0: {LastLine(errors)}";
    }

    private string? AddRow(string place, string function, string expect, string bits, string reason)
    {
        _rows.Append(CultureInfo.InvariantCulture, $"  {{{_files.Count - 1}, {function}, {expect}, {bits}, {reason}}},\n");
        _places.Add(place);
        return null;
    }

    private string? AddAction(string place, JsonElement command, string expect, string bits, string reason)
    {
        if (_noModule is not null)
        {
            return _noModule;
        }

        var action = command.GetProperty("action");
        if (action.TryGetProperty("module", out _) || action.GetProperty("type").GetString() != "invoke")
        {
            return LinkedModules;
        }

        var module = _files.Count - 1;
        var call = new StringBuilder($"Z_m{module}Z_{Mangle(action.GetProperty("field").GetString()!)}(&m{module}");
        foreach (var argument in action.GetProperty("args").EnumerateArray())
        {
            var value = argument.TryGetProperty("value", out var v) ? v.GetString() : "";
            switch (argument.GetProperty("type").GetString())
            {
                case "i32":
                    call.Append(CultureInfo.InvariantCulture, $", {value}u");
                    break;
                case "i64":
                    call.Append(CultureInfo.InvariantCulture, $", {value}ull");
                    break;
                case "f32":
                    call.Append(CultureInfo.InvariantCulture, $", f32_of({value}u)");
                    break;
                case "f64":
                    call.Append(CultureInfo.InvariantCulture, $", f64_of({value}ull)");
                    break;
                default:
                    return "reference types are newer than WebAssembly 1.0";
            }
        }

        call.Append(')');
        var type = command.TryGetProperty("expected", out var expected) && expected.GetArrayLength() == 1
            ? expected[0].GetProperty("type").GetString()
            : null;
        var function = $"a{_places.Count}";
        _actions.Append(CultureInfo.InvariantCulture, $"static void {function}(void) {{ ");
        _actions.Append(type is null
            ? $"(void){call}; }}\n"
            : $"{(type[0] == 'i' ? "u" : "f")}{type[1..]} v = {call}; result = 0; memcpy(&result, &v, sizeof v); }}\n");
        return AddRow(place, function, expect, bits, reason);
    }

    /// <summary>A name as wasm2c spells it: letters, digits and <c>_</c> as they are, but for <c>Z</c>; any other byte as Z and two hex digits.</summary>
    private static string Mangle(string field)
    {
        var mangled = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(field))
        {
            if ((char.IsAsciiLetterOrDigit((char)b) && b != 'Z') || b == '_')
            {
                mangled.Append((char)b);
            }
            else
            {
                mangled.Append(CultureInfo.InvariantCulture, $"Z{b:X2}");
            }
        }

        return mangled.ToString();
    }

    private static string Reason(JsonElement command) => command.GetProperty("text").GetString() switch
    {
        "out of bounds memory access" or "out of bounds table access" => "LG_OUT_OF_BOUNDS",
        "integer divide by zero" => "LG_DIVIDE_BY_ZERO",
        "integer overflow" => "LG_INTEGER_OVERFLOW",
        "invalid conversion to integer" => "LG_INVALID_CONVERSION",
        "unreachable" => "LG_UNREACHABLE",
        "call stack exhausted" => "LG_STACK_EXHAUSTED",
        _ => "LG_INVALID_INDIRECT_CALL", // undefined or uninitialized element, indirect call type mismatch
    };

    private string Program(string modules)
    {
        var program = new StringBuilder("#include <stdio.h>\n#include <stdlib.h>\n#include \"guest.h\"\n");
        for (var i = 0; i < _files.Count; i++)
        {
            program.Append(CultureInfo.InvariantCulture, $"#include \"m{i}.h\"\n");
        }

        program.Append(Prelude);
        for (var i = 0; i < _files.Count; i++)
        {
            var header = File.ReadAllText(Path.Combine(modules, $"m{i}.h"));
            var spectest = header.Contains("struct Z_spectest_instance_t;", StringComparison.Ordinal) ? ", &spectest" : "";
            var memory = header.Contains("Z_spectestZ_memory(", StringComparison.Ordinal) ? "wasm_rt_allocate_memory(&spectest.memory, 1, 2); " : "";
            program.Append(CultureInfo.InvariantCulture, $"static Z_m{i}_instance_t m{i};\n");
            program.Append(
                CultureInfo.InvariantCulture,
                $"static void m{i}_instantiate(void) {{ spectest_reset(); {memory}Z_m{i}_init_module(); Z_m{i}_instantiate(&m{i}{spectest}); }}\n");
        }

        return program.Append(_actions).Append("static const row rows[] = {\n").Append(_rows).Append("};\n").Append(Main).ToString();
    }

    private const string Prelude = """
        static u64 result;
        static f32 f32_of(u32 bits) { f32 f; memcpy(&f, &bits, 4); return f; }
        static f64 f64_of(u64 bits) { f64 f; memcpy(&f, &bits, 8); return f; }

        /* The specification's host module: functions that print, and globals and a memory to import. */
        struct Z_spectest_instance_t {
          wasm_rt_memory_t memory; wasm_rt_funcref_table_t table; u32 global_i32; u64 global_i64; f32 global_f32; f64 global_f64;
        };
        static struct Z_spectest_instance_t spectest;
        static void spectest_reset(void) {
          spectest.global_i32 = 666; spectest.global_i64 = 666; spectest.global_f32 = 666.6f; spectest.global_f64 = 666.6;
        }
        void Z_spectestZ_print(struct Z_spectest_instance_t *s) {}
        void Z_spectestZ_print_i32(struct Z_spectest_instance_t *s, u32 a) {}
        void Z_spectestZ_print_i64(struct Z_spectest_instance_t *s, u64 a) {}
        void Z_spectestZ_print_f32(struct Z_spectest_instance_t *s, f32 a) {}
        void Z_spectestZ_print_f64(struct Z_spectest_instance_t *s, f64 a) {}
        void Z_spectestZ_print_i32_f32(struct Z_spectest_instance_t *s, u32 a, f32 b) {}
        void Z_spectestZ_print_f64_f64(struct Z_spectest_instance_t *s, f64 a, f64 b) {}
        wasm_rt_memory_t *Z_spectestZ_memory(struct Z_spectest_instance_t *s) { return &s->memory; }
        wasm_rt_funcref_table_t *Z_spectestZ_table(struct Z_spectest_instance_t *s) {
          if (!s->table.data) wasm_rt_allocate_funcref_table(&s->table, 10, 20);
          return &s->table;
        }
        u32 *Z_spectestZ_global_i32(struct Z_spectest_instance_t *s) { return &s->global_i32; }
        u64 *Z_spectestZ_global_i64(struct Z_spectest_instance_t *s) { return &s->global_i64; }
        f32 *Z_spectestZ_global_f32(struct Z_spectest_instance_t *s) { return &s->global_f32; }
        f64 *Z_spectestZ_global_f64(struct Z_spectest_instance_t *s) { return &s->global_f64; }

        enum { EXPECT_NOTHING, EXPECT_TRAP, EXPECT_BITS, EXPECT_CANONICAL_F32, EXPECT_CANONICAL_F64, EXPECT_ARITHMETIC_F32, EXPECT_ARITHMETIC_F64 };
        typedef struct row { int module; void (*action)(void); int expect; u64 bits; int reason; } row;

        """;

    private const string Main = """
        static void (*job)(void);
        static void body(void) { job(); lg_yield(lg_thread.guest, LG_DONE); }

        static const char *verdict(const row *r, const lg_guest *g) {
          static char text[128];
          int trap = g->state == LG_TRAPPED ? g->reason : LG_NONE;
          if (trap != r->reason) { snprintf(text, sizeof text, "reason %d instead of %d", trap, r->reason); return text; }
          int good = 1;
          switch (r->expect) {
            case EXPECT_BITS: good = result == r->bits; break;
            case EXPECT_CANONICAL_F32: good = (result & 0x7fffffff) == 0x7fc00000; break;
            case EXPECT_CANONICAL_F64: good = (result & 0x7fffffffffffffff) == 0x7ff8000000000000; break;
            case EXPECT_ARITHMETIC_F32: good = (result & 0x7fc00000) == 0x7fc00000; break;
            case EXPECT_ARITHMETIC_F64: good = (result & 0x7ff8000000000000) == 0x7ff8000000000000; break;
          }
          if (!good) snprintf(text, sizeof text, "result %#llx instead of %#llx", (unsigned long long)result, (unsigned long long)r->bits);
          return good ? "pass" : text;
        }

        int main(void) {
          lg_guest *g = NULL;
          int module = -1;
          for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            const row *r = &rows[i];
            if (r->module != module) {
              module = r->module;
              g = lg_pool_take();
              g->max_pages = 65535;
            }
            g->fuel = INT64_MAX;
            g->slice = 0;
            g->reason = LG_NONE;
            g->growth_refused = false;
            lg_context_init(&g->self, g->stack, LG_STACK, body);
            job = r->action;
            lg_run(g, 1000000000);
            puts(verdict(r, g));
            fflush(stdout);
          }
          return 0;
        }

        """;
}
