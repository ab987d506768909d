using System.Buffers;
using System.IO.Pipelines;
using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Evidence;

/// <summary>
/// Events as JSON Lines: each line is the canonical text that was hashed, then LF. The chain can be checked from the lines alone;
/// signatures of receipts and checkpoints are in the database.
/// </summary>
public static class LedgerExport
{
    private const int Page = 500;

    /// <summary>Writes all events from <paramref name="fromSeq"/> on.</summary>
    /// <returns>Events written.</returns>
    public static async Task<long> WriteAsync(Ledger ledger, Stream output, long fromSeq = 1, CancellationToken cancellation = default)
    {
        var next = fromSeq;
        while (ledger.Read(r => r.EventsFrom(next, Page)) is { Count: > 0 } page)
        {
            foreach (var e in page)
            {
                await output.WriteAsync(e.Json, cancellation).ConfigureAwait(false);
                await output.WriteAsync("\n"u8.ToArray(), cancellation).ConfigureAwait(false);
            }

            next = page[^1].Seq + 1;
        }

        await output.FlushAsync(cancellation).ConfigureAwait(false);
        return next - fromSeq;
    }

    /// <summary>Checks the chain of an export that begins with the first event. Streams; stops at the first defect.</summary>
    public static async Task<VerificationReport> VerifyAsync(Stream input, CancellationToken cancellation = default)
    {
        var chain = new LineChain();
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 65536, leaveOpen: true));
        while (chain.Defect is null)
        {
            var read = await reader.ReadAsync(cancellation).ConfigureAwait(false);
            var rest = chain.TakeLines(read.Buffer);
            if (read.IsCompleted && chain.Defect is null && !rest.IsEmpty)
            {
                chain.Refuse(LedgerDefectKind.EventChanged, "the last line is cut off");
            }

            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        await reader.CompleteAsync().ConfigureAwait(false);
        return chain.Report();
    }

    /// <summary>The chain so far.</summary>
    private sealed class LineChain
    {
        private long _seq;
        private Sha256Digest? _head;

        internal LedgerDefect? Defect { get; private set; }

        internal void Refuse(LedgerDefectKind kind, string detail) => Defect = new LedgerDefect(kind, _seq + 1, "", detail);

        /// <summary>Takes whole lines and returns what is left.</summary>
        internal ReadOnlySequence<byte> TakeLines(ReadOnlySequence<byte> buffer)
        {
            while (Defect is null && buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                Take(line.IsSingleSegment ? line.FirstSpan : line.ToArray());
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            return buffer;
        }

        internal VerificationReport Report() => new()
        {
            Defect = Defect,
            Events = _seq,
            Receipts = 0,
            Checkpoints = 0,
            SignedThrough = 0,
            Head = _head?.ToString() ?? "",
            Unresolved = [],
        };

        private void Take(ReadOnlySpan<byte> line)
        {
            var columns = default(ColumnCheck);
            if (!Jcs.IsCanonical(line, JsonLimits.Evidence) || !EventText.TryRead(line, ref columns, out var text))
            {
                Refuse(LedgerDefectKind.EventChanged, "the line is not the canonical text of an event");
            }
            else if (text.Seq != _seq + 1)
            {
                Refuse(LedgerDefectKind.EventMissing, $"the next event is {text.Seq}");
            }
            else if (text.PrevHash != _head)
            {
                Refuse(LedgerDefectKind.LinkBroken, "it does not name the hash of the event before it");
            }
            else
            {
                (_seq, _head) = (text.Seq, Sha256Digest.Of(line));
            }
        }
    }
}
