using System.Runtime.InteropServices;
using System.Text;
using LatchGate.Actions;
using LatchGate.Sandbox;

namespace LatchGate.Tests.Sandbox;

/// <summary>The modules that attack the sandbox, from a library of their own that no product links.</summary>
internal static unsafe class HostileModules
{
    internal static readonly ResourceLimits Limits = new(Fuel: 20_000_000, MemoryMb: 4, TimeoutSeconds: 30, MaxIoCalls: 5, MaxHostResponseBytes: 1 << 20);

    private static readonly Dictionary<string, SandboxModule> Modules = Load();

    internal static SandboxModule Get(string name) => Modules[name];

    internal static ValueTask<SandboxResult> AttackAsync(
        this SandboxHost sandbox, string attack, IHostCalls? host = null, ResourceLimits? limits = null, CancellationToken cancellation = default) =>
        sandbox.ExecuteAsync(
            Get("attacks"), HostImports.Http | HostImports.Log, Encoding.UTF8.GetBytes(attack), limits ?? Limits, host ?? new ScriptedHost(), cancellation);

    internal static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "latchgate.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("The tests run from within the repository.");
    }

    private static Dictionary<string, SandboxModule> Load()
    {
        // The product's library is loaded first: the hostile one resolves the runtime from it.
        _ = SandboxModule.All;
        var library = NativeLibrary.Load(Path.Combine(RepositoryRoot(), "artifacts", "native", "liblatchgate_hostile.so"));
        var at = (delegate* unmanaged<uint, nint>)NativeLibrary.GetExport(library, "lg_hostile_at");
        var modules = new Dictionary<string, SandboxModule>(StringComparer.Ordinal);
        for (uint i = 0; at(i) is not 0 and var descriptor; i++)
        {
            var module = SandboxModule.FromDescriptor(descriptor);
            modules.Add(module.Name, module);
        }

        return modules;
    }
}

/// <summary>A host that records what it was asked and answers from a function.</summary>
internal sealed class ScriptedHost(Func<string, CancellationToken, ValueTask<HostAnswer>>? answer = null) : IHostCalls
{
    internal List<(HostImports Import, string Request)> Calls { get; } = [];

    public ValueTask<HostAnswer> CallAsync(HostImports import, ReadOnlyMemory<byte> request, CancellationToken cancellation)
    {
        var text = Encoding.UTF8.GetString(request.Span);
        Calls.Add((import, text));
        return answer is null ? ValueTask.FromResult(Ok("{\"status\":200}")) : answer(text, cancellation);
    }

    internal static HostAnswer Ok(string json) => new(true, Encoding.UTF8.GetBytes(json));
}
