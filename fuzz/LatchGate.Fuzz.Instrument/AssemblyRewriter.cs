using Mono.Cecil;
using Mono.Cecil.Cil;

namespace LatchGate.Fuzz.Instrument;

/// <summary>Rewrites one assembly so that it reports each basic block it enters to <c>LatchGate.Fuzz.Trace.Hit(int)</c>.</summary>
internal static class AssemblyRewriter
{
    // What no target reaches: probes there would only slow down and collide.
    private static readonly string[] Unreached =
    [
        "LatchGate.Api.", "LatchGate.Approvals.", "LatchGate.Budgets.", "LatchGate.Cli.", "LatchGate.Evidence.", "LatchGate.Grants.",
        "LatchGate.Pipeline.", "LatchGate.RateLimits.", "LatchGate.Storage.", "LatchGate.Telemetry.", "System.", "<", "Microsoft.",
    ];

    internal static void Rewrite(string source, string destination, BlockTable blocks)
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(Path.GetDirectoryName(source));
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
        using var assembly = AssemblyDefinition.ReadAssembly(source, new ReaderParameters
        {
            AssemblyResolver = resolver,
            ReadSymbols = true,
            SymbolReaderProvider = new DefaultSymbolReaderProvider(throwIfNoSymbol: false),
        });
        var hit = Import(assembly.MainModule);
        foreach (var type in assembly.MainModule.GetTypes())
        {
            if (Array.Exists(Unreached, prefix => type.FullName.StartsWith(prefix, StringComparison.Ordinal)))
            {
                continue;
            }

            var count = 0;
            foreach (var method in type.Methods)
            {
                count += method.HasBody ? MethodRewriter.Rewrite(method.Body, hit, blocks.Next + count) : 0;
            }

            if (count > 0)
            {
                blocks.Take(type.FullName, count);
            }
        }

        assembly.Write(destination, new WriterParameters
        {
            WriteSymbols = assembly.MainModule.HasSymbols,
            DeterministicMvid = true,
        });
    }

    private static MethodReference Import(ModuleDefinition module)
    {
        var fuzz = new AssemblyNameReference("LatchGate.Fuzz", new Version(0, 0, 0, 0));
        module.AssemblyReferences.Add(fuzz);
        var hit = new MethodReference("Hit", module.TypeSystem.Void, new TypeReference("LatchGate.Fuzz", "Trace", module, fuzz));
        hit.Parameters.Add(new ParameterDefinition(module.TypeSystem.Int32));
        return hit;
    }
}
