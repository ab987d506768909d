using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Manifest;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit;

/// <summary>Writes the method that turns a valid request into the provider's task.</summary>
internal sealed class TemplateEmitter
{
    private readonly CodeWriter _code;
    private readonly TemplateModel _template;
    private int _texts;

    private TemplateEmitter(CodeWriter code, TemplateModel template)
    {
        _code = code;
        _template = template;
    }

    public static void Emit(CodeWriter code, TemplateModel template) => new TemplateEmitter(code, template).Emit();

    private void Emit()
    {
        _code.Line();
        _code.Open($"public static TemplateFault Render(JsonElement request, Utf8JsonWriter task)");
        var variables = _template.Variables;
        for (var i = 0; i < variables.Count; i++)
        {
            var fallback = variables[i].Default is null ? "default" : $"Default{i}";
            _code.Line($"var v{i} = request.TryGetProperty({CodeWriter.Utf8(variables[i].Name)}, out var found{i}) ? found{i} : {fallback};");
        }

        if (_template.Method.Length == 0)
        {
            Fault(_template.Body!);
            Value(_template.Body!);
        }
        else
        {
            _code.Line("TemplateFault fault;");
            Request();
        }

        _code.Line("return TemplateFault.None;");
        _code.Close();
        for (var i = 0; i < variables.Count; i++)
        {
            if (variables[i].Default is { } literal)
            {
                var json = literal.Type == JsonTypes.String ? CanonicalJson.Quote(literal.Text) : literal.Text;
                _code.Line();
                _code.Line($"private static readonly JsonElement Default{i} = SchemaRuntime.Constant({CodeWriter.Utf8(json)});");
            }
        }
    }

    // Declared only where a text with parts is written: every file task has one, its path.
    private void Fault(BodyModel task)
    {
        if (task.Members.Any(static member => member.Value.Kind == BodyKind.Text))
        {
            _code.Line("TemplateFault fault;");
        }
    }

    private void Request()
    {
        _code.Line("task.WriteStartObject();");
        Url();
        _code.Line($"task.WriteString(\"method\"u8, {CodeWriter.Utf8(_template.Method)});");
        _code.Line("task.WriteStartObject(\"headers\"u8);");
        foreach (var header in _template.Headers)
        {
            Member(header.Name, header.Parts, "Header");
        }

        _code.Line("task.WriteEndObject();");
        Body();
        _code.Line("task.WriteEndObject();");
    }

    private void Url()
    {
        var url = NewText();
        foreach (var step in _template.Url)
        {
            switch (step.Kind)
            {
                case UrlStepKind.Literal:
                    _code.Line($"{url}.Literal({CodeWriter.Utf8(step.Text)});");
                    break;
                case UrlStepKind.BeginSegment:
                    _code.Line($"{url}.BeginSegment();");
                    break;
                case UrlStepKind.EndSegment:
                    _code.Line($"{url}.EndSegment();");
                    break;
                case UrlStepKind.BeginPair:
                    if (step.Optional.Count > 0)
                    {
                        _code.Open($"if ({Present(step.Optional)})");
                    }

                    _code.Line($"{url}.Pair({CodeWriter.Utf8(step.Text)});");
                    break;
                case UrlStepKind.EndPair:
                    if (step.Optional.Count > 0)
                    {
                        _code.Close();
                    }

                    break;
                default:
                    var method = step.Kind switch
                    {
                        UrlStepKind.Raw => "Text",
                        UrlStepKind.HostLabel => "HostLabel",
                        UrlStepKind.Segments => "Segments",
                        _ => "Encoded",
                    };
                    _code.Line($"{url}.{method}(v{step.Variable});");
                    break;
            }
        }

        _code.Line("task.WritePropertyName(\"url\"u8);");
        Finish(url);
    }

    private void Body()
    {
        switch (_template.BodyMode)
        {
            case BodyMode.Json:
                _code.Line("task.WritePropertyName(\"body\"u8);");
                Value(_template.Body!);
                break;
            case BodyMode.Text:
                _code.Line("task.WritePropertyName(\"body\"u8);");
                Text(_template.Body!.Parts, "Text");
                break;
            case BodyMode.Form:
                var form = NewText();
                foreach (var field in _template.Form)
                {
                    var optional = Optional(field.Parts);
                    if (optional.Count > 0)
                    {
                        _code.Open($"if ({Present(optional)})");
                    }

                    _code.Line($"{form}.Field({CodeWriter.Utf8(field.Name + "=")});");
                    Parts(form, field.Parts, "Encoded");
                    if (optional.Count > 0)
                    {
                        _code.Close();
                    }
                }

                _code.Line("task.WritePropertyName(\"body\"u8);");
                Finish(form);
                break;
        }
    }

    private void Value(BodyModel body)
    {
        switch (body.Kind)
        {
            case BodyKind.Object:
                _code.Line("task.WriteStartObject();");
                foreach (var member in body.Members)
                {
                    Guarded(member.Value, () =>
                    {
                        _code.Line($"task.WritePropertyName({CodeWriter.Utf8(member.Name)});");
                        Value(member.Value);
                    });
                }

                _code.Line("task.WriteEndObject();");
                break;
            case BodyKind.Array:
                _code.Line("task.WriteStartArray();");
                foreach (var member in body.Members)
                {
                    Guarded(member.Value, () => Value(member.Value));
                }

                _code.Line("task.WriteEndArray();");
                break;
            case BodyKind.Value:
                _code.Line($"v{body.Variable}.WriteTo(task);");
                break;
            case BodyKind.Text:
                Text(body.Parts, "Text");
                break;
            default:
                var literal = body.Literal!;
                _code.Line(literal.Type == JsonTypes.String
                    ? $"task.WriteStringValue({CodeWriter.Utf8(literal.Text)});"
                    : $"task.WriteRawValue({CodeWriter.Utf8(literal.Text)});");
                break;
        }
    }

    // A member whose placeholder has no value is left out.
    private void Guarded(BodyModel value, System.Action write)
    {
        var optional = value.Kind == BodyKind.Value ? Optional(value.Variable) : Optional(value.Parts);
        if (optional.Count == 0)
        {
            write();
            return;
        }

        _code.Open($"if ({Present(optional)})");
        write();
        _code.Close();
    }

    private void Member(string name, ImmutableEquatableArray<TextPart> parts, string method)
    {
        if (parts.All(static part => part.Variable < 0))
        {
            _code.Line($"task.WriteString({CodeWriter.Utf8(name)}, {CodeWriter.Utf8(string.Concat(parts.Select(static part => part.Text)))});");
            return;
        }

        var optional = Optional(parts);
        if (optional.Count > 0)
        {
            _code.Open($"if ({Present(optional)})");
        }

        _code.Line($"task.WritePropertyName({CodeWriter.Utf8(name)});");
        Text(parts, method);
        if (optional.Count > 0)
        {
            _code.Close();
        }
    }

    private void Text(ImmutableEquatableArray<TextPart> parts, string method)
    {
        var text = NewText();
        Parts(text, parts, method);
        Finish(text);
    }

    private void Parts(string text, ImmutableEquatableArray<TextPart> parts, string method)
    {
        foreach (var part in parts)
        {
            _code.Line(part.Variable < 0 ? $"{text}.Literal({CodeWriter.Utf8(part.Text)});" : $"{text}.{method}(v{part.Variable});");
        }
    }

    private string NewText()
    {
        var name = $"text{_texts++}";
        _code.Line($"var {name} = new TaskText(stackalloc byte[TaskText.OnStack]);");
        return name;
    }

    private void Finish(string text)
    {
        _code.Open($"if (!{text}.TryWrite(task, out fault))");
        _code.Line("return fault;");
        _code.Close();
        _code.Line();
    }

    private List<int> Optional(ImmutableEquatableArray<TextPart> parts) => [.. parts.SelectMany(part => Optional(part.Variable)).Distinct()];

    private List<int> Optional(int variable) => variable >= 0 && _template.Variables[variable].MayBeAbsent ? [variable] : [];

    private static string Present(IEnumerable<int> variables) =>
        string.Join(" && ", variables.Select(static variable => $"v{variable}.ValueKind != JsonValueKind.Undefined"));
}
