using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Actions;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Compiles <c>template:</c> (reference/kernel.md §2.4, docs/manifests.md "Templates").</summary>
internal sealed class TemplateReader
{
    // What the provider takes for itself where the task names no time (providers/http_api).
    private const long ProviderTimeoutMs = 30_000;

    private static readonly string[] Keys = ["method", "url_template", "query", "headers", "body_template", "body_mode"];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

    private static readonly string[] Modes = ["json", "form", "text", "multipart", "base64"];

    private readonly TemplateVariables _variables;
    private readonly TemplateEgress _egress;
    private readonly DiagnosticBag _diagnostics;

    private TemplateReader(TemplateVariables variables, TemplateEgress egress, DiagnosticBag diagnostics)
    {
        _variables = variables;
        _egress = egress;
        _diagnostics = diagnostics;
    }

    /// <summary>The template; null after a diagnostic that leaves nothing to check.</summary>
    public static TemplateModel? Read(
        Node node, MapNode? requestNode, SchemaDocument? request, FilesModel? files, TemplateEgress egress, DiagnosticBag diagnostics)
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
        var (kind, task) = files is null
            ? (TemplateKind.Http, new TemplateReader(variables, egress, diagnostics).Read(fields))
            : (TemplateKind.File, new FileTemplateReader(variables, files, diagnostics).Read(fields));

        // A placeholder that is at fault would make its property seem unused.
        if (request is not null && diagnostics.Count == before)
        {
            variables.ReportUnused();
        }

        var code = new ProgramWriter();
        code.Block(variables.Code());
        code.Op(kind);
        code.Append(task);
        return new TemplateModel(code.ToString());
    }

    private ProgramWriter Read(Fields fields)
    {
        var method = fields.RequireText("method");
        if (method is not null && Array.IndexOf(Methods, method.Value.ToUpperInvariant()) < 0)
        {
            _diagnostics.Add(Descriptors.NotOneOf, method.Location, "method", ManifestReader.Shown(method.Value), string.Join(", ", Methods));
        }

        var verb = method?.Value.ToUpperInvariant() ?? "";
        var code = new ProgramWriter();
        code.Bytes(verb);
        Url(fields, verb, code);
        var mode = Mode(fields);
        var body = fields.Find("body_template");
        if (body is not null && verb is "GET" or "HEAD")
        {
            Bad(body, $"cannot be sent with {verb}");
        }

        code.Block(new HeadersReader(_variables, _egress.Rules, _diagnostics).Read(fields.Find("headers"), mode));
        code.Number(_egress.Rules.RequestMs > ProviderTimeoutMs ? (int)_egress.Rules.RequestMs : 0);
        code.Op(mode);
        if (body is not null)
        {
            Body(mode, body, code);
        }

        return code;
    }

    private void Url(Fields fields, string verb, ProgramWriter code)
    {
        var query = new FieldsReader(TemplatePlace.Query, _variables, _diagnostics);
        if (fields.RequireText("url_template") is { } text)
        {
            var url = new UrlTemplateReader(text, _variables, query, _diagnostics);
            url.Read();
            if (_egress.IsSound)
            {
                OriginCheck.Report(url, verb, text, _egress.Rules, _diagnostics);
            }

            code.Block(url.Text.Finish());
        }

        if (fields.Find("query") is { } pairs && !query.Read(pairs))
        {
            _diagnostics.Add(Descriptors.WrongKind, pairs.Location, "query", "a flat mapping of names to text", pairs.Kind);
        }

        code.Block(query.Code);
    }

    private BodyMode Mode(Fields fields)
    {
        var mode = fields.Text("body_mode");
        if (mode is not null && Array.IndexOf(Modes, mode.Value) < 0)
        {
            _diagnostics.Add(Descriptors.NotOneOf, mode.Location, "body_mode", ManifestReader.Shown(mode.Value), string.Join(", ", Modes));
            return BodyMode.None;
        }

        if (fields.Find("body_template") is not null)
        {
            return mode?.Value switch
            {
                "form" => BodyMode.Form,
                "text" => BodyMode.Text,
                "multipart" => BodyMode.Multipart,
                "base64" => BodyMode.Base64,
                _ => BodyMode.Json,
            };
        }

        if (mode is not null)
        {
            Bad(mode, "is missing, yet there is a body_mode");
        }

        return BodyMode.None;
    }

    private void Body(BodyMode mode, Node body, ProgramWriter code)
    {
        var reader = new BodyReader(_variables, _diagnostics);
        switch (mode)
        {
            case BodyMode.Json:
                code.Block(reader.Whole(body) ?? new ProgramWriter());
                break;
            case BodyMode.Form:
                var form = new FieldsReader(TemplatePlace.Form, _variables, _diagnostics);
                if (!form.Read(body))
                {
                    Bad(body, "of mode form must be a flat mapping of names to text");
                }

                code.Block(form.Code);
                break;
            case BodyMode.Text when body is TextNode text:
                code.Block(reader.Text(text, TemplatePlace.TextBody).Finish());
                break;
            case BodyMode.Text:
                Bad(body, "of mode text must be a string");
                break;
            case BodyMode.Multipart:
                code.Block(new MultipartReader(_variables, _diagnostics).Read(body));
                break;
            case BodyMode.Base64:
                Bytes(body, code);
                break;
        }
    }

    private void Bytes(Node body, ProgramWriter code)
    {
        if (body is TextNode text && TemplateText.Split(text, _diagnostics) is { Count: 1 } tokens && tokens[0].IsPlaceholder)
        {
            code.Number(_variables.Use(tokens[0], TemplatePlace.Bytes)?.Variable ?? 0);
            return;
        }

        Bad(body, "of mode base64 must be one placeholder");
    }

    private void Bad(Node at, string fault) => _diagnostics.Add(Descriptors.BadBodyTemplate, at.Location, fault);
}

/// <summary>The ways out that a template is compared with.</summary>
/// <param name="Rules">The rules.</param>
/// <param name="IsSound">Whether nothing is wrong with them; what is would show again as a fault of the template.</param>
internal sealed record TemplateEgress(EgressModel Rules, bool IsSound);
