using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;
using LatchGate.Http;

namespace LatchGate.Fuzz.Targets;

/// <summary>Request heads, as they arrive on a socket. The first byte says where they are cut.</summary>
internal sealed class HttpRequestTarget : FuzzTarget
{
    private static readonly HttpLimits _limits = new() { RequestLineBytes = 128, HeaderSectionBytes = 512, HeaderCount = 8, BodyBytes = 4096 };

    private readonly RequestHead _whole = new(_limits);
    private readonly RequestHead _cut = new(_limits);
    private readonly byte[] _first = new byte[2048];
    private readonly byte[] _second = new byte[2048];

    internal override string Name => "http-request";

    internal override string Property => "a head is judged alike however it is cut, and other parsers, strict or lax, agree where an accepted request ends";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Http.RequestHead", "LatchGate.Http.RequestLine", "LatchGate.Http.RequestFraming", "LatchGate.Http.HttpGrammar"];

    internal override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var request = input[1..];
        var one = _first.AsSpan(0, request.Length);
        request.CopyTo(one);
        _whole.Reset();
        var progress = _whole.Advance(one);
        var pieces = _second.AsSpan(0, request.Length);
        request.CopyTo(pieces);
        var other = AdvanceInPieces(pieces, step: 1 + input[0] % 17);
        Check.Equal(progress, other, "progress of a cut head");
        Check.Holds((progress == HeadProgress.Refused) == (_whole.Fault != HttpFault.None), "a refusal has a fault, and nothing else has");
        if (progress == HeadProgress.Complete)
        {
            Check.Equal(_whole.Length, _cut.Length, "length of a cut head");
            Check.Holds(one.SequenceEqual(pieces), "lower-casing does not depend on the cuts");
            CheckAccepted(request, one);
        }
    }

    private HeadProgress AdvanceInPieces(Span<byte> data, int step)
    {
        _cut.Reset();
        var progress = HeadProgress.Incomplete;
        for (var end = 0; end < data.Length && progress == HeadProgress.Incomplete;)
        {
            end = Math.Min(end + step, data.Length);
            progress = _cut.Advance(data[..end]);
        }

        return progress;
    }

    private void CheckAccepted(ReadOnlySpan<byte> request, ReadOnlySpan<byte> data)
    {
        var framing = _whole.Framing;
        var seen = framing.IsChunked ? LaxFraming.Chunked : framing.ContentLength;
        foreach (var reader in LaxFraming.Readers)
        {
            var (head, body) = reader(request);
            Check.Equal(_whole.Length, head, "end of the head to another parser");
            Check.Equal(seen, body, "length of the body to another parser");
        }

        Check.Holds(framing.ContentLength <= _limits.BodyBytes && _whole.FieldCount <= _limits.HeaderCount, "limits hold");
        Check.Holds(HttpGrammar.IsToken(_whole.Method(data)), "the method is a token");
        Check.Holds(!_whole.Path(data).ContainsAnyExceptInRange((byte)'!', (byte)'~') && !_whole.Path(data).Contains((byte)'?'), "the path is visible ASCII without a query");
        Check.Holds(_whole.Path(data).SequenceEqual("*"u8) || _whole.Path(data)[0] == '/', "the path begins with a slash");
        Check.Holds(!_whole.Target(data).ContainsAny((byte)' ', (byte)'\r', (byte)'\n'), "the target is one word");
        Check.Holds(!_whole.IsHttp11 || _whole.CountFields(data, "host"u8) == 1, "one Host");
    }
}
