using System.Reflection;
using System.Text;
using LatchGate.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LatchGate.Generators.Tests;

/// <summary>Each diagnostic, made by one change of a good manifest. § in the new text marks where the compiler must point.</summary>
public sealed class DiagnosticTests
{
    private const string Rule = "    - name: one\n      hosts: [example.com]";
    private const string High = "risk_level: low\ndeclared_side_effects: [http_write]\nverifier_kind: http_status";

    private const string Template =
        "\ntemplate:\n  method: POST\n  url_template: https://example.com/{{id}}?size={{size}}\n  headers: { X-Flag: \"{{flag}}\" }\n  body_template: { data: \"{{data}}\" }";

    public static TheoryData<string, string, string> Changes => new()
    {
        { "LGM001", "action_id: base", "action_id: §[base" },
        { "LGM001", "version: 1.0.0", "§version: !!um] 1.0.0" },
        { "LGM001", "    additionalProperties: false\n", "§\tadditionalProperties: false\n" },
        { "LGM001", "    additionalProperties: false\n", "  §\tadditionalProperties: false\n" },
        { "LGM002", "action_id: base", "action_id: §&anchor base" },
        { "LGM002", "description: What the diagnostic tests change in one place.", "description: §0x10" },
        { "LGM002", "version: 1.0.0", "version: §!!str 1.0.0" },
        { "LGM002", "      hosts: [example.com]", "      hosts: [example.com]\n§---\nsecond: document" },
        { "LGM003", "version: 1.0.0", "version: 1.0.0\n§version: 1.0.0" },
        { "LGM004", "risk_level: low", "§risk_lvl: low" },
        { "LGM005", "action_id: base\nversion: 1.0.0", "§action_id: base" },
        { "LGM006", "version: 1.0.0", "version: §[1]" },
        { "LGM007", "risk_level: low", "resource_limits: { memory_mb: §513 }" },
        { "LGM008", "risk_level: low", "risk_level: §lowest" },
        { "LGM009", "action_id: base", "action_id: §ba/se" },
        { "LGM009", "version: 1.0.0", "version: §latest" },
        { "LGM011", "builtin:http_api", "§sha256:00" },
        { "LGM012", "builtin:http_api", "§builtin:nothing" },
        { "LGM013", "builtin:http_api", "§sha256:" + Zeros + "\nprovider_source: http_api\n#" },
        { "LGM014", "builtin:http_api\nrequired_imports: [latchgate:io/http, latchgate:io/log]", "§builtin:http_api\nrequired_imports: [latchgate:io/http]" },
        { "LGM016", "risk_level: low", "required_scopes: [tools:call, §Tools:x]" },
        { "LGM017", "risk_level: low", "required_scopes: §[tools:list]" },
        { "LGM018", "risk_level: low", "secrets: [{ name: §API_TOKEN, required: true }]" },
        { "LGM020", High + "\nio:", "risk_level: critical\ndeclared_side_effects: [http_read]\nverifier_kind: §none\nio:\n  response_schema: { type: object }" },
        { "LGM021", High, "risk_level: §high\ndeclared_side_effects: [http_read]\nverifier_kind: http_status" },
        { "LGM021", High + "\nio:", "risk_level: §high\ndeclared_side_effects: [http_read]\nverifier_kind: http_status\nio:\n  response_schema: {}" },
        { "LGM023", "verifier_kind: http_status", "verification_config: §{ required_fields: [/a] }" },
        { "LGM030", "io:", "io:\n  response_schema: §../up.json" },
        { "LGM030", "io:", "io:\n  response_schema: §gone.json" },
        { "LGM031", "id: { type: string }", "id: { type: string, §unevaluatedProperties: {} }" },
        { "LGM032", "id: { type: string }", "id: { type: §text }" },
        { "LGM033", "id: { type: string }", "id: { type: string, pattern: §'(?=a)' }" },
        { "LGM034", "id: { type: string }", "id: { type: string, $ref: §'#/$defs/none' }" },
        { "LGM035", "data: { type: object }", "data: { type: object }\n    $defs: { a: §{ anyOf: [{ $ref: '#/$defs/a' }] } }" },
        { "LGM036", "default: false", "default: §1" },
        { "LGM037", "required: [id, data]", "required: [id, data, §name]" },
        { "LGM037", "required: [id, data]", "required: [id, data]\n    oneOf: [{ required: [size] }, { required: [§sise] }]" },
        { "LGM037", "id: { type: string }", "id: { type: string, minLength: §3, maxLength: 2 }" },
        { "LGM037", "id: { type: string }", "id: { type: string, enum: §[1, 2] }" },
        { "LGM037", "id: { type: string }", "id: { type: string, maxLength: 2, const: §abc }" },
        { "LGM037", "size: { type: integer }", "size: { type: integer, minimum: §2, maximum: 1 }" },
        { "LGM037", "size: { type: integer }", "size: { type: integer, minimum: §1, exclusiveMaximum: 1.0 }" },
        { "LGM037", "data: { type: object }", "data: { type: object, minProperties: §2, maxProperties: 1 }" },
        { "LGM037", "data: { type: object }", "data: { type: object, additionalProperties: false, properties: { a: false }, required: [§a] }" },
        { "LGM007", "risk_level: low", "resource_limits: { max_io_calls: §0 }" },
        { "LGM040", "{{size}}", "§{{sise}}" },
        { "LGM041", "size: { type: integer }", "size: { type: integer }\n      §unused: { type: string }" },
        { "LGM042", "{{size}}", "§{{si ze}}" },
        { "LGM042", "{{size}}", "§{{size:}}" },
        { "LGM042", "data: \"{{data}}\"", "data: \"§{{da ta}}\"" },
        { "LGM042", "{ data: \"{{data}}\" }", "\"§{{data | upper}}\"" },
        { "LGM042", "{{size}}", "§{{.size}}" },
        { "LGM042", "{{size}}", "{{size}}§}}" },
        { "LGM111", "{{size}}", "§{{size:path}}" },
        { "LGM111", "{{size}}", "§{{size:boolean}}" },
        { "LGM111", "{{size}}", "x§{{size:repeat}}" },
        { "LGM111", "data: \"{{data}}\"", "data: \"§{{data:csv}}\"" },
        { "LGM110", "hosts: [example.com]", "hosts: [www.example.com]" },
        { "LGM110", "hosts: [example.com]", "hosts: [example.com]\n      schemes: [http]" },
        { "LGM110", "hosts: [example.com]", "hosts: [example.com]\n      ports: [8443]" },
        { "LGM110", "hosts: [example.com]", "hosts: [example.com]\n      methods: [GET]" },
        { "LGM110", "\negress:\n  profile: proxy_allowlist\n  allow:\n    - name: one\n      hosts: [example.com]", "" },
        { "LGM110", "  allow:\n    - name: one\n      hosts: [example.com]", "  allow: []" },
        { "LGM110", "profile: proxy_allowlist\n  allow:\n    - name: one\n      hosts: [example.com]", "profile: none" },
        { "LGM115", Rule, Rule + "\n  deny: [{ name: closed, hosts: [.example.com] }]" },
        { "LGM115", Rule, Rule + "\n  deny: [{ name: first, hosts: [example.org] }, { name: closed, hosts: [example.com], ports: [443] }]" },
        { "LGM115", Rule, Rule + "\n  deny: [{ name: closed, ports: any }]" },
        { "LGM115", "  allow:\n" + Rule, "  allow_learning: true\n  deny: [{ name: closed, hosts: [example.com] }]" },
        { "LGM112", "/{{id}}", "/§{{secret:TOKEN}}/{{id}}" },
        { "LGM112", "{{size}}", "{{size}}&k=§{{secret:TOKEN}}" },
        { "LGM112", "hosts: [example.com]", "hosts: [example.com]\n      credentials: [{ target: path, secret: TOKEN }]" },
        { "LGM081", "hosts: [example.com]", "hosts: [example.com]\n      credentials: [{ target: path, secret: TOKEN, required: §false }]" },
        { "LGM113", "data: { type: object }" + Template, "data: { type: object, properties: { inner: {} } }" + Template.Replace("{{data}}", "§{{data.inner}}", StringComparison.Ordinal) },
        { "LGM041", "data: { type: object }" + Template, "data: { type: object, additionalProperties: false, properties: { inner: {}, §other: {} } }" + Template.Replace("{{data}}", "{{data.inner}}", StringComparison.Ordinal) },
        { "LGM040", "data: \"{{data}}\"", "data: \"§{{id.inner}}\"" },
        { "LGM114", "data: \"{{data}}\"", "\"...\": §\"x {{data}}\"" },
        { "LGM114", "data: \"{{data}}\"", "\"...\": §{ a: 1 }" },
        { "LGM043", "data: \"{{data}}\"", "data: \"{{data}}\", \"...\": \"§{{id}}\"" },
        { "LGM045", "example.com/{{id}}", "example.com:70000/{{id}}" },
        { "LGM045", "example.com/{{id}}", "example.com/%2E%2e/{{id}}" },
        { "LGM043", "example.com/{{id}}", "example.com:§{{id}}/{{id}}" },
        { "LGM047", "X-Flag", "§Authorization" },
        { "LGM047", "X-Flag", "§X-Vault-Token" },
        { "LGM047", "X-Flag: \"{{flag}}\"", "X-Flag: \"{{flag}}\", §x-flag: \"1\"" },
        { "LGM047", "X-Flag: \"{{flag}}\"", "X-Flag: \"{{flag}}\", §X-A: \" a\"" },
        { "LGM008", "  method: POST", "  method: POST\n  body_mode: §xml" },
        { "LGM006", "  method: POST", "  method: POST\n  query: §{ a: [1] }" },
        { "LGM006", "data: \"{{data}}\"", "data: \"{{data}}\", raw: { $base64: §[text, 1] }" },
        { "LGM006", "data: \"{{data}}\"", "data: \"{{data}}\", raw: { $base64: §[] }" },
        { "LGM006", "  method: POST", "  method: POST\n  query: { §\"{{id}}\": 1 }" },
        { "LGM043", "{{size}}", "{{size}}&x=§{{flag}}" },
        { "LGM044", "{{id}}", "{{id}}/§{{size}}" },
        { "LGM045", "url_template: https://", "url_template: §ftp://" },
        { "LGM045", "example.com/{{id}}", "user@example.com/{{id}}" },
        { "LGM045", "{{size}}", "{{size}}#top" },
        { "LGM116", "  method: POST", "  method: POST\n  query: { §size: 5 }" },
        { "LGM116", "{{size}}", "{{size}}&page%20no=1\n  query: { §'page no': \"{{size}}\" }" },
        { "LGM045", "/{{id}}", "/a/../{{id}}" },
        { "LGM046", "method: POST", "method: GET" },
        { "LGM046", "data: \"{{data}}\"", "data: \"{{data}}\", §\"{{id}}\": 1" },
        { "LGM047", "X-Flag", "§Host" },
        { "LGM048", "builtin:http_api", "§sha256:" + GeneratorHarness.ModuleDigest + "\nprovider_source: http_api\n#" },
        { "LGM049", "    additionalProperties: false\n", "" },
        { "LGM050", "[example.com]", "[§'https://example.com']" },
        { "LGM050", "[example.com]", "[§'\u212Aelvin.example']" },
        { "LGM050", "[example.com]", "[§'\u24D4xample.com']" },
        { "LGM051", "[example.com]", "[§'*.com']" },
        { "LGM052", "[example.com]", "[§169.254.169.254]" },
        { "LGM053", "hosts: [example.com]", "cidrs: [§93.184/16]" },
        { "LGM054", "hosts: [example.com]", "cidrs: [§93.184.216.34/24]" },
        { "LGM055", "hosts: [example.com]", "cidrs: [§0.0.0.0/0]" },
        { "LGM056", "hosts: [example.com]", "cidrs: [§169.254.0.0/16]" },
        { "LGM057", "hosts: [example.com]", "cidrs: [§10.0.0.0/8]" },
        { "LGM058", "[example.com]", "[example.com]\n      ports: [§0]" },
        { "LGM059", "[example.com]", "[example.com]\n      ports: [§'90-80']" },
        { "LGM060", "[example.com]", "§[]" },
        { "LGM061", "    - name: one\n      hosts: [example.com]", "    - §name: one\n      ports: any" },
        { "LGM062", "name: one", "name: §One" },
        { "LGM063", Rule, Rule + "\n    - { name: §one, hosts: [example.org] }" },
        { "LGM064", "hosts: [example.com]", "hosts: [example.com]\n      §port: 443" },
        { "LGM065", "hosts: [example.com]", "hosts: [example.com]\n      §response: { status: 403 }" },
        { "LGM066", Rule, Rule + "\n  deny: [{ name: refused, hosts: [a.example.com], response: §{ status: 200 } }]" },
        { "LGM067", Rule, Rule + "\n  limits: { connect_ms: §0 }" },
        { "LGM068", "profile: proxy_allowlist", "profile: §open" },
        { "LGM069", "profile: proxy_allowlist", "profile: §none" },
        { "LGM070", "profile: proxy_allowlist", "mode: §observe" },
        { "LGM071", "profile: proxy_allowlist", "default: §log" },
        { "LGM072", "profile: proxy_allowlist", "default: §allow" },
        { "LGM072", "      hosts: [example.com]", "      any: §true" },
        { "LGM073", "[example.com]", "[example.com]\n      protocol: §icmp" },
        { "LGM074", "[example.com]", "[example.com]\n      principals: §[]" },
        { "LGM074", "[example.com]", "[example.com]\n      principals: [uid:1000, §{ labels: {} }]" },
        { "LGM075", "[example.com]", "[example.com]\n      any: §true" },
        { "LGM076", Rule, Rule + "\n  redirects: §{ max: 11 }" },
        { "LGM077", "[example.com]", Credential("{ header: §Accept, secret: s }") },
        { "LGM077", "[example.com]", Credential("{ header: §X-Forwarded-For, secret: s }") },
        { "LGM078", "[example.com]", Credential("{ header: Authorization, secret: s, source: §env }") },
        { "LGM079", "hosts: [example.com]", "cidrs: [93.184.216.0/24]\n      credentials: §[{ header: Authorization, secret: s }]" },
        { "LGM080", "[example.com]", "[example.com]\n      schemes: [http, https]\n      credentials: §[{ header: Authorization, secret: s }]" },
        { "LGM081", "[example.com]", Credential("§{ target: cookie, secret: s }") },
        { "LGM081", "[example.com]", Credential("§{ target: basic, secret: s }") },
        { "LGM081", "[example.com]", Credential("{ header: X-Key, secret: s }, §{ header: x-key, secret: t }") },
        { "LGM008", "[example.com]", Credential("{ header: X-Key, secret: s, on_collision: §keep }") },
        { "LGM009", "[example.com]", "[example.com]\n      upstream_tls: { ca_file: §relative.pem }" },
        { "LGM009", Rule, Rule + "\n  content_types: [§json]" },
        { "LGM009", Rule, Rule + "\n  request_headers: [§'x y']" },
        { "LGM009", Rule, Rule + "\n  audit_until: §tomorrow" },
        { "LGM060", "[example.com]", "[example.com]\n      bandwidth: §{}" },
        { "LGM064", "[example.com]", "[example.com]\n      spend: { §tokens: 1 }" },
        { "LGM067", "[example.com]", "[example.com]\n      bandwidth: { burst: §0 }" },
    };

    /// <summary>The same for an action with files.</summary>
    public static TheoryData<string, string, string> FileChanges => new()
    {
        { "LGM004", "  create_parents: true", "  §create_parent: true" },
        { "LGM005", "  allowed_operations: [read, create]\n", "" },
        { "LGM006", "allow_learning: true", "allow_learning: §always" },
        { "LGM007", "max_file_bytes: 1024", "max_file_bytes: §33554433" },
        { "LGM007", "max_file_bytes: 1024", "max_file_bytes: §0" },
        { "LGM007", "max_file_bytes: 1024", "max_file_bytes: 1024\n  max_total_bytes: §1023" },
        { "LGM008", "[read, create]", "[read, §append]" },
        { "LGM060", "[read, create]", "§[]" },
        { "LGM090", "\"docs/**\"", "§\"/docs/**\"" },
        { "LGM090", "\"docs/**\"", "§\"docs/../src\"" },
        { "LGM090", "\"docs/**\"", "§\"docs/**.md\"" },
        { "LGM090", "\"docs/**\"", "§\"docs//a\"" },
        { "LGM090", "\"**/*.key\"", "§\"**/*.{key,pem}\"" },
        { "LGM091", "builtin:fs\nrequired_imports: [latchgate:io/fs, latchgate:io/log]", "builtin:pure\nrequired_imports: [latchgate:io/log]" },
        { "LGM093", "[latchgate:io/fs, latchgate:io/log]", "§[latchgate:io/fs, latchgate:io/http]" },
        { "LGM093", "fs:\n", "egress: §{ profile: proxy_allowlist, allowed_domains: [example.com] }\nfs:\n" },
        { "LGM094", "verifier_kind: fs_hash", "verifier_kind: §none" },
        { "LGM095", "io:\n", "io:\n  max_response_bytes: §10583\n" },
        { "LGM096", "operation: read", "operation: §delete" },
        { "LGM096", "operation: read", "operation: §write" },
        { "LGM096", "operation: read", "operation: §read\n  mode: create" },
        { "LGM008", "operation: read", "operation: §list" },
        { "LGM044", "    required: [name]\n", "" },
        { "LGM041", "name: { type: string }", "name: { type: string }\n      §page: { type: string }" },
        { "LGM004", "template:\n", "template:\n  §method: GET\n" },
    };

    /// <summary>The same for the rules of a verifier.</summary>
    public static TheoryData<string, string, string> EffectChanges => new()
    {
        { "LGM004", "one_of: [open, triage]", "§oneof: [open]" },
        { "LGM004", "equals_header: X-Checksum", "equals_header: X-Checksum, §algorithm: sha256" },
        { "LGM004", "  required_fields", "  §requird_fields" },
        { "LGM005", "{ pointer: /tags, non_empty: true }", "§{ non_empty: true }" },
        { "LGM005", "{ name: ETag, present: true }", "§{ name: ETag }" },
        { "LGM005", "{ equals_header: X-Checksum }", "§{}" },
        { "LGM005", "{ pointer: /kind, equals: note }", "§{ pointer: /kind, when_requested: true }" },
        { "LGM006", "min: 1,", "min: §\"1\"," },
        { "LGM006", "{ name: x-kind, equals: note }", "{ name: x-kind, equals: §5 }" },
        { "LGM006", "body_schema:\n    type: object\n    required: [id]", "body_schema: §schema.json" },
        { "LGM006", "- { pointer: /kind, equals: note }", "- §text" },
        { "LGM008", "type: integer, min", "type: §int, min" },
        { "LGM008", "absent: true", "absent: §false" },
        { "LGM009", "pointer: /kind,", "pointer: §kind," },
        { "LGM009", "pointer: /kind,", "pointer: §/ki~d," },
        { "LGM009", "name: x-kind, equals: note", "name: §x kind, equals: note" },
        { "LGM009", "equals_header: X-Checksum", "equals: §sha256:00" },
        { "LGM024", "{ pointer: /kind, equals: note }", "{ pointer: /kind, type: integer, equals: §note }" },
        { "LGM024", "{ pointer: /kind, equals: note }", "{ pointer: /kind, type: integer, equals: §1.5 }" },
        { "LGM024", "[open, triage]", "[open, §7], type: string" },
        { "LGM024", "type: integer, min: 1, max: 9007199254740993", "type: integer, min: 2, max: §1" },
        { "LGM024", "type: integer, min: 1,", "type: string, min: §1," },
        { "LGM024", "pointer: /tags, non_empty: true", "pointer: /tags, type: boolean, non_empty: §true" },
        { "LGM024", "type: string, equals_request: title, non_empty: true", "type: boolean, equals_request: §title" },
        { "LGM024", "equals_header: X-Checksum", "equals_request: §count" },
        { "LGM024", "name: x-correlation, equals_request: title", "name: x-correlation, equals_request: §count" },
        { "LGM024", "{ pointer: /gone, type: null }", "{ pointer: §/error/code, type: string }" },
        { "LGM024", "{ pointer: /gone, type: null }", "{ pointer: §/kind/name, type: string }" },
        { "LGM024", "[201]", "[201, §204]" },
        { "LGM024", "method: POST\n  url_template: https://example.com/notes\n  body_template: { title: \"{{title}}\", count: \"{{count}}\", note: \"{{note}}\" }",
            "method: §HEAD\n  url_template: https://example.com/notes?a={{title}}&b={{count}}&c={{note}}" },
        { "LGM025", "pointer: /count, equals_request: count", "pointer: /count, equals_request: §cuont" },
        { "LGM026", "equals_request: note, when_requested: true", "equals_request: §note" },
        { "LGM027", "pointer: /count, equals_request: count", "pointer: /count, equals_request: §count, when_requested: true" },
        { "LGM028", "pointer: /kind,", "pointer: §/state," },
        { "LGM028", "{ name: ETag, present: true }", "§{ name: location, present: true }" },
        { "LGM029", "pointer: /error, absent: true", "pointer: /error, absent: true, §type: string" },
        { "LGM029", "pointer: /kind, equals: note", "pointer: /kind, equals: note, §min: 1" },
        { "LGM029", "pointer: /kind, equals: note", "pointer: /kind, equals: note, §equals_request: title" },
        { "LGM029", "name: x-kind, equals: note", "name: x-kind, equals: note, §present: true" },
        { "LGM029", "equals_header: X-Checksum", "equals_header: X-Checksum, §equals_request: title" },
        { "LGM031", "required: [id]", "§anything: {}" },
        { "LGM033", "matches: \"^https://example[.]com/[0-9]+$\"", "matches: §\"(?=a)\"" },
        { "LGM060", "[open, triage]", "§[]" },
        { "LGM060", "expected_status: [201]", "expected_status: §[]" },
        { "LGM060", "body_schema:\n    type: object\n    required: [id]", "body_schema: §{}" },
        { "LGM060", "required_fields: [/data/status_code]", "required_fields: §[]" },
    };

    private static string Credential(string credential) => "[example.com]\n      credentials: [" + credential + "]";

    private static string Zeros { get; } = new('0', 64);

    [Theory]
    [MemberData(nameof(Changes))]
    public void Each_fault_has_its_id_and_place(string id, string from, string to)
    {
        ExpectOne(RepositoryFiles.Fixture("base.yaml"), id, from, to);
    }

    [Theory]
    [MemberData(nameof(FileChanges))]
    public void Each_fault_of_an_action_with_files_has_its_id_and_place(string id, string from, string to) =>
        ExpectOne(RepositoryFiles.Fixture("files.yaml"), id, from, to);

    [Theory]
    [MemberData(nameof(EffectChanges))]
    public void Each_fault_of_a_rule_has_its_id_and_place(string id, string from, string to) =>
        ExpectOne(RepositoryFiles.Fixture("verified.yaml"), id, from, to);

    [Fact]
    public void A_provider_with_files_needs_an_fs_block()
    {
        var marked = RepositoryFiles.Fixture("minimal.yaml").Replace("builtin:pure", "§builtin:fs\nrequired_imports: [latchgate:io/fs]", StringComparison.Ordinal);
        var found = Assert.Single(GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(marked.Replace("§", "", StringComparison.Ordinal))));
        Assert.Equal("LGM092", found.Id);
        Expect(found, "manifests/test/action.yaml", marked);
    }

    private static void ExpectOne(string good, string id, string from, string to)
    {
        Assert.Contains(from, good, StringComparison.Ordinal);
        var marked = good.Replace(from, to, StringComparison.Ordinal);
        var found = Assert.Single(GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(marked.Replace("§", "", StringComparison.Ordinal))));
        Assert.True(id == found.Id, found.ToString());
        Assert.Equal(DiagnosticSeverity.Error, found.Severity);
        Expect(found, "manifests/test/action.yaml", marked);
    }

    [Fact]
    public void The_unchanged_manifest_is_good() =>
        Assert.Empty(GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(RepositoryFiles.Fixture("base.yaml"))));

    [Fact]
    public void The_unchanged_manifest_with_files_is_good() =>
        Assert.Empty(GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(RepositoryFiles.Fixture("files.yaml"))));

    [Fact]
    public void A_second_manifest_with_the_id_of_another_is_refused_and_neither_is_built()
    {
        var text = RepositoryFiles.Fixture("minimal.yaml");
        var result = GeneratorHarness.Run(
            GeneratorHarness.Modules,
            GeneratorHarness.File("manifests/a.yaml", text),
            GeneratorHarness.File("manifests/b.yaml", text.Replace("minimal", "Minimal", StringComparison.Ordinal)));
        var found = Assert.Single(result.Diagnostics);
        Assert.Equal("LGM010", found.Id);
        Expect(found, "manifests/b.yaml", text.Replace("minimal", "§Minimal", StringComparison.Ordinal));
        Assert.Equal("CompiledActions.g.cs", Assert.Single(result.GeneratedSources).HintName);
    }

    [Fact]
    public void A_built_module_that_is_not_the_pinned_one_is_refused()
    {
        var built = GeneratorHarness.File("artifacts/native/modules.built", $"http_api sha256:{Zeros} latchgate:io/http,latchgate:io/log");
        var text = RepositoryFiles.Fixture("base.yaml");
        var found = Assert.Single(GeneratorHarness.Diagnose(GeneratorHarness.Modules, built, GeneratorHarness.Manifest(text)));
        Assert.Equal("LGM013", found.Id);
        Expect(found, "manifests/test/action.yaml", text.Replace("builtin:http_api", "§builtin:http_api", StringComparison.Ordinal));
    }

    [Fact]
    public void A_malformed_module_list_is_refused()
    {
        var found = Assert.Single(GeneratorHarness.Diagnose(GeneratorHarness.File("providers/modules.lock", "# pins\nhttp_api md5:00")));
        Assert.Equal("LGM015", found.Id);
        Expect(found, "providers/modules.lock", "# pins\n§http_api md5:00");
    }

    [Fact]
    public void A_manifest_that_the_compiler_read_in_another_encoding_is_refused()
    {
        var text = RepositoryFiles.Fixture("minimal.yaml");
        Assert.Empty(GeneratorHarness.Diagnose(GeneratorHarness.Modules, new EncodedFile(text, Encoding.UTF8)));
        var found = Assert.Single(GeneratorHarness.Diagnose(GeneratorHarness.Modules, new EncodedFile(text, Encoding.Latin1)));
        Assert.Equal("LGM001", found.Id);
        Expect(found, "manifests/test/action.yaml", "§" + text);
    }

    [Fact]
    public void A_shared_schema_that_the_compiler_read_in_another_encoding_is_refused()
    {
        var manifest = GeneratorHarness.Manifest(RepositoryFiles.Fixture("minimal.yaml") + "\nio: { request_schema: schemas/s.json }");
        const string Schema = "{\"type\": \"object\"}";
        const string Path = "manifests/test/schemas/s.json";
        Assert.Empty(GeneratorHarness.Diagnose(GeneratorHarness.Modules, manifest, new EncodedFile(Schema, Encoding.UTF8, Path)));
        var found = Assert.Single(GeneratorHarness.Diagnose(GeneratorHarness.Modules, manifest, new EncodedFile(Schema, Encoding.Latin1, Path)));
        Assert.Equal("LGM001", found.Id);
        Expect(found, Path, "§" + Schema);
    }

    [Theory]
    [InlineData("hosts: [www.example.com]")]
    [InlineData("hosts: [example.com], ports: [80]")]
    [InlineData("hosts: [example.com], cidrs: [93.184.216.0/24]")]
    [InlineData("hosts: [example.com], principals: [\"uid:1000\"]")]
    public void A_deny_rule_that_leaves_some_calls_of_the_template_is_no_mistake(string rule)
    {
        var text = RepositoryFiles.Fixture("base.yaml").Replace(Rule, $"{Rule}\n  deny: [{{ name: some, {rule} }}]", StringComparison.Ordinal);
        Assert.Empty(GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(text)));
    }

    [Fact]
    public void A_high_risk_write_must_check_fields()
    {
        var marked = RepositoryFiles.Fixture("base.yaml").Replace("risk_level: low", "risk_level: §high", StringComparison.Ordinal)
            .Replace("io:\n", "io:\n  response_schema: { type: object }\n", StringComparison.Ordinal);
        var found = Assert.Single(GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(marked.Replace("§", "", StringComparison.Ordinal))));
        Assert.Equal("LGM022", found.Id);
        Expect(found, "manifests/test/action.yaml", marked);
    }

    [Theory]
    [InlineData("body: [{ pointer: /id }]", true)]
    [InlineData("headers: [{ name: etag, present: true }]", true)]
    [InlineData("body_sha256: { equals_header: x-checksum }", true)]
    [InlineData("body_schema: { type: object }", true)]
    [InlineData("required_fields: [/data/status_code]", true)]
    [InlineData("expected_status: [201]", false)]
    [InlineData("body: [{ pointer: /size, equals_request: size, when_requested: true }]", false)]
    public void A_high_risk_write_may_check_any_more_than_the_status(string config, bool suffices)
    {
        var text = RepositoryFiles.Fixture("base.yaml").Replace("risk_level: low", "risk_level: high", StringComparison.Ordinal)
            .Replace("io:\n", $"verification_config: {{ {config} }}\nio:\n  response_schema: {{ type: object }}\n", StringComparison.Ordinal);
        var found = GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(text));
        Assert.Equal(suffices ? [] : ["LGM022"], found.Select(static d => d.Id));
    }

    [Fact]
    public void A_fault_in_a_shared_schema_points_into_its_file()
    {
        var marked = "{\n  \"type\": \"object\",\n  §\"unevaluatedItems\": {}\n}";
        var manifest = RepositoryFiles.Fixture("minimal.yaml") + "\nio: { request_schema: schemas/s.json }";
        var found = Assert.Single(GeneratorHarness.Diagnose(
            GeneratorHarness.Modules,
            GeneratorHarness.Manifest(manifest),
            GeneratorHarness.File("manifests/test/schemas/s.json", marked.Replace("§", "", StringComparison.Ordinal))));
        Assert.Equal("LGM031", found.Id);
        Expect(found, "manifests/test/schemas/s.json", marked);
    }

    [Fact]
    public void An_unknown_key_is_answered_with_the_nearest_known_one()
    {
        var text = RepositoryFiles.Fixture("base.yaml").Replace("risk_level", "risk_lvl", StringComparison.Ordinal);
        Assert.Contains("'risk_level'", Assert.Single(GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(text))).GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_another_gate_is_answered_with_what_there_is_instead()
    {
        var text = RepositoryFiles.Fixture("base.yaml") + "\ndatabase_config: { mode: select }\n";
        var found = Assert.Single(GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(text)));
        Assert.Equal("LGM004", found.Id);
        Assert.Contains("PostgREST", found.GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_id_is_unique_tested_tracked_and_documented()
    {
        var ids = typeof(Descriptors).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => ((DiagnosticDescriptor)field.GetValue(null)!).Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        var docs = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs/diagnostics.md"));
        var tracked = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "generators/AnalyzerReleases.Unshipped.md"));
        Assert.All(ids, id => Assert.Contains($"| {id} |", docs, StringComparison.Ordinal));
        Assert.All(ids, id => Assert.Contains(id, tracked, StringComparison.Ordinal));
        string[] elsewhere = ["LGM010", "LGM015", "LGM022", "LGM092", "LGM100", "LGM101", "LGM102", "LGM103", "LGM104"];
        Assert.Empty(ids.Except(Changes.Concat(FileChanges).Concat(EffectChanges).Select(static row => row.Data.Item1)).Except(elsewhere));
    }

    private sealed class EncodedFile(string text, Encoding encoding, string path = "manifests/test/action.yaml") : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text, encoding);
    }

    private static void Expect(Diagnostic found, string path, string marked)
    {
        var span = found.Location.GetLineSpan();
        Assert.Equal(path, span.Path);
        var mark = marked.IndexOf('§', StringComparison.Ordinal);
        if (mark >= 0)
        {
            var before = marked[..mark];
            Assert.Equal((before.Count(static c => c == '\n'), mark - (before.LastIndexOf('\n') + 1)), (span.StartLinePosition.Line, span.StartLinePosition.Character));
        }
    }
}
