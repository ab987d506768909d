using System.Globalization;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>What the mirror says of itself.</summary>
/// <param name="Path">The file.</param>
/// <param name="Error">Why it does not follow the ledger; null when it does.</param>
/// <param name="LastSeq">The last event in it.</param>
/// <param name="Behind">Events in the ledger that are not in it yet.</param>
/// <param name="Errors">How often it stopped following, since the start.</param>
public sealed record MirrorStatus(string Path, string? Error, long LastSeq, long Behind, long Errors);

/// <summary>
/// Mirrors the ledger's events to a file of JSON Lines, for a SIEM: the same canonical bytes, after their commit. It reads them from the
/// ledger in pages and holds no queue, so nobody waits for it, nothing is lost when its disk is slow or full, and what it could not write
/// it writes later. Nothing that it meets reaches a call.
/// </summary>
/// <remarks>
/// The file's own last line says where to go on, after any kind of stop: a torn line is cut off, missing events follow. A file that is
/// not of this ledger is left alone. Beside it, <c>FILE.seq</c> holds the last event's place, for a start after the file was moved away.
/// </remarks>
public sealed class LedgerMirror : IAsyncDisposable
{
    private const int Page = 256;

    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    private readonly string _path;
    private readonly Ledger _ledger;
    private readonly Action<string, string> _log;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private MirrorFile? _file;
    private volatile string? _error;
    private long _lastSeq;
    private long _errors;
    private long _seenCommits = -1;

    /// <summary>Starts to follow the ledger.</summary>
    /// <param name="path">The file; made with mode 0600 when it is missing.</param>
    /// <param name="ledger">Outlives this.</param>
    /// <param name="log">Hears what went wrong, and that it is right again: a code and a sentence.</param>
    /// <param name="time">Clock of the pauses.</param>
    public LedgerMirror(string path, Ledger ledger, Action<string, string> log, TimeProvider time)
    {
        (_path, _ledger, _log, _time) = (path, ledger, log, time);
        _running = Task.Run(FollowAsync);
    }

    /// <summary>The last event in the file; what follows it must stay in the ledger.</summary>
    internal long LastSeq => Interlocked.Read(ref _lastSeq);

    /// <summary>What it says of itself.</summary>
    /// <exception cref="DatabaseException">The ledger cannot be read.</exception>
    public MirrorStatus Status
    {
        get
        {
            var last = Interlocked.Read(ref _lastSeq);
            return new MirrorStatus(_path, _error, last, Math.Max(0, _ledger.Read(static reader => reader.CountEvents()) - last), Interlocked.Read(ref _errors));
        }
    }

    /// <summary>Writes what is committed, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await FollowOnceAsync().ConfigureAwait(false);
        _file?.Dispose();
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                await FollowOnceAsync().ConfigureAwait(false);
                await Task.Delay(_interval, _time, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    private async ValueTask FollowOnceAsync()
    {
        try
        {
            // Read before the events are: what is committed meanwhile is found the next time.
            var commits = _ledger.Commits;
            if (_file is not null && _file.IsRotated())
            {
                _file.Dispose();
                _file = null;
                _log("ledger_jsonl_reopened", $"{_path} was rotated; a new file goes on with event {_lastSeq + 1}");
                _file = MirrorFile.Open(_path);
                GoOn(_file, after: _lastSeq);
                _seenCommits = -1;
            }

            if (_file is null)
            {
                _file = MirrorFile.Open(_path);
                GoOn(_file, after: ReadMark(_path));
                _seenCommits = -1;
            }

            if (commits != _seenCommits)
            {
                await WriteNewAsync(_file).ConfigureAwait(false);
                _seenCommits = commits;
            }

            if (_error is not null)
            {
                _error = null;
                _log("ledger_jsonl_restored", $"{_path} follows the ledger again, up to event {_lastSeq}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DatabaseException or ObjectDisposedException)
        {
            Fail(e.Message);
        }
    }

    /// <summary>Finds where the file ends in the chain.</summary>
    /// <param name="file">The file.</param>
    /// <param name="after">What it goes on after when it is empty.</param>
    private void GoOn(MirrorFile file, long after)
    {
        // Whose file it is, is asked before anything in it is changed.
        if (file.ReadLastLine() is { } line)
        {
            after = PlaceOf(line);
        }
        else if (!file.IsTornEvent(EventText.Start))
        {
            throw NotOurs();
        }

        if (file.CutTornLine() is > 0 and var torn)
        {
            _log("ledger_jsonl_repaired", $"the last line of {_path} was not written whole: {torn} bytes were cut off, the event follows");
        }

        var sealedThrough = _ledger.Read(static reader => reader.SealedThrough());
        if (after < sealedThrough)
        {
            after = FromBase(file, after, sealedThrough);
        }

        var head = _ledger.Read(static reader => reader.CountEvents());
        if (after > head)
        {
            throw new IOException($"{_path} ends with event {after}, but the ledger with event {head}: the ledger is an earlier copy, or another one");
        }

        if (after < head && after > 0 && file.Length > 0)
        {
            _log("ledger_jsonl_resumed", $"{head - after} events follow event {after} in {_path}");
        }

        Interlocked.Exchange(ref _lastSeq, after);
    }

    /// <summary>Where a file begins whose next events have left the ledger. A file with a gap in its middle would be no chain.</summary>
    private long FromBase(MirrorFile file, long after, long sealedThrough)
    {
        if (file.Length > 0)
        {
            throw new IOException(
                $"{_path} ends with event {after}, but events up to {sealedThrough} have moved to segment files; " +
                "move the file away to begin a new one");
        }

        _log("ledger_jsonl_resumed", $"{_path} begins with event {sealedThrough + 1}; those up to it are in segment files");
        return sealedThrough;
    }

    /// <summary>The place of a line in this ledger's chain.</summary>
    /// <exception cref="IOException">It is none of this ledger's events.</exception>
    private long PlaceOf(byte[] line)
    {
        var none = default(ColumnCheck);
        if (EventText.TryReadLine(line, ref none, out var text) && text.Seq > 0)
        {
            var stored = _ledger.Read(reader => reader.EventsFrom(text.Seq, 1));
            if (stored.Count == 0 || stored[0].Seq != text.Seq)
            {
                // Beyond the ledger's end; the caller says so.
                return text.Seq;
            }

            if (stored[0].Json.Span.SequenceEqual(line))
            {
                return text.Seq;
            }
        }

        throw NotOurs();
    }

    private IOException NotOurs() => new($"the last line of {_path} is no event of this ledger; move the file away to begin a new one");

    private async ValueTask WriteNewAsync(MirrorFile file)
    {
        using var lines = new MemoryStream();
        while (true)
        {
            // What may be gone after loss of power must not be in the mirror, which would then be ahead of the ledger.
            var (isConfirmed, page) = await _ledger.ReadConfirmedAsync(reader => reader.EventsFrom(_lastSeq + 1, Page)).ConfigureAwait(false);
            if (page.Count == 0 || !isConfirmed)
            {
                return;
            }

            lines.SetLength(0);
            foreach (var e in page)
            {
                lines.Write(e.Json.Span);
                lines.WriteByte((byte)'\n');
            }

            file.Append(lines.GetBuffer().AsSpan(0, (int)lines.Length));
            Interlocked.Exchange(ref _lastSeq, page[^1].Seq);
            WriteMark(page[^1].Seq);
        }
    }

    // Only for a start without the file, so it need not survive loss of power: the worst is that events are written twice.
    private void WriteMark(long seq)
    {
        PrivateFile.Ensure(_path + ".seq");
        File.WriteAllText(_path + ".seq", seq.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The last event that was written to a mirror, as the file beside it says; 0 when there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static long ReadMark(string path) => File.Exists(path + ".seq")
        && long.TryParse(File.ReadAllText(path + ".seq", Encoding.ASCII), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
        ? seq
        : 0;

    private void Fail(string reason)
    {
        // To be found anew, with whatever was half written cut off.
        _file?.Dispose();
        _file = null;
        if (_error == reason)
        {
            return;
        }

        _error = reason;
        Interlocked.Increment(ref _errors);
        _log("ledger_jsonl_failed", $"{_path} does not follow the ledger, which is not affected: {reason}");
    }
}
