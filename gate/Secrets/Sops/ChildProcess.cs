using System.Collections;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace LatchGate.Secrets.Sops;

/// <summary>How a program ended.</summary>
internal enum ChildEnding
{
    /// <summary>By itself, with an exit code.</summary>
    Exited,

    /// <summary>By a signal.</summary>
    Signalled,

    /// <summary>It never began.</summary>
    NotStarted,

    /// <summary>It was killed, because its time was over.</summary>
    TimedOut,

    /// <summary>It was killed, because it printed more than there was room for.</summary>
    Overflowed,
}

/// <summary>What became of a program.</summary>
/// <param name="Ending">How it ended.</param>
/// <param name="Code">Exit code or signal.</param>
/// <param name="Length">Bytes that it printed.</param>
internal readonly record struct ChildRun(ChildEnding Ending, int Code, int Length);

/// <summary>
/// Runs a program and reads what it prints straight into memory of the caller's, which the base library's Process cannot: its
/// output passes through buffers that nobody wipes. Input and messages are /dev/null; the child is a process group of its own.
/// </summary>
internal static unsafe partial class ChildProcess
{
    private const string Library = "libc.so.6";
    private const int CloseOnExec = 0x80000;
    private const int NoHang = 1;
    private const int Kill = 9;
    private const int Interrupted = 4;
    private const short SetProcessGroup = 0x02;

    // sizeof(posix_spawn_file_actions_t) is 80 and sizeof(posix_spawnattr_t) 336 on 64-bit glibc.
    private const int SizeOfActions = 128;
    private const int SizeOfAttributes = 512;

    /// <summary>Runs a program to its end.</summary>
    /// <param name="command">The program's path and its arguments.</param>
    /// <param name="variable">One more environment variable, <c>NAME=value</c>; or null.</param>
    /// <param name="output">Takes what it prints.</param>
    /// <param name="limit">How long it may take.</param>
    internal static ChildRun Run(string[] command, string? variable, Span<byte> output, TimeSpan limit) =>
        Run(command, Variables(variable), output, limit, isTalk: false);

    /// <summary>Runs a program for what it does; what it says, messages included, is only kept as far as there is room.</summary>
    /// <param name="command">The program's path and its arguments.</param>
    /// <param name="environment">All of its environment, each <c>NAME=value</c>.</param>
    /// <param name="output">Takes the beginning of what it says.</param>
    /// <param name="limit">How long it, and whatever holds its output, may take.</param>
    internal static ChildRun RunForEffect(string[] command, string[] environment, Span<byte> output, TimeSpan limit) =>
        Run(command, environment, output, limit, isTalk: true);

    private static ChildRun Run(string[] command, string[] variables, Span<byte> output, TimeSpan limit, bool isTalk)
    {
        var began = Stopwatch.GetTimestamp();
        var pipe = stackalloc int[2];
        if (Pipe(pipe, CloseOnExec) != 0)
        {
            return new ChildRun(ChildEnding.NotStarted, 0, 0);
        }

        var child = 0;
        var isStarted = Start(command, variables, pipe[1], isTalk, &child);
        _ = Storage.Posix.Close(pipe[1]);
        if (!isStarted)
        {
            _ = Storage.Posix.Close(pipe[0]);
            return new ChildRun(ChildEnding.NotStarted, 0, 0);
        }

        var ending = Read(pipe[0], output, began, limit, isTalk, out var length);
        _ = Storage.Posix.Close(pipe[0]);
        if (ending is not null)
        {
            _ = SendSignal(-child, Kill);
        }

        // After its last byte it has until the limit to end by itself. Were it reaped by somebody else, it would not pass for a success.
        var status = 127 << 8;
        while (WaitFor(child, &status, NoHang) == 0)
        {
            if (ending is null && Stopwatch.GetElapsedTime(began) >= limit)
            {
                ending = ChildEnding.TimedOut;
                _ = SendSignal(-child, Kill);
            }

            Thread.Sleep(2);
        }

        return ending is { } known ? new ChildRun(known, 0, length)
            : (status & 0x7f) == 0 ? new ChildRun(ChildEnding.Exited, (status >> 8) & 0xff, length) : new ChildRun(ChildEnding.Signalled, status & 0x7f, length);
    }

    // Null at the end of the output.
    private static ChildEnding? Read(int descriptor, Span<byte> output, long began, TimeSpan limit, bool isTalk, out int length)
    {
        length = 0;
        while (true)
        {
            var rest = (int)Math.Ceiling((limit - Stopwatch.GetElapsedTime(began)).TotalMilliseconds);
            var wanted = new Storage.Posix.PollDescriptor { Descriptor = descriptor, Wanted = 1 };
            var ready = rest <= 0 ? 0 : Storage.Posix.Poll(&wanted, 1, rest);
            if (ready < 0 && Marshal.GetLastPInvokeError() == Interrupted)
            {
                continue;
            }

            if (ready <= 0)
            {
                return ChildEnding.TimedOut;
            }

            byte extra;
            var room = output[length..];
            nint count;
            fixed (byte* to = room)
            {
                count = ReadFrom(descriptor, room.IsEmpty ? &extra : to, (nuint)Math.Max(room.Length, 1));
            }

            if (count < 0 && Marshal.GetLastPInvokeError() == Interrupted)
            {
                continue;
            }

            if (count <= 0)
            {
                return null;
            }

            if (room.IsEmpty && !isTalk)
            {
                return ChildEnding.Overflowed;
            }

            length += room.IsEmpty ? 0 : (int)count;
        }
    }

    private static bool Start(string[] command, string[] variables, int outputDescriptor, bool isTalk, int* child)
    {
        var actions = stackalloc byte[SizeOfActions];
        var attributes = stackalloc byte[SizeOfAttributes];
        var arguments = Strings(command);
        var environment = Strings(variables);
        try
        {
            if (InitActions(actions) != 0 || InitAttributes(attributes) != 0)
            {
                return false;
            }

            var isStarted = OpenIn(actions, 0, "/dev/null", 0, 0) == 0 && CopyIn(actions, outputDescriptor, 1) == 0
                && (isTalk ? CopyIn(actions, outputDescriptor, 2) : OpenIn(actions, 2, "/dev/null", 1, 0)) == 0
                && SetFlags(attributes, SetProcessGroup) == 0 && Spawn(child, command[0], actions, attributes, arguments, environment) == 0;
            _ = DestroyActions(actions);
            _ = DestroyAttributes(attributes);
            return isStarted;
        }
        finally
        {
            Free(arguments);
            Free(environment);
        }
    }

    private static string[] Variables(string? more)
    {
        var variables = new List<string>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables.Add($"{entry.Key}={entry.Value}");
        }

        if (more is not null)
        {
            variables.RemoveAll(variable => variable.StartsWith(more[..(more.IndexOf('=', StringComparison.Ordinal) + 1)], StringComparison.Ordinal));
            variables.Add(more);
        }

        return [.. variables];
    }

    private static byte** Strings(string[] strings)
    {
        var table = (byte**)NativeMemory.AllocZeroed((nuint)(strings.Length + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < strings.Length; i++)
        {
            var size = Encoding.UTF8.GetByteCount(strings[i]) + 1;
            table[i] = (byte*)NativeMemory.AllocZeroed((nuint)size);
            Encoding.UTF8.GetBytes(strings[i], new Span<byte>(table[i], size));
        }

        return table;
    }

    private static void Free(byte** table)
    {
        for (var entry = table; *entry is not null; entry++)
        {
            NativeMemory.Free(*entry);
        }

        NativeMemory.Free(table);
    }

    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe(int* descriptors, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadFrom(int descriptor, byte* bytes, nuint count);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitFor(int process, int* status, int options);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport(Library, EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(int* process, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitActions(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int CopyIn(byte* actions, int from, int to);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenIn(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    private static partial int InitAttributes(byte* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(byte* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);
}
