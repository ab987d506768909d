using System.Globalization;
using System.Runtime.InteropServices;

namespace LatchGate.Fuzz.Afl;

/// <summary>The System V shared memory through which AFL++ gets the map and gives inputs.</summary>
internal static unsafe partial class AflMemory
{
    private const string MapVariable = "__AFL_SHM_ID";
    private const string InputVariable = "__AFL_SHM_FUZZ_ID";

    /// <summary>Whether AFL++ started this process.</summary>
    internal static bool IsPresent => Environment.GetEnvironmentVariable(MapVariable) is not null;

    /// <summary>AFL++'s map, or memory of this process where there is no AFL++.</summary>
    internal static byte* AttachMap(int size) => Attach(MapVariable) is var shared and not null ? shared : (byte*)NativeMemory.AllocZeroed((nuint)size);

    /// <summary>The input buffer: 32 bits of length, then that many bytes. Null when AFL++ gives inputs on standard input.</summary>
    internal static byte* AttachInput() => Attach(InputVariable);

    private static byte* Attach(string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { } text)
        {
            return null;
        }

        var address = ShmAt(int.Parse(text, CultureInfo.InvariantCulture), 0, 0);
        return address != -1 ? (byte*)address : throw new InvalidOperationException($"shmat of {variable} failed with error {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "shmat", SetLastError = true)]
    private static partial nint ShmAt(int id, nint address, int flags);
}
