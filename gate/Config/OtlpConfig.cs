using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Config;

/// <summary><c>[otlp]</c>: where records of egress go, beside the ledger (OTLP 1.x over HTTP with JSON). Without an endpoint nothing is sent.</summary>
/// <param name="Endpoint"><c>endpoint</c>: http or https; <c>/v1/traces</c> and <c>/v1/logs</c> are appended to its path.</param>
/// <param name="ServiceName"><c>service_name</c>: the resource's <c>service.name</c>, 1 to 128 characters. Default <c>latchgate</c>.</param>
/// <param name="TimeoutMs"><c>timeout_ms</c>: for one request, 100 to 60000. Default 5000.</param>
/// <param name="QueueLength"><c>queue_length</c>: records that may wait, 16 to 65536. Default 2048; what comes beyond is dropped and counted.</param>
/// <param name="ClrkAliases"><c>clrk_aliases</c>: whether records bear the attribute names of CLRK as well. Default false.</param>
/// <param name="Headers"><c>[otlp.headers]</c>: header fields by name, sent with every request.</param>
/// <param name="HeaderFiles"><c>[otlp.header_files]</c>: fields whose value is secret, each in a file of mode 0600.</param>
public sealed record OtlpConfig(
    Uri Endpoint,
    string ServiceName,
    int TimeoutMs,
    int QueueLength,
    bool ClrkAliases,
    IReadOnlyDictionary<string, string> Headers,
    IReadOnlyDictionary<string, string> HeaderFiles)
{
    private const int LongestValue = 4096;
    private const string HeaderRemedy = "Use a field name of letters, digits and hyphens; content fields, Host and connection fields are the exporter's own.";

    /// <summary>A secret header's value: visible ASCII and blanks, without the line's end.</summary>
    /// <exception cref="StartupException">The file is missing, readable by others, or holds something else.</exception>
    internal static SecureMemory ReadHeaderFile(string name, string path)
    {
        using var line = new SecureMemory(LongestValue);
        if (!PrivateFile.TryRead(path, "OTLP header", StartupError.ConfigValidationFailed, line.Span, out var length))
        {
            throw new StartupException(StartupError.ConfigValidationFailed, $"The file {path} of the OTLP header '{name}' does not exist.", "Restore it, or remove the header.");
        }

        var value = line.Span[..(int)Math.Min(length, LongestValue)].TrimEnd("\r\n"u8);
        if (length > LongestValue || value.IsEmpty || value.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            throw new StartupException(StartupError.ConfigValidationFailed, $"{path} holds no header value.", "Give one line of at most 4096 visible ASCII characters.");
        }

        var secret = new SecureMemory(value.Length);
        value.CopyTo(secret.Span);
        return secret;
    }

    internal static OtlpConfig? Read(ConfigTable table)
    {
        var endpoint = table.Text("endpoint");
        var serviceName = table.Text("service_name");
        var timeout = table.Integer("timeout_ms", 100, 60_000) ?? 5000;
        var queue = table.Integer("queue_length", 16, 65_536) ?? 2048;
        var aliases = table.Boolean("clrk_aliases") ?? false;
        var headers = Named(table.Table("headers"), files: false);
        var files = Named(table.Table("header_files"), files: true);
        table.RefuseUnknownKeys();
        if (endpoint is null)
        {
            return null;
        }

        if (serviceName is { Value.Length: 0 or > 128 })
        {
            throw serviceName.Refuse("is not a service's name", "Use 1 to 128 characters.");
        }

        var url = EndpointOf(endpoint);
        if (url.Scheme == "http" && !url.IsLoopback && files.Count > 0)
        {
            throw endpoint.Refuse("would carry a secret header over plain http", "Use https, or a collector on this machine's loopback.");
        }

        return new OtlpConfig(url, serviceName?.Value ?? "latchgate", timeout, queue, aliases, headers, files);
    }

    private static Uri EndpointOf(ConfigValue<string> text)
    {
        var isPlain = true;
        foreach (var c in text.Value)
        {
            isPlain &= c is > ' ' and < '\u007f' and not ('?' or '#' or '@' or '\\');
        }

        return isPlain && Uri.TryCreate(text.Value.TrimEnd('/'), UriKind.Absolute, out var url) && url is { Scheme: "http" or "https", Host.Length: > 0 }
            ? url
            : throw text.Refuse("is not the address of a collector", "Give \"http://127.0.0.1:4318\", or an https address, without user, query and fragment.");
    }

    private static Dictionary<string, string> Named(ConfigTable table, bool files)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in table.Keys())
        {
            var value = table.Text(name.Value)!;
            if (!IsFieldName(name.Value))
            {
                throw name.Refuse("is not a header that can be set here", HeaderRemedy);
            }

            if (!files && (value.Value.Length == 0 || value.Value.AsSpan().ContainsAnyExceptInRange(' ', '~')))
            {
                throw value.Refuse("is not a header's value", "Use visible ASCII.");
            }

            if (!fields.TryAdd(name.Value, files ? Path.GetFullPath(value.Value, value.BaseDirectory) : value.Value))
            {
                throw name.Refuse("is there twice", "Field names do not differ by case.");
            }
        }

        return fields;
    }

    // RFC 9110 §5.1, of which hyphens and alphanumerics are all that is in use.
    internal static bool IsFieldName(string name)
    {
        var isToken = name.Length is > 0 and <= 128;
        foreach (var c in name)
        {
            isToken &= char.IsAsciiLetterOrDigit(c) || c == '-';
        }

        return isToken && name.ToLowerInvariant() is not ("host" or "connection" or "transfer-encoding" or "te" or "trailer" or "upgrade" or "expect")
            && !name.StartsWith("content-", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("proxy-", StringComparison.OrdinalIgnoreCase);
    }
}
