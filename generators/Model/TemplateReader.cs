using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Compiles <c>template:</c> (reference/kernel.md §2.4).</summary>
internal sealed class TemplateReader
{
    private static readonly string[] Keys = ["method", "url_template", "headers", "body_template", "body_mode"];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

    // Framing and hop-by-hop headers belong to the connection, and the forwarding ones would let a request lie about itself.
    private static readonly string[] RefusedHeaders =
    [
        "host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "keep-alive", "expect", "forwarded",
        "x-real-ip", "x-original-url", "x-rewrite-url", "x-http-method-override", "x-method-override",
    ];

    private readonly TemplateVariables _variables;
    private readonly DiagnosticBag _diagnostics;

    private TemplateReader(TemplateVariables variables, DiagnosticBag diagnostics)
    {
        _variables = variables;
        _diagnostics = diagnostics;
    }

    /// <summary>The template; null after a diagnostic that leaves nothing to check.</summary>
    public static TemplateModel? Read(Node node, MapNode? requestNode, SchemaDocument? request, FilesModel? files, DiagnosticBag diagnostics)
    {
        var keys = files is null ? Keys : FileTemplateReader.Keys;
        if (Fields.Of(node, "template", diagnostics, Descriptors.UnknownKey, keys) is not { } fields)
        {
            return null;
        }

        // What the schema does not close, a caller can send and the template would drop.
        if (request is null ? requestNode is null : request.Nodes[0].Types != JsonTypes.Object
            || request.Nodes[0].AdditionalProperties is not (>= 0 and var rest) || request.Nodes[rest].Always != false)
        {
            diagnostics.Add(Descriptors.TemplateSchema, fields.Location);
            return null;
        }

        var variables = new TemplateVariables(requestNode, request, diagnostics);
        var before = diagnostics.Count;
        var template = files is null
            ? new TemplateReader(variables, diagnostics).Read(fields)
            : new FileTemplateReader(variables, files, diagnostics).Read(fields);

        // A placeholder that is at fault would make its property seem unused.
        if (request is not null && diagnostics.Count == before)
        {
            variables.ReportUnused();
        }

        return template;
    }

    private TemplateModel Read(Fields fields)
    {
        var method = fields.RequireText("method");
        if (method is not null && Array.IndexOf(Methods, method.Value.ToUpperInvariant()) < 0)
        {
            _diagnostics.Add(Descriptors.NotOneOf, method.Location, "method", ManifestReader.Shown(method.Value), string.Join(", ", Methods));
        }

        var verb = method?.Value.ToUpperInvariant() ?? "";
        var url = fields.RequireText("url_template") is { } text ? UrlTemplateReader.Read(text, _variables, _diagnostics) : ImmutableEquatableArray<UrlStep>.Empty;
        var headers = Headers(fields);
        var mode = Mode(fields);
        var body = fields.Find("body_template");
        if (body is not null && verb is "GET" or "HEAD")
        {
            Bad(body, $"cannot be sent with {verb}");
        }

        var value = mode is BodyMode.Json or BodyMode.Text ? BodyReader(body!, mode) : null;
        var form = mode == BodyMode.Form ? Form(body!) : ImmutableEquatableArray<FormField>.Empty;
        AddContentType(headers, mode);
        return new TemplateModel(verb, _variables.ToEquatableArray(), url, headers.ToEquatableArray(), mode, value, form);
    }

    private BodyMode Mode(Fields fields)
    {
        var mode = fields.Text("body_mode");
        if (mode is not null && mode.Value is not ("json" or "form" or "text"))
        {
            _diagnostics.Add(Descriptors.NotOneOf, mode.Location, "body_mode", ManifestReader.Shown(mode.Value), "json, form, text");
            return BodyMode.None;
        }

        if (fields.Find("body_template") is not null)
        {
            return mode?.Value switch { "form" => BodyMode.Form, "text" => BodyMode.Text, _ => BodyMode.Json };
        }

        if (mode is not null)
        {
            Bad(mode, "is missing, yet there is a body_mode");
        }

        return BodyMode.None;
    }

    private List<HeaderModel> Headers(Fields fields)
    {
        var headers = new List<HeaderModel>();
        switch (fields.Find("headers"))
        {
            case null:
                break;
            case MapNode map:
                foreach (var entry in map.Entries)
                {
                    Header(entry, headers);
                }

                break;
            case var other:
                _diagnostics.Add(Descriptors.WrongKind, other.Location, "headers", "a mapping", other.Kind);
                break;
        }

        return headers;
    }

    private void Header(MapEntry entry, List<HeaderModel> headers)
    {
        var name = entry.Key.ToLowerInvariant();
        var fault = !Formats.HeaderName.IsMatch(entry.Key) ? "is not a header name"
            : Array.IndexOf(RefusedHeaders, name) >= 0 || name.StartsWith("proxy-", StringComparison.Ordinal) || name.StartsWith("x-forwarded-", StringComparison.Ordinal) ? "belongs to the connection"
            : headers.Exists(header => string.Equals(header.Name, entry.Key, StringComparison.OrdinalIgnoreCase)) ? "stands twice"
            : entry.Value is TextNode text && text.Value.Any(static c => c is < ' ' or > '~') ? "has a value with a character outside printable ASCII"
            : null;
        if (fault is not null)
        {
            _diagnostics.Add(Descriptors.BadHeader, entry.KeyLocation, ManifestReader.Shown(entry.Key), fault);
        }
        else if (entry.Value is TextNode value)
        {
            headers.Add(new HeaderModel(entry.Key, Parts(value, "a header", TemplateVariables.Plain | JsonTypes.Boolean, needsValue: false)));
        }
        else
        {
            _diagnostics.Add(Descriptors.WrongKind, entry.Value.Location, entry.Key, "a string", entry.Value.Kind);
        }
    }

    private static void AddContentType(List<HeaderModel> headers, BodyMode mode)
    {
        if (mode == BodyMode.None || headers.Exists(static header => string.Equals(header.Name, "Content-Type", StringComparison.OrdinalIgnoreCase)))
        {
            return;
        }

        var type = mode switch
        {
            BodyMode.Json => "application/json",
            BodyMode.Form => "application/x-www-form-urlencoded",
            _ => "text/plain; charset=utf-8",
        };
        headers.Add(new HeaderModel("Content-Type", new([new TextPart(type, -1)])));
    }

    private BodyModel? BodyReader(Node body, BodyMode mode)
    {
        if (mode == BodyMode.Text)
        {
            if (body is TextNode text)
            {
                return Body(BodyKind.Text, parts: Parts(text, "a text body", TemplateVariables.Plain | JsonTypes.Boolean, needsValue: true));
            }

            Bad(body, "of mode text must be a string");
            return null;
        }

        // A JSON text that is a bare string could not be told from plain text by the provider.
        if (body is TextNode bare)
        {
            if (TemplateText.Split(bare, _diagnostics) is not { Count: 1 } tokens || tokens[0] is not { IsPlaceholder: true } token)
            {
                Bad(body, "of mode json must be a mapping, a list or one placeholder of type object or array");
                return null;
            }

            return Use(token, "the place of the whole body", JsonTypes.Array | JsonTypes.Object, needsValue: true) is { } variable
                ? Body(BodyKind.Value, variable: variable)
                : null;
        }

        return Value(body);
    }

    private BodyModel Value(Node node)
    {
        switch (node)
        {
            case MapNode map:
                foreach (var entry in map.Entries.Where(static entry => entry.Key.Contains("{{")))
                {
                    _diagnostics.Add(Descriptors.BadBodyTemplate, entry.KeyLocation, "has a placeholder in a key");
                }

                return Body(BodyKind.Object, members: map.Entries.Select(entry => new BodyMember(entry.Key, Value(entry.Value))));
            case ListNode list:
                return Body(BodyKind.Array, members: list.Items.Select(item => new BodyMember("", Value(item))));
            case TextNode text when text.Value.Contains("{{") || text.Value.Contains("}}"):
                if (TemplateText.Split(text, _diagnostics) is { Count: 1 } tokens && tokens[0] is { IsPlaceholder: true } whole)
                {
                    return Body(BodyKind.Value, variable: Use(whole, "the body", TemplateVariables.Every, needsValue: false) ?? -1);
                }

                return Body(BodyKind.Text, parts: Parts(text, "text of the body", TemplateVariables.Plain | JsonTypes.Boolean, needsValue: false));
            default:
                return Body(BodyKind.Literal, literal: SchemaKeywords.Literal(node));
        }
    }

    private ImmutableEquatableArray<FormField> Form(Node body)
    {
        if (body is not MapNode map || map.Entries.Any(static entry => entry.Value is MapNode or ListNode or NullNode))
        {
            Bad(body, "of mode form must be a flat mapping of names to text");
            return ImmutableEquatableArray<FormField>.Empty;
        }

        // Literals are encoded here, values when the form is written.
        return map.Entries.Select(entry => new FormField(
            Uri.EscapeDataString(entry.Key),
            (entry.Value is TextNode text
                ? Parts(text, "a form field", TemplateVariables.Plain | JsonTypes.Boolean, needsValue: false)
                : new([new TextPart(SchemaKeywords.Literal(entry.Value).Text, -1)]))
            .Select(static part => part with { Text = Uri.EscapeDataString(part.Text) })
            .ToEquatableArray())).ToEquatableArray();
    }

    private ImmutableEquatableArray<TextPart> Parts(TextNode node, string position, JsonTypes allowed, bool needsValue)
    {
        var parts = new List<TextPart>();
        foreach (var token in TemplateText.Split(node, _diagnostics) ?? [])
        {
            if (!token.IsPlaceholder)
            {
                parts.Add(new TextPart(token.Text, -1));
            }
            else if (Use(token, position, allowed, needsValue) is { } variable)
            {
                parts.Add(new TextPart("", variable));
            }
        }

        return parts.ToEquatableArray();
    }

    private int? Use(TemplateToken token, string position, JsonTypes allowed, bool needsValue)
    {
        if (!token.IsPath)
        {
            return _variables.Use(token, position, allowed, needsValue);
        }

        _diagnostics.Add(Descriptors.PlaceholderSyntax, token.Location);
        return null;
    }

    private void Bad(Node at, string fault) => _diagnostics.Add(Descriptors.BadBodyTemplate, at.Location, fault);

    private static BodyModel Body(
        BodyKind kind,
        IEnumerable<BodyMember>? members = null,
        ImmutableEquatableArray<TextPart>? parts = null,
        int variable = -1,
        JsonLiteral? literal = null) =>
        new(kind, (members ?? []).ToEquatableArray(), parts ?? ImmutableEquatableArray<TextPart>.Empty, variable, literal);
}
