using System.Runtime.InteropServices;

namespace LatchGate.Sandbox;

/// <summary>The sandbox runtime, providers/runtime/latchgate.h. Statically linked in the published binary.</summary>
internal static unsafe partial class Native
{
    private const string Library = "latchgate_native";

    [LibraryImport(Library, EntryPoint = "lg_module_at")]
    internal static partial nint ModuleAt(uint index);

    [LibraryImport(Library, EntryPoint = "lg_module_name")]
    internal static partial byte* ModuleName(nint module);

    [LibraryImport(Library, EntryPoint = "lg_module_digest")]
    internal static partial byte* ModuleDigest(nint module);

    [LibraryImport(Library, EntryPoint = "lg_module_imports")]
    internal static partial HostImports ModuleImports(nint module);

    /// <summary>Starts the epoch thread unless it runs; zero, or an errno.</summary>
    [LibraryImport(Library, EntryPoint = "lg_epoch_retain")]
    internal static partial int EpochRetain();

    /// <summary>Ends the epoch thread with its last holder.</summary>
    [LibraryImport(Library, EntryPoint = "lg_epoch_release")]
    internal static partial void EpochRelease();

    /// <summary>A guest that has not begun, or null and why.</summary>
    [LibraryImport(Library, EntryPoint = "lg_guest_new")]
    internal static partial nint GuestNew(nint module, HostImports declared, in GuestLimits limits, out TrapReason reason);

    /// <summary>Runs a guest until it calls the host, ends or traps.</summary>
    [LibraryImport(Library, EntryPoint = "lg_guest_step")]
    internal static partial void GuestStep(nint guest, int status, byte* bytes, uint length, uint timeoutMilliseconds, out GuestEvent happened);

    /// <summary>Ends a guest in whatever state it is.</summary>
    [LibraryImport(Library, EntryPoint = "lg_guest_free")]
    internal static partial void GuestFree(nint guest);
}

/// <summary><c>lg_limits</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GuestLimits
{
    internal long Fuel;
    internal uint MemoryPages;
    internal uint MaxIoCalls;
}

/// <summary><c>lg_state</c>: what a step came to.</summary>
internal enum GuestState
{
    Ready,
    HostCall,
    Done,
    Trapped,
}

/// <summary><c>lg_event</c>. <see cref="Bytes"/> points into guest memory and holds until the next step.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GuestEvent
{
    internal GuestState State;
    internal TrapReason Reason;
    internal HostImports Import;
    internal uint Level;
    internal byte* Bytes;
    internal ulong Length;
    internal long FuelUsed;
    internal long IoCalls;
}
