using System.IO.MemoryMappedFiles;
using System.Text;

namespace LatchGate.Binary.Tests.Faults;

/// <summary>System calls on files, as <c>fault.c</c> numbers them.</summary>
[Flags]
public enum FileCall
{
    Write = 1,
    Sync = 2,
    Truncate = 4,
    Open = 8,
    Read = 16,
    Unlink = 32,
    Rename = 64,
}

/// <summary>What becomes of a call.</summary>
public enum FaultAction
{
    /// <summary>It fails with an error number.</summary>
    Fail = 1,

    /// <summary>Half of it is written; the next fails.</summary>
    Short = 2,

    /// <summary>It takes so many milliseconds more.</summary>
    Delay = 3,

    /// <summary>The process is killed instead (SIGKILL).</summary>
    KillBefore = 4,

    /// <summary>The process is killed when it was done.</summary>
    KillAfter = 5,

    /// <summary>A sync fails, and the process is killed before it hears of it.</summary>
    FailThenKill = 6,
}

/// <summary>Error numbers of Linux (<c>asm-generic/errno-base.h</c>).</summary>
internal static class Errno
{
    internal const int EIO = 5;
    internal const int ENOSPC = 28;
    internal const int EROFS = 30;
    internal const int EDQUOT = 122;
}

/// <summary>The memory that a test shares with the fault library in the gate; the layout is <c>struct control</c> in <c>fault.c</c>.</summary>
internal sealed class FaultControl : IDisposable
{
    private const int Rules = 8;
    private const int RuleSize = 64;
    private const int SuffixOffset = 32;
    private const int LongestSuffix = 31;
    private const int ClockOffset = Rules * RuleSize;
    private const int Size = ClockOffset + 24;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private int _used;

    internal FaultControl(string path)
    {
        File.WriteAllBytes(path, new byte[Size]);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        _view = _file.CreateViewAccessor(0, Size);
    }

    /// <summary>Times that the gate was told another time than the true one.</summary>
    internal long ClockReads => _view.ReadInt64(ClockOffset + 16);

    /// <summary>Injects a fault from now on.</summary>
    /// <param name="calls">Into which calls.</param>
    /// <param name="suffix">On files whose path ends so.</param>
    /// <param name="action">What becomes of them.</param>
    /// <param name="error">Error number, or milliseconds.</param>
    /// <param name="skip">So many calls go through first.</param>
    /// <param name="times">So many calls are hit then; 0 is all.</param>
    internal Armed Arm(
        FileCall calls, string suffix, FaultAction action, int error = 0, int skip = 0, int times = 1)
    {
        Assert.InRange(_used, 0, Rules - 1);
        Assert.InRange(suffix.Length, 1, LongestSuffix);
        var at = RuleSize * _used++;
        var bytes = new byte[LongestSuffix + 1];
        Encoding.ASCII.GetBytes(suffix, bytes);
        _view.WriteArray(at + SuffixOffset, bytes, 0, bytes.Length);
        _view.Write(at + 4, (int)calls);
        _view.Write(at + 8, (int)action);
        _view.Write(at + 12, error);
        _view.Write(at + 16, skip);
        _view.Write(at + 20, times);
        _view.Write(at + 24, 0);
        _view.Write(at + 28, 0);
        Thread.MemoryBarrier();
        _view.Write(at, 1);
        return new Armed(_view, at);
    }

    /// <summary>Injects nothing any more; the clock is right.</summary>
    internal void Clear()
    {
        for (var i = 0; i < Rules; i++)
        {
            _view.Write(RuleSize * i, 0);
        }

        _used = 0;
        SetClock(TimeSpan.Zero);
    }

    /// <summary>Sets the gate's wall clock ahead, or back. Its other clocks go on.</summary>
    internal void SetClock(TimeSpan offset)
    {
        _view.Write(ClockOffset, offset.Ticks * 100);
        _view.Write(ClockOffset + 8, 0L);
    }

    /// <summary>Stops the gate's wall clock.</summary>
    internal void FreezeClock(DateTimeOffset at) => _view.Write(ClockOffset + 8, (at - DateTimeOffset.UnixEpoch).Ticks * 100);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    /// <summary>A fault that waits for its call.</summary>
    internal sealed class Armed(MemoryMappedViewAccessor view, int at)
    {
        /// <summary>Faults injected.</summary>
        internal int Hits => view.ReadInt32(at + 28);

        internal void Disarm() => view.Write(at, 0);
    }
}
