using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>Runs the code of a compiled template (grammar: TemplateCode.cs): a valid request in, the provider's task out.</summary>
internal readonly ref partial struct TaskRenderer
{
    private readonly TemplateInput _input;
    private readonly Utf8JsonWriter _task;

    private TaskRenderer(TemplateInput input, Utf8JsonWriter task)
    {
        _input = input;
        _task = task;
    }

    /// <summary>Writes the task.</summary>
    /// <param name="code">The template.</param>
    /// <param name="defaults">Its defaults (<see cref="TemplateInput.DefaultsOf"/>).</param>
    /// <param name="request">Valid against the schema.</param>
    /// <param name="task">Receives one JSON object.</param>
    /// <returns>Null, or why a value does not fit its place; what was written is then to be discarded.</returns>
    public static TemplateRefusal? Render(ReadOnlySpan<byte> code, JsonElement[] defaults, JsonElement request, Utf8JsonWriter task)
    {
        var program = new ProgramReader(code);
        var renderer = new TaskRenderer(new TemplateInput(program.Bytes(), defaults, request), task);
        return (TemplateKind)program.Byte() == TemplateKind.File ? renderer.Node(program.Block()) : renderer.Http(program);
    }

    private TemplateRefusal? Http(ProgramReader code)
    {
        _task.WriteStartObject();
        var method = code.Bytes();
        var url = new TaskText(stackalloc byte[TaskText.OnStack]);
        var refusal = Parts(code.Block(), ref url) ?? Fields(code.Block(), ref url, isQuery: true);
        if (refusal is not null)
        {
            url.Free();
            return refusal;
        }

        _task.WritePropertyName("url"u8);
        url.WriteTo(_task);
        _task.WriteString("method"u8, method);
        var headers = code.Block();
        if (code.Number() is > 0 and var timeout)
        {
            _task.WriteNumber("timeout_ms"u8, timeout);
        }

        var mode = (BodyMode)code.Byte();
        if (mode == BodyMode.Multipart)
        {
            return Multipart(headers, code.Block());
        }

        _task.WriteStartObject("headers"u8);
        if (Headers(headers) is { } refused)
        {
            return refused;
        }

        _task.WriteEndObject();
        return Body(mode, code);
    }

    private TemplateRefusal? Headers(ProgramReader headers)
    {
        while (!headers.AtEnd)
        {
            var name = headers.Bytes();
            var parts = headers.Block();
            if (Has(parts) && Header(name, parts) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private TemplateRefusal? Header(ReadOnlySpan<byte> name, ProgramReader parts)
    {
        var text = new TaskText(stackalloc byte[TaskText.OnStack]);
        var refusal = Parts(parts, ref text);

        // Blanks around a value are not part of it (RFC 9110 section 5.5): the peer would read another.
        if (refusal is null && text.Written is ([(byte)' ', ..] or [.., (byte)' ']))
        {
            refusal = new TemplateRefusal(TemplateFault.InvalidHeaderValue, _input.Pointer(LastVariable(parts)));
        }

        if (refusal is not null)
        {
            text.Free();
            return refusal;
        }

        _task.WritePropertyName(name);
        text.WriteTo(_task);
        return null;
    }

    private TemplateRefusal? Body(BodyMode mode, ProgramReader code)
    {
        switch (mode)
        {
            case BodyMode.Json:
                _task.WritePropertyName("body"u8);
                return Node(code.Block()) ?? End();
            case BodyMode.Text:
                _task.WritePropertyName("body_text"u8);
                return String(code.Block()) ?? End();
            case BodyMode.Form:
                return Form(code.Block()) ?? End();
            case BodyMode.Base64:
                return Bytes(code.Number()) ?? End();
            default:
                return End();
        }
    }

    private TemplateRefusal? End()
    {
        _task.WriteEndObject();
        return null;
    }

    private TemplateRefusal? Form(ProgramReader fields)
    {
        var form = new TaskText(stackalloc byte[TaskText.OnStack]);
        if (Fields(fields, ref form, isQuery: false) is { } refusal)
        {
            form.Free();
            return refusal;
        }

        _task.WritePropertyName("body_text"u8);
        form.WriteTo(_task);
        return null;
    }

    private TemplateRefusal? Bytes(int variable)
    {
        var value = _input.Value(variable);
        if (!IsBase64(value))
        {
            return new TemplateRefusal(TemplateFault.InvalidBase64, _input.Pointer(variable));
        }

        _task.WritePropertyName("body_base64"u8);
        value.WriteTo(_task);
        return null;
    }

    // The base library also takes blanks, which a provider need not.
    private static bool IsBase64(JsonElement value)
    {
        var text = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        return !text.ContainsAny(" \\"u8) && Base64.IsValid(text);
    }

    // ---- JSON ----

    private TemplateRefusal? Node(ProgramReader node)
    {
        switch ((NodeOp)node.Byte())
        {
            case NodeOp.Constant:
                _task.WriteRawValue(node.Bytes(), skipInputValidation: true);
                return null;
            case NodeOp.Value:
                _input.Value(node.Number()).WriteTo(_task);
                return null;
            case NodeOp.Text:
                return String(node.Block());
            case NodeOp.Object:
                return Object(node);
            default:
                return Array(node);
        }
    }

    private TemplateRefusal? Object(ProgramReader members)
    {
        members.Byte();
        var all = members;
        _task.WriteStartObject();
        while (!members.AtEnd)
        {
            if ((MemberOp)members.Byte() == MemberOp.Spread)
            {
                if (Spread(members.Number(), all) is { } taken)
                {
                    return taken;
                }

                continue;
            }

            var name = members.Bytes();
            var node = members.Block();
            if (!HasNode(node))
            {
                continue;
            }

            _task.WritePropertyName(name);
            if (Node(node) is { } refusal)
            {
                return refusal;
            }
        }

        _task.WriteEndObject();
        return null;
    }

    private TemplateRefusal? Array(ProgramReader items)
    {
        items.Byte();
        _task.WriteStartArray();
        while (!items.AtEnd)
        {
            var node = items.Block();
            if (HasNode(node) && Node(node) is { } refusal)
            {
                return refusal;
            }
        }

        _task.WriteEndArray();
        return null;
    }

    private TemplateRefusal? Spread(int variable, ProgramReader members)
    {
        if (_input.Value(variable) is not { ValueKind: JsonValueKind.Object } value)
        {
            return null;
        }

        foreach (var property in value.EnumerateObject())
        {
            for (var named = members; !named.AtEnd;)
            {
                if ((MemberOp)named.Byte() == MemberOp.Spread)
                {
                    named.Number();
                    continue;
                }

                if (property.NameEquals(named.Bytes()))
                {
                    return Refused(TemplateFault.NameTaken, variable, property.Name);
                }

                named.Bytes();
            }

            property.WriteTo(_task);
        }

        return null;
    }

    private TemplateRefusal? String(ProgramReader parts)
    {
        var text = new TaskText(stackalloc byte[TaskText.OnStack]);
        if (Parts(parts, ref text) is { } refusal)
        {
            text.Free();
            return refusal;
        }

        text.WriteTo(_task);
        return null;
    }

    // ---- text ----

    private TemplateRefusal? Parts(ProgramReader parts, ref TaskText text)
    {
        var variable = -1;
        while (!parts.AtEnd)
        {
            var fault = TemplateFault.None;
            switch ((TextOp)parts.Byte())
            {
                case TextOp.Literal:
                    text.Literal(parts.Bytes());
                    break;
                case TextOp.Value:
                    var mode = (TextMode)parts.Byte();
                    variable = parts.Number();
                    fault = text.Value(mode, _input.Value(variable));
                    break;
                case TextOp.BeginSegment:
                    text.BeginSegment();
                    break;
                case TextOp.EndSegment:
                    fault = text.EndSegment();
                    break;
                case TextOp.BeginEncoded:
                    text.BeginEncoded();
                    break;
                case TextOp.Optional:
                    var optional = parts.Block();
                    if (Has(optional) && Parts(optional, ref text) is { } refusal)
                    {
                        return refusal;
                    }

                    break;
                default:
                    text.EndEncoded((TextMode)parts.Byte());
                    break;
            }

            if (fault != TemplateFault.None)
            {
                return new TemplateRefusal(fault, _input.Pointer(variable));
            }
        }

        return null;
    }

    private TemplateRefusal Refused(TemplateFault fault, int variable, string member)
    {
        var name = member.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
        return new TemplateRefusal(fault, $"{_input.Pointer(variable)}/{name}");
    }
}
