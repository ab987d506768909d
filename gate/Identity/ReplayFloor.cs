using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using LatchGate.Pipeline;

namespace LatchGate.Identity;

/// <summary>
/// The <c>iat</c> below which a proof may have been accepted by an earlier run of the gate, whose replay memory is gone.
/// </summary>
/// <remarks>
/// The rule: <b>a proof is refused when <c>iat &lt; max(S, M + 1)</c></b>, where S is the second in which this process started, rounded
/// down, and M the highest <c>iat</c> that any earlier run accepted. S alone would leave a gap: <c>iat</c> has whole seconds, and clients
/// may be five seconds ahead, so a proof used just before a restart can name S or later. M closes it exactly, and refuses a client that
/// made no proof before the restart for less than a second.
/// <para>M is kept in eight bytes of a memory-mapped file: raising it is one store to memory, no system call, and it survives a crash of
/// the process. It need not survive a crash of the machine, which is not back before such proofs have expired or S has passed them.</para>
/// </remarks>
public sealed class ReplayFloor : IDisposable
{
    private const int MarkSize = sizeof(long);

    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private long _mark;

    private ReplayFloor(long notBefore, long mark, MemoryMappedFile? file, MemoryMappedViewAccessor? view)
    {
        NotBefore = notBefore;
        (_mark, _file, _view) = (mark, file, view);
    }

    /// <summary>Proofs with a smaller <c>iat</c> (Unix seconds) are refused.</summary>
    public long NotBefore { get; }

    /// <summary>A floor that knows only when this process started; for tests and runs without a state directory.</summary>
    public static ReplayFloor InMemory(TimeProvider time) => new(time.GetUtcNow().ToUnixTimeSeconds(), long.MinValue, null, null);

    /// <summary>Opens or makes the file that carries M from run to run. One process has it open at a time.</summary>
    /// <exception cref="StartupException">The file is unusable, or the clock is behind what an earlier run has accepted.</exception>
    public static ReplayFloor Open(string path, TimeProvider time)
    {
        var start = time.GetUtcNow().ToUnixTimeSeconds();
        try
        {
            var mark = ReadOrCreate(path);
            if (mark > start + DpopVerifier.ClockSkewSeconds)
            {
                throw new StartupException(
                    StartupError.StateDbOpenFailed,
                    $"The clock is behind: an earlier run accepted proofs made {mark - start} seconds from now, as {path} records.",
                    "Set the clock right. If it is right, wait 70 seconds with the gate stopped and delete the file.");
            }

            var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, MarkSize);
            return new ReplayFloor(Math.Max(start, mark == long.MinValue ? start : mark + 1), mark, file, file.CreateViewAccessor(0, MarkSize));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                StartupError.StateDbOpenFailed, $"The replay mark {path} cannot be opened: {e.Message}", "Check the file, its directory and their owner.", e);
        }
    }

    /// <summary>A proof with this <c>iat</c> is about to be accepted. The caller serialises calls.</summary>
    internal void RaiseTo(long issuedAt)
    {
        if (issuedAt > _mark)
        {
            _mark = issuedAt;
            _view?.Write(0, BitConverter.IsLittleEndian ? issuedAt : BinaryPrimitives.ReverseEndianness(issuedAt));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view?.Dispose();
        _file?.Dispose();
    }

    private static long ReadOrCreate(string path)
    {
        Span<byte> bytes = stackalloc byte[MarkSize];
        if (!File.Exists(path))
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, long.MinValue);
            Storage.AtomicFile.Create(path, bytes);
            return long.MinValue;
        }

        using var stream = File.OpenRead(path);
        if (stream.Length != MarkSize)
        {
            throw new IOException($"it has {stream.Length} bytes, not {MarkSize}.");
        }

        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }
}
