using System.Collections.Immutable;
using LatchGate.Egress;
using LatchGate.Pipeline;
using LatchGate.Webhooks;

namespace LatchGate.Config;

/// <summary>
/// One <c>[[webhooks]]</c> table: who is told of events, and how (reference/ops.md §5.1). Names secrets of the store, holds none. Read at the
/// start alone: a change takes a restart.
/// </summary>
public sealed class WebhookConfig
{
    private const int MostEndpoints = 64;
    private const int MostHeaders = 16;
    private const int MostRetries = 20;
    private const int LongestDelay = 24 * 60 * 60;
    private const string Stand = "secret";
    private const string SecretRemedy = "Write ${NAME} for a secret of the store, in the URL's path or in a header's value.";

    private static readonly int[] _delays = [1, 5, 30];

    private WebhookConfig(string name, Target target, SecretText path) => (Name, Target, Path) = (name, target, path);

    /// <summary><c>name</c>: 1 to 64 characters of <c>A-Z a-z 0-9 _ - .</c>, unique.</summary>
    public string Name { get; }

    /// <summary><c>format</c>. Default <c>generic</c>.</summary>
    public WebhookFormat Format { get; private init; }

    /// <summary><c>disable</c>: nothing is recorded for it or sent to it. Default false.</summary>
    public bool Disabled { get; private init; }

    /// <summary><c>secret</c>: the name of the HMAC key in the secret store; null signs nothing, which the generic format does not permit.</summary>
    public string? Secret { get; private init; }

    /// <summary><c>routing_key</c>: the name of PagerDuty's integration key in the secret store.</summary>
    public string? RoutingKey { get; private init; }

    /// <summary><c>ca_file</c>: PEM certificates that TLS trusts for this endpoint beside the system's; null for none.</summary>
    public string? CaFile { get; private init; }

    /// <summary><c>timeout_seconds</c>: for a whole attempt, 1 to 60. Default 5.</summary>
    public int TimeoutSeconds { get; private init; }

    /// <summary><c>max_retries</c>: attempts after the first, 0 to 20. Default 3.</summary>
    public int MaxRetries { get; private init; }

    /// <summary>
    /// <c>retry_backoff_seconds</c>: before the first retry, before the second, …; the last stands for all that follow. 1 to 86400 each, never
    /// empty. Default 1, 5, 30.
    /// </summary>
    public IReadOnlyList<int> BackoffSeconds { get; private init; } = _delays;

    /// <summary>Where it is; in place of secrets in its path stands a word.</summary>
    internal Target Target { get; }

    /// <summary>The path and query, with the places of secrets.</summary>
    internal SecretText Path { get; }

    /// <summary><c>events</c>: what it is told of, 1 or more.</summary>
    internal WebhookEvent Events { get; private init; }

    /// <summary><c>headers</c>: sent with each attempt.</summary>
    internal WebhookHeader[] Headers { get; private init; } = [];

    /// <summary>The names of all secrets that it needs, each as often as it is named.</summary>
    internal List<string> SecretNames()
    {
        List<string> names = [.. Path.Names];
        foreach (var header in Headers)
        {
            names.AddRange(header.Value.Names);
        }

        if (Secret is not null)
        {
            names.Add(Secret);
        }

        if (RoutingKey is not null)
        {
            names.Add(RoutingKey);
        }

        return names;
    }

    internal static ImmutableArray<WebhookConfig> ReadAll(List<ConfigTable> tables, ConfigTable root)
    {
        if (tables.Count > MostEndpoints)
        {
            throw root.Conflict("webhooks", $"has more than {MostEndpoints} endpoints", "Let one receiver pass events on.");
        }

        var endpoints = ImmutableArray.CreateBuilder<WebhookConfig>(tables.Count);
        foreach (var table in tables)
        {
            var endpoint = Read(table);
            foreach (var other in endpoints)
            {
                if (other.Name == endpoint.Name)
                {
                    throw table.Conflict("name", $"is '{endpoint.Name}', as another endpoint's", "Give each endpoint a name of its own.");
                }
            }

            endpoints.Add(endpoint);
        }

        return endpoints.ToImmutable();
    }

    private static WebhookConfig Read(ConfigTable table)
    {
        var name = table.Text("name") ?? throw table.Missing("name", "Name the endpoint, such as name = \"oncall\".");
        if (name.Value.Length > 64 || !SecretText.IsName(name.Value) || !char.IsAsciiLetterOrDigit(name.Value[0]))
        {
            throw name.Refuse("is not a name", "Use 1 to 64 letters, digits, hyphens, underscores and dots, a letter or digit first.");
        }

        var format = WebhookFormat.Generic;
        if (table.Text("format") is { } word && !WebhookFormats.TryParse(word.Value, out format))
        {
            throw word.Refuse($"is '{word.Value}', which is no format", "Use generic, slack, teams, discord or pagerduty.");
        }

        var url = table.Text("url") ?? throw table.Missing("url", "Give the receiver's https address.");
        var (target, path) = TargetOf(url);
        var endpoint = new WebhookConfig(name.Value, target, path)
        {
            Format = format,
            Disabled = table.Boolean("disable") ?? false,
            Secret = SecretName(table.Text("secret")),
            RoutingKey = SecretName(table.Text("routing_key")),
            CaFile = table.FilePath("ca_file"),
            TimeoutSeconds = table.Integer("timeout_seconds", 1, 60) ?? 5,
            MaxRetries = table.Integer("max_retries", 0, MostRetries) ?? 3,
            BackoffSeconds = table.Integers("retry_backoff_seconds", 1, LongestDelay) is { Length: > 0 } delays ? delays : _delays,
            Events = EventsOf(table),
            Headers = HeadersOf(table.Table("headers")),
        };
        table.RefuseUnknownKeys();
        Check(endpoint, table);
        return endpoint;
    }

    private static void Check(WebhookConfig endpoint, ConfigTable table)
    {
        if (endpoint is { Format: WebhookFormat.Generic, Secret: null })
        {
            throw table.Missing("secret", "Name the HMAC key in the secret store, such as secret = \"AUDIT_HOOK_KEY\": receivers could not tell a forged event.");
        }

        if (endpoint.Format == WebhookFormat.PagerDuty != endpoint.RoutingKey is not null)
        {
            throw endpoint.RoutingKey is null
                ? table.Missing("routing_key", "Name PagerDuty's integration key in the secret store.")
                : table.Conflict("routing_key", $"is set for the format {endpoint.Format.ToWire()}", "Remove it; only pagerduty takes one.");
        }

        if (endpoint.Target.Scheme == EgressSchemes.Https)
        {
            return;
        }

        // Whether loopback may be reached at all is for egress.private_cidrs to say, as everywhere.
        if (endpoint.Target.Address is null ? endpoint.Target.Host != "localhost" : !System.Net.IPAddress.IsLoopback(endpoint.Target.Address))
        {
            throw table.Conflict("url", "is plain http to another machine", "Use https; http is for a receiver on this machine's loopback.");
        }

        if (endpoint.RoutingKey is not null || endpoint.SecretNames().Count > (endpoint.Secret is null ? 0 : 1))
        {
            throw table.Conflict("url", "would carry a secret over plain http", "Use https, or take the secret out of the URL and the headers.");
        }
    }

    // A secret may stand in the path alone, so that what is judged, resolved and recorded is all in the file.
    private static (Target Target, SecretText Path) TargetOf(ConfigValue<string> url)
    {
        if (!SecretText.TryParse(url.Value, out var text))
        {
            throw url.Refuse("has a ${ that names no secret", SecretRemedy);
        }

        if (!Target.Parse(text.With(static _ => Stand), out var target, out var reason))
        {
            throw url.Refuse($"is no address of a receiver ({reason.Label()})", "Give an https URL without user and password.");
        }

        var start = url.Value.IndexOf("://", StringComparison.Ordinal) + 3;
        var slash = url.Value.AsSpan(start).IndexOfAny('/', '?');
        var path = slash < 0 ? "/" : url.Value[(start + slash)..];
        if (url.Value.AsSpan(0, slash < 0 ? url.Value.Length : start + slash).Contains('$') || path.Contains('#'))
        {
            throw url.Refuse("has a secret before its path, or a fragment", SecretRemedy);
        }

        // Non-ASCII is encoded where no secret is; a path with one is taken as it is written.
        _ = SecretText.TryParse(text.Names.IsEmpty ? target.PathAndQuery : path, out var parsed);
        foreach (var literal in parsed.Literals)
        {
            if (literal.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                throw url.Refuse("has a path that is not plain ASCII", "Percent-encode the path.");
            }
        }

        return parsed.Literals[0].StartsWith('/') ? (target, parsed) : throw url.Refuse("has no path before its query", "Write a / before the ?.");
    }

    // What is generated as a webhook's secret looks like a name. It must not be taken for one, and be told to a log as missing.
    private static string? SecretName(ConfigValue<string>? name) =>
        name is null || (SecretText.IsName(name.Value) && !name.Value.StartsWith("whsec_", StringComparison.Ordinal))
        ? name?.Value
        : throw name.Refuse("is not the name of a secret", "Give the name that the value has in the secret store, never the value: latchgate secrets set NAME.");

    private static WebhookEvent EventsOf(ConfigTable table)
    {
        if (table.Texts("events") is not { IsEmpty: false } names)
        {
            throw table.Missing("events", $"Name at least one of {WebhookEvents.Names}.");
        }

        var events = WebhookEvent.None;
        foreach (var name in names)
        {
            if (!WebhookEvents.TryParse(name.Value, out var type) || type == WebhookEvent.Test)
            {
                throw name.Refuse(
                    name.Value == "budget.rollback_failed" ? "names 'budget.rollback_failed': a spent budget is never given back here" : $"names '{name.Value}', which is no event",
                    $"Use {WebhookEvents.Names}.");
            }

            events |= type;
        }

        return events;
    }

    private static WebhookHeader[] HeadersOf(ConfigTable table)
    {
        var headers = new List<WebhookHeader>();
        foreach (var name in table.Keys())
        {
            var value = table.Text(name.Value)!;
            if (!OtlpConfig.IsFieldName(name.Value) || name.Value.StartsWith("x-latchgate-", StringComparison.OrdinalIgnoreCase)
                || name.Value.Equals("user-agent", StringComparison.OrdinalIgnoreCase) || headers.Count == MostHeaders)
            {
                throw name.Refuse("is not a header that can be set here", $"Give at most {MostHeaders} headers that the gate does not set itself.");
            }

            if (!SecretText.TryParse(value.Value, out var text) || value.Value.Length == 0 || value.Value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                throw value.Refuse("is not a header's value", SecretRemedy);
            }

            headers.Add(new WebhookHeader(name.Value, text));
        }

        return [.. headers];
    }
}

/// <summary>A header that an endpoint gets with each attempt.</summary>
/// <param name="name">A field name.</param>
/// <param name="value">Its value, with the places of secrets.</param>
internal sealed class WebhookHeader(string name, SecretText value)
{
    internal string Name => name;

    internal SecretText Value => value;
}
