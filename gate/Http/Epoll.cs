using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.Http;

/// <summary>The calls of epoll(7) and eventfd(2). The base library has them too, but only to move every event to the thread pool.</summary>
internal static unsafe partial class Epoll
{
        internal const uint Readable = 0x1;
    internal const uint PeerFinished = 0x2000;
    internal const uint EdgeTriggered = 1u << 31;

    private const string Library = "libc.so.6";
    private const int Add = 1;
    private const int CloseOnExec = 0x80000;
    private const int Interrupted = 4;

    /// <summary>Makes an epoll descriptor.</summary>
    /// <exception cref="IOException">No descriptor is to be had.</exception>
    internal static SafeFileHandle Create() => new(Checked(EpollCreate(CloseOnExec), "epoll_create1"), ownsHandle: true);

    /// <summary>Makes an eventfd that is not signalled.</summary>
    /// <exception cref="IOException">No descriptor is to be had.</exception>
    internal static SafeFileHandle CreateSignal() => new(Checked(EventFd(0, CloseOnExec), "eventfd"), ownsHandle: true);

    /// <summary>Has <paramref name="epoll"/> report events of a descriptor with <paramref name="data"/>.</summary>
    /// <exception cref="IOException">The kernel refuses, for want of memory or watches.</exception>
    internal static void Watch(SafeHandle epoll, SafeHandle descriptor, uint events, long data)
    {
        var wanted = new Event { Events = events, Data = data };
        _ = Checked(Control(epoll, Add, descriptor, &wanted), "epoll_ctl");
    }

    /// <summary>Makes <paramref name="signal"/> readable for good, and has <paramref name="epoll"/> report it to each of its waiters.</summary>
    internal static void Signal(SafeHandle signal, SafeHandle epoll, long data)
    {
        var one = 1ul;
        _ = Checked((int)Write(signal, &one, sizeof(ulong)), "write");
        Watch(epoll, signal, Readable, data);
    }

    /// <summary>Waits for one event, for ever.</summary>
    /// <returns>The data that the descriptor was watched with.</returns>
    internal static long WaitForOne(SafeHandle epoll)
    {
        Event happened;
        while (true)
        {
            var count = Wait(epoll, &happened, 1, -1);
            if (count == 1)
            {
                return happened.Data;
            }

            if (count < 0 && Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }
        }
    }

    private static int Checked(int result, string call) =>
        result >= 0 ? result : throw new IOException($"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(SafeHandle epoll, int operation, SafeHandle descriptor, Event* wanted);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(SafeHandle epoll, Event* happened, int count, int milliseconds);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeHandle descriptor, void* bytes, nuint count);

    /// <summary><c>struct epoll_event</c>: packed on x86-64, which is what the gate is built for.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Event
    {
        internal uint Events;
        internal long Data;
    }
}
