using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;
using LatchGate.Http;

namespace LatchGate.Fuzz.Targets;

/// <summary>Chunked bodies. The first byte says where they are cut.</summary>
internal sealed class ChunkedBodyTarget : FuzzTarget
{
    private static readonly HttpLimits _limits = new() { BodyBytes = 256, HeaderSectionBytes = 128, HeaderCount = 4 };

    private readonly byte[] _data = new byte[512];
    private readonly Sink _whole = new();
    private readonly Sink _cut = new();

    internal override string Name => "chunked-body";

    internal override string Property => "a chunked body decodes to the same bytes, or is refused, however it is cut, and to what a naive decoder makes of it";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Http.ChunkedDecoder"];

    internal override int MaxLength => 512;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var body = input[1..];
        _whole.Clear();
        var one = default(ChunkedDecoder);
        var progress = one.Decode(body, _whole, _limits, out var consumed, out var fault);
        _cut.Clear();
        var pieces = default(ChunkedDecoder);
        var other = ChunkProgress.Incomplete;
        var used = 0;
        for (var step = 1 + input[0] % 13; used < body.Length && other == ChunkProgress.Incomplete;)
        {
            other = pieces.Decode(body.Slice(used, Math.Min(step, body.Length - used)), _cut, _limits, out var taken, out _);
            used += taken;
        }

        Check.Equal(progress, other, "progress of a cut body");
        Check.Holds((progress == ChunkProgress.Refused) == (fault != HttpFault.None), "a refusal has a fault, and nothing else has");
        if (progress != ChunkProgress.Complete)
        {
            return;
        }

        Check.Equal(consumed, used, "length of a cut body");
        Check.Holds(_whole.Written.SequenceEqual(_cut.Written), "content of a cut body");
        var length = NaiveChunks.Decode(body, _data, out var end);
        Check.Equal(end, consumed, "end of the body to a naive decoder");
        Check.Holds(_whole.Written.SequenceEqual(_data.AsSpan(0, length)), "content to a naive decoder");
    }

    // Fixed memory: the pool of the product's own sink is not what is tested here.
    private sealed class Sink : IBodySink
    {
        private readonly byte[] _bytes = new byte[_limits.BodyBytes];
        private int _length;

        internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

        public bool TryAppend(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length > _bytes.Length - _length)
            {
                return false;
            }

            bytes.CopyTo(_bytes.AsSpan(_length));
            _length += bytes.Length;
            return true;
        }

        internal void Clear() => _length = 0;
    }
}
