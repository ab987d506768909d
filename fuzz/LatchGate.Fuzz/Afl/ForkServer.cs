using System.Runtime.InteropServices;
using LatchGate.Fuzz.Engine;

namespace LatchGate.Fuzz.Afl;

/// <summary>
/// Speaks AFL++'s fork-server protocol without forking, which a runtime with threads cannot do: each input runs in this process, and the
/// status of the child that never was is written as <c>waitpid</c> would give it.
/// </summary>
/// <remarks>
/// <code>
/// hello   199 ← options: 0x81000001 = enabled + inputs in shared memory; AFL++ answers on 198 where it takes the latter
/// loop    198 → 4 bytes (was the last one killed?)   199 ← pid   199 ← status: 0, or the signal that would have ended it
/// </code>
/// Source: AFL++ 4.04c, include/types.h and src/afl-forkserver.c.
/// </remarks>
internal sealed unsafe partial class ForkServer(FuzzTarget target)
{
    private const int ControlFd = 198;
    private const int StatusFd = 199;
    private const uint Enabled = 0x8000_0001;
    private const uint SharedInput = 0x0100_0000;
    private const int Abort = 6;
    private const int MostInput = 1 << 20;

    private readonly byte[] _input = new byte[MostInput];

    /// <summary>Serves until AFL++ closes its end.</summary>
    internal int Run()
    {
        var shared = AflMemory.AttachInput();
        if (!Send(shared is null ? Enabled : Enabled | SharedInput) || (shared is not null && !Receive()))
        {
            Console.Error.WriteLine("There is no fork server's end here: this command is for afl-fuzz (see fuzz/README.md).");
            return 1;
        }

        var pid = (uint)Environment.ProcessId;
        while (Receive() && Send(pid))
        {
            var status = Execute(shared is null ? ReadStandardInput() : new ReadOnlySpan<byte>(shared + sizeof(uint), (int)Math.Min(*(uint*)shared, MostInput)));
            if (!Send(status))
            {
                break;
            }
        }

        return 0;
    }

    private uint Execute(ReadOnlySpan<byte> input)
    {
        Trace.Begin();
        try
        {
            target.Run(input);
            return 0;
        }
        catch (Exception e)
        {
            // Whatever a target lets out is a finding.
            Console.Error.WriteLine(e);
            return Abort;
        }
    }

    // AFL++ rewinds the file behind standard input before each execution.
    private ReadOnlySpan<byte> ReadStandardInput()
    {
        var length = 0;
        fixed (byte* at = _input)
        {
            for (nint read; length < MostInput && (read = Read(0, at + length, (nuint)(MostInput - length))) > 0;)
            {
                length += (int)read;
            }
        }

        return _input.AsSpan(0, length);
    }

    private static bool Receive()
    {
        uint word;
        return Read(ControlFd, (byte*)&word, sizeof(uint)) == sizeof(uint);
    }

    private static bool Send(uint word) => Write(StatusFd, (byte*)&word, sizeof(uint)) == sizeof(uint);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int fd, byte* buffer, nuint count);
}
