namespace LatchGate.Manifests;

/// <summary>One key of a mapping.</summary>
/// <param name="Name">The key.</param>
/// <param name="Kind"><c>text</c>, <c>texts</c>, <c>number</c>, <c>flag</c>, <c>object</c>, <c>schema</c>, <c>any</c>, <c>list</c>, a mapping, or <c>[mapping]</c>.</param>
/// <param name="Description">What an editor shows.</param>
internal sealed record EditorKey(string Name, string Kind, string Description);

/// <summary>A mapping of a manifest.</summary>
/// <param name="Name">Its name in the schema.</param>
/// <param name="Probes">YAML that holds such a mapping with § for a member; several where one key decides which others there are.</param>
/// <param name="Required">Keys that must be there.</param>
/// <param name="Keys">All keys.</param>
internal sealed record EditorMapping(string Name, string[] Probes, string[] Required, params EditorKey[] Keys);

/// <summary>What the reader cannot be asked: kinds and descriptions (docs/manifests.md).</summary>
internal static class EditorKeys
{
    private const string Rule = "egress: {{ allow: [{{ name: a, hosts: [a.example], {0} }}] }}";

    private static readonly EditorKey[] Rules =
    [
        new("name", "text", "Stands in refusals and receipts: a-z 0-9 . _ -, 1 to 64 characters, once."),
        new("hosts", "list", "api.example.com, *.example.com (one label), .example.com (it and all below), or an address."),
        new("cidrs", "list", "Networks; together with hosts, both must hold."),
        new("ports", "any", "any, or a list of numbers and ranges such as \"8000-8099\"."),
        new("principals", "list", "Names as leases carry them, or {labels: {…}}; everybody where it is left out."),
    ];

    /// <summary>All mappings; the first is the manifest.</summary>
    public static EditorMapping[] Mappings { get; } =
    [
        new(
            "manifest",
            ["§"],
            ["action_id", "version", "description", "provider_module_digest"],
            new("action_id", "text", "1 to 128 of A-Z a-z 0-9 _ -; unique."),
            new("version", "text", "MAJOR.MINOR.PATCH, optionally -suffix. What is released under a version never changes."),
            new("description", "text", "What the action does, on one line of 1 to 256 characters."),
            new("provider_module_digest", "text", "builtin:http_api, builtin:fs, or sha256:HEX together with provider_source."),
            new("provider_source", "text", "A module of providers/modules.lock, with sha256: alone."),
            new("required_imports", "texts", "Host interfaces that the provider may import."),
            new("resource_limits", "resource_limits", "Bounds of one execution."),
            new("verifier_kind", "text", "How the effect is checked."),
            new("verification_config", "verification_config", "What the verifier looks at."),
            new("io", "io", "Schemas and sizes of request and response."),
            new("egress", "egress", "Ways out. Nothing is open that no rule opens."),
            new("fs", "fs", "Files that the action may touch."),
            new("secrets", "[secret]", "Repeats what the credentials of allow rules name."),
            new("risk_level", "text", "The worst that a call can do. high and critical wait for a human."),
            new("declared_side_effects", "texts", "Labels that policy's allowed_sinks must hold; one that ends in _read changes nothing."),
            new("required_scopes", "texts", "What a lease must carry; tools:call among them."),
            new("template", "template", "What the provider is asked to do."),
            new("tags", "texts", "Labels for people and presets.")),
        new(
            "resource_limits",
            ["resource_limits: { § }"],
            [],
            new("fuel", "number", "Basic blocks that the provider may enter."),
            new("memory_mb", "number", "MiB of memory."),
            new("timeout_seconds", "number", "Wall-clock seconds, waiting included."),
            new("max_io_calls", "number", "Host calls."),
            new("max_host_response_bytes", "number", "Bytes of one host answer.")),
        new(
            "io",
            ["io: { § }"],
            [],
            new("request_schema", "schema", "A schema, or the name of a .json file at or below this folder."),
            new("response_schema", "schema", "Judges what the provider returns when it says ok."),
            new("max_request_bytes", "number", "Bytes of the request."),
            new("max_response_bytes", "number", "Bytes of the provider's output.")),
        new(
            "verification_config",
            ["verifier_kind: http_status\nverification_config: { § }"],
            [],
            new("expected_status", "list", "Accepted statuses; 200 to 299 where it is left out."),
            new("headers", "list", "{name, …} with one of present, equals, matches, equals_request."),
            new("body", "list", "{pointer, …} with type, equals, one_of, equals_request, min, max, matches, non_empty or absent."),
            new("body_sha256", "object", "One of equals, equals_request, equals_header."),
            new("body_schema", "any", "A schema of the response's body."),
            new("required_fields", "texts", "JSON pointers into the provider's output that must exist.")),
        new(
            "template",
            ["template: { § }", "fs: { allowed_operations: [read] }\ntemplate: { § }"],
            [],
            new("method", "text", "GET POST PUT DELETE PATCH HEAD OPTIONS."),
            new("url_template", "text", "https://host/{{segment}}/{{rest:path}}?name={{value}}, or one placeholder alone."),
            new("query", "object", "Names to values. {{v:bool}} {{v:csv}} {{v:repeat}} {{v:deep}} {{v:json}}; \"...\" spreads an object."),
            new("headers", "object", "Names to values; no credentials."),
            new("body_template", "any", "The body; what has no value is left out with its name."),
            new("body_mode", "text", "How the body is sent."),
            new("operation", "text", "Of a file task."),
            new("path", "text", "Of a file task: below the session's root."),
            new("content_base64", "text", "Of a file task that writes."),
            new("mode", "text", "create or overwrite."),
            new("expected_before_hash", "text", "sha256:HEX of what is overwritten.")),
        new(
            "fs",
            ["fs: { § }"],
            ["allowed_operations"],
            new("allowed_operations", "texts", "What may be done."),
            new("allowed_paths", "texts", "Globs, case-sensitive."),
            new("denied_paths", "texts", "Globs that win over all others, in any case."),
            new("max_file_bytes", "number", "Of a file, before and after."),
            new("max_total_bytes", "any", "Read and written in one execution; max_file_bytes to 268435456."),
            new("create_parents", "flag", "Whether missing directories above a new file are made."),
            new("allow_learning", "flag", "Whether a call to an unlisted path is put to an operator.")),
        new("secret", ["secrets: [{ § }]"], ["name"], new("name", "text", "The name in the gate's secret store."), new("required", "flag", "Whether the action needs it.")),
        new(
            "egress",
            ["egress: { § }"],
            [],
            new("profile", "any", "none or proxy_allowlist."),
            new("allow", "[allow_rule]", "What is open."),
            new("deny", "[deny_rule]", "What is shut whatever allow says."),
            new("allowed_domains", "list", "Short form of one rule named allowed-domains."),
            new("allowed_methods", "list", "Methods of that rule."),
            new("allow_learning", "flag", "Whether a call to an unlisted host is put to an operator."),
            new("limits", "limits", "Bounds of each request."),
            new("mode", "any", "enforce or audit."),
            new("audit_until", "any", "When audit mode ends, such as \"2030-12-31T00:00:00Z\"."),
            new("default", "any", "deny or allow."),
            new("redirects", "any", "{max: 0 to 10}."),
            new("content_types", "list", "Media types of responses."),
            new("request_headers", "list", "Headers that the provider may send.")),
        new(
            "limits",
            ["egress: { limits: { § } }"],
            [],
            new("request_bytes", "number", "Of a request's body."),
            new("response_bytes", "number", "Of a response's body."),
            new("connect_ms", "number", "Of connecting, TLS included."),
            new("request_ms", "number", "Of the whole exchange."),
            new("on_overflow", "any", "fail or truncate.")),
        new(
            "allow_rule",
            [Of("§")],
            ["name"],
            [
                .. Rules,
                new("schemes", "list", "http, https."),
                new("methods", "list", "Any where it is left out."),
                new("protocol", "any", "tcp or udp."),
                new("resolve", "flag", "Whether names are looked up for a rule with cidrs alone."),
                new("any", "flag", "Every host; only in a build that is open."),
                new("allow_private_targets", "flag", "Special addresses, where the operator names them too."),
                new("expires", "any", "When the rule stops to apply."),
                new("credentials", "[credential]", "Which secrets go where."),
                new("bandwidth", "bandwidth", "Bounds of bytes."),
                new("spend", "spend", "Bounds of tokens and money."),
                new("upstream_tls", "upstream_tls", "More certificate authorities."),
            ]),
        new("deny_rule", ["egress: { deny: [{ name: a, § }] }"], ["name"], [.. Rules, new("response", "any", "{status: 400 to 599, message: at most 512 characters}.")]),
        new(
            "credential",
            [
                Of("credentials: [{ target: header, § }]"), Of("credentials: [{ target: query, § }]"), Of("credentials: [{ target: path, § }]"),
                Of("credentials: [{ target: basic, § }]"), Of("credentials: [{ target: aws_sigv4, § }]"),
                Of("credentials: [{ target: hmac_sha256, § }]"),
            ],
            ["secret"],
            new("target", "any", "header (default), query, path, basic, aws_sigv4 or hmac_sha256."),
            new("secret", "text", "The name in the gate's secret store."),
            new("required", "flag", "Whether a request without it is refused."),
            new("on_collision", "text", "What happens when the request has the field already."),
            new("source", "any", "secrets."),
            new("header", "text", "Of header and hmac_sha256: the field's name."),
            new("prefix", "text", "Of header and hmac_sha256: what stands before the secret or the signature, such as \"Bearer \"."),
            new("name", "text", "Of query: the parameter."),
            new("username", "text", "Of basic."),
            new("username_secret", "text", "Of basic: the secret that holds the user name."),
            new("service", "text", "Of aws_sigv4, such as s3."),
            new("region", "text", "Of aws_sigv4, such as eu-central-1."),
            new("access_key_secret", "text", "Of aws_sigv4: the secret that holds the access key id."),
            new("session_token_secret", "text", "Of aws_sigv4: the secret that holds the session token."),
            new("timestamp_header", "text", "Of hmac_sha256: the field that gets the time, which is then signed with the body.")),
        new(
            "bandwidth",
            [Of("bandwidth: { § }")],
            [],
            new("bytes_per_second", "number", "Held by waiting."),
            new("burst", "number", "One second's worth where it is left out."),
            new("bytes_per_execution", "number", "In both directions."),
            new("bytes_per_day", "number", "In both directions, UTC.")),
        new(
            "spend",
            [Of("spend: { § }")],
            [],
            new("tokens_per_execution", "number", "Of a model."),
            new("tokens_per_day", "number", "UTC."),
            new("max_output_tokens", "number", "That a request may ask for."),
            new("usd_micros_per_day", "number", "Millionths of a dollar, UTC.")),
        new("upstream_tls", [Of("upstream_tls: { § }")], ["ca_file"], new EditorKey("ca_file", "text", "An absolute path of PEM certificates.")),
    ];

    private static string Of(string member) => string.Format(System.Globalization.CultureInfo.InvariantCulture, Rule, member);
}
