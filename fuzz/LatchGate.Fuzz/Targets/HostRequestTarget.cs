using System.Text.Json;
using LatchGate.Egress;
using LatchGate.Fuzz.Engine;
using LatchGate.HostIo;

namespace LatchGate.Fuzz.Targets;

/// <summary>What a guest asks of <c>latchgate:io/http</c>.</summary>
internal sealed class HostRequestTarget : FuzzTarget
{
    private static readonly string[] _forbidden =
    [
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "authorization", "cookie", "forwarded",
        "x-real-ip", "x-original-url", "x-rewrite-url", "x-http-method-override", "proxy-authorization", "proxy-connection", "x-forwarded-for",
        "x-forwarded-host", "x-api-key", "x-auth-token",
    ];

    internal override string Name => "host-request";

    internal override string Property => "a request is read or refused; written out, it reads the same; no header that is sent can end a line, frame the message, route it or carry a credential";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.HostIo.HostHttpRequest", "LatchGate.HostIo.ProviderHeaders"];

    internal override void Run(ReadOnlySpan<byte> input)
    {
        if (!HostHttpRequest.TryParse(input, out var request))
        {
            return;
        }

        Check.Holds(HostHttpRequest.TryParse(Write(request), out var again), "a request that was read can be written and read again");
        Check.Equal(request.Method, again.Method, "method");
        Check.Equal(request.Url, again.Url, "URL");
        Check.Equal(request.TimeoutMs, again.TimeoutMs, "time-out");
        Check.Holds(request.TimeoutMs is null or (>= 1 and <= 300_000), "the time-out is in its range");
        Check.Holds(request.Headers.SequenceEqual(again.Headers), "headers");
        Check.Equal(request.Body is null, again.Body is null, "whether there is a body");
        Check.Holds(request.Body.GetValueOrDefault().Span.SequenceEqual(again.Body.GetValueOrDefault().Span), "body");
        if (ProviderHeaders.Filter(request.Headers, [], out var kept, out var withheld) == EgressReason.Allowed)
        {
            CheckHeaders(request, kept, withheld.Count);
        }
    }

    private static void CheckHeaders(HostHttpRequest request, List<HeaderField> kept, int stripped)
    {
        var named = request.Headers.Any(static field => field.Name.Equals("user-agent", StringComparison.OrdinalIgnoreCase));
        Check.Equal(request.Headers.Count + (named ? 0 : 1), kept.Count + stripped, "each header is sent or stripped");
        foreach (var (name, value) in kept)
        {
            Check.Holds(!name.AsSpan().ContainsAnyExceptInRange('!', '~') && !name.Contains(':', StringComparison.Ordinal), "a name is one word");
            Check.Holds(!value.AsSpan().ContainsAnyExceptInRange(' ', '~'), "a value is printable");
            Check.Holds(!_forbidden.Contains(name, StringComparer.OrdinalIgnoreCase), $"{name} is not the guest's");
        }
    }

    private static byte[] Write(HostHttpRequest request)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("url", request.Url);
            json.WriteString("method", request.Method);
            if (request.Body is { } body)
            {
                json.WriteBase64String("body_base64", body.Span);
            }

            if (request.TimeoutMs is { } timeout)
            {
                json.WriteNumber("timeout_ms", timeout);
            }

            json.WriteStartObject("headers");
            foreach (var (name, value) in request.Headers)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
