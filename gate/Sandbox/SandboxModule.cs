using System.Runtime.InteropServices;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Sandbox;

/// <summary>A provider compiled into this binary. What exists is fixed when the gate is built.</summary>
public sealed class SandboxModule
{
    private static readonly SandboxModule[] BuiltIn = [.. ReadTable()];

    private unsafe SandboxModule(nint descriptor)
    {
        Descriptor = descriptor;
        Name = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Native.ModuleName(descriptor)));
        Digest = Sha256Digest.FromBytes(new ReadOnlySpan<byte>(Native.ModuleDigest(descriptor), Sha256Digest.Size));
        Imports = Native.ModuleImports(descriptor);
    }

    /// <summary>The modules of this binary, in the order of their names.</summary>
    public static IReadOnlyList<SandboxModule> All => BuiltIn;

    /// <summary>The name a manifest uses after <c>builtin:</c>, such as <c>http_api</c>.</summary>
    public string Name { get; }

    /// <summary>SHA-256 of the <c>.wasm</c> file that the native code was compiled from.</summary>
    public Sha256Digest Digest { get; }

    /// <summary>The host interfaces that the module imports. An execution that does not declare them all is refused.</summary>
    public HostImports Imports { get; }

    internal nint Descriptor { get; }

    /// <summary>The module of this name, or null when the binary has none.</summary>
    public static SandboxModule? Find(string name)
    {
        foreach (var module in BuiltIn)
        {
            if (string.Equals(module.Name, name, StringComparison.Ordinal))
            {
                return module;
            }
        }

        return null;
    }

    /// <summary>A module of another native library, for tests that attack the sandbox.</summary>
    /// <param name="descriptor">A <c>const lg_module *</c> that stays loaded.</param>
    internal static SandboxModule FromDescriptor(nint descriptor) => new(descriptor);

    private static IEnumerable<SandboxModule> ReadTable()
    {
        for (uint i = 0; Native.ModuleAt(i) is not 0 and var descriptor; i++)
        {
            yield return new SandboxModule(descriptor);
        }
    }
}
