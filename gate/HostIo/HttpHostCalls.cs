using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using LatchGate.Egress;
using LatchGate.Sandbox;
using LatchGate.Secrets;

namespace LatchGate.HostIo;

/// <summary>Takes a guest's log line: UTF-8 JSON as the guest gave it. Must not block.</summary>
/// <param name="line">Valid for the call only.</param>
public delegate void GuestLog(ReadOnlySpan<byte> line);

/// <summary>The host side of one execution's <c>io/http</c> and <c>io/log</c>. Not thread-safe: a guest makes one call at a time.</summary>
/// <remarks>
/// Request: see <see cref="HostHttpRequest.TryParse"/>. Answer:
/// <code>
/// {"status": 200, "headers": {"name": "value", …}, "body_text": "…"}      the body is UTF-8
/// {"status": 200, "headers": {"name": "value", …}, "body_base64": "…"}    it is not
/// {"code": "host_not_allowed", "message": "The host is not listed."}      refused or failed; code is EgressReason's label
/// </code>
/// Header names are in lower case; repeated fields are joined by <c>", "</c> (RFC 9110 §5.3). A body that was cut at its limit comes with
/// <c>"latchgate-truncated": "true"</c> among the headers. Values of the gate's secrets are replaced in all of it, and in log lines.
/// </remarks>
/// <param name="host">The process's HTTP host.</param>
/// <param name="context">This execution's bounds.</param>
/// <param name="log">Takes the guest's log lines.</param>
public sealed class HttpHostCalls(HttpHost host, HttpCallContext context, GuestLog log) : IHostCalls
{
    // The text is for a guest's JSON reader, never for a page: only what JSON itself demands is escaped.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<EffectEvidence> _evidence = [];
    private readonly List<EgressRecord> _hops = [];

    /// <summary>One entry for each time the network was reached, in order.</summary>
    public IReadOnlyList<EffectEvidence> Evidence => _evidence;

    /// <summary>What every request came to, redirects included, in order.</summary>
    public IReadOnlyList<EgressRecord> Hops => _hops;

    /// <summary>The first refusal or failure of a call; null while all succeeded.</summary>
    public EgressVerdict? FirstRefusal { get; private set; }

    /// <inheritdoc/>
    public async ValueTask<HostAnswer> CallAsync(HostImports import, ReadOnlyMemory<byte> request, CancellationToken cancellation)
    {
        switch (import)
        {
            case HostImports.Log:
                log(host.Secrets.Redactor.Redact(request).Span);
                return new HostAnswer(true, "{}"u8.ToArray());
            case HostImports.Http:
                return await RequestAsync(request, cancellation).ConfigureAwait(false);
            default:
                throw new ArgumentOutOfRangeException(nameof(import), import, "This host answers io/http and io/log.");
        }
    }

    private async ValueTask<HostAnswer> RequestAsync(ReadOnlyMemory<byte> json, CancellationToken cancellation)
    {
        if (!HostHttpRequest.TryParse(json.Span, out var request))
        {
            var verdict = EgressVerdict.Refuse(EgressReason.InvalidRequest);
            _hops.Add(EgressRecord.Refused(in verdict, null, "", hop: 0, host.Now, context.Ceiling.Audits(context.Rules, host.Now)));
            return Refuse(verdict);
        }

        var (seen, started) = (_evidence.Count, host.Now);
        var outcome = await host.SendAsync(request, context, _evidence, cancellation).ConfigureAwait(false);
        EgressHops.Append(_hops, _evidence, seen, in outcome, request, started, host.Now, context.Ceiling.Audits(context.Rules, started));
        return outcome.Verdict.Allowed ? new HostAnswer(true, Write(outcome.Response, host.Secrets.Redactor)) : Refuse(outcome.Verdict);
    }

    private HostAnswer Refuse(EgressVerdict verdict)
    {
        FirstRefusal ??= verdict;
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, Plain);
        writer.WriteStartObject();
        writer.WriteString("code"u8, verdict.Reason.Label());
        writer.WriteString("message"u8, verdict.Message);
        writer.WriteEndObject();
        writer.Flush();
        return new HostAnswer(false, buffer.WrittenMemory);
    }

    private static ReadOnlyMemory<byte> Write(in Exchange response, SecretRedactor redactor)
    {
        var body = redactor.Redact(response.Body);
        var buffer = new ArrayBufferWriter<byte>(body.Length + 1024);
        using var writer = new Utf8JsonWriter(buffer, Plain);
        writer.WriteStartObject();
        writer.WriteNumber("status"u8, response.Status!.Value);
        writer.WriteStartObject("headers"u8);
        foreach (var (name, value) in Join(response.Headers))
        {
            writer.WriteString(redactor.Redact(name), redactor.Redact(value));
        }

        if (response.Truncated)
        {
            writer.WriteString(ProviderHeaders.Own + "truncated", "true");
        }

        writer.WriteEndObject();
        if (Utf8.IsValid(body.Span))
        {
            writer.WriteString("body_text"u8, body.Span);
        }
        else
        {
            writer.WriteBase64String("body_base64"u8, body.Span);
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static Dictionary<string, string> Join(IReadOnlyList<HeaderField> headers)
    {
        var joined = new Dictionary<string, string>(headers.Count, StringComparer.Ordinal);
        foreach (var (name, value) in headers)
        {
            if (ProviderHeaders.IsShown(name))
            {
                joined[name] = joined.TryGetValue(name, out var earlier) ? $"{earlier}, {value}" : value;
            }
        }

        return joined;
    }
}
