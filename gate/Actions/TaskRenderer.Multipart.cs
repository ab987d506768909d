using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LatchGate.Actions;

/// <summary>
/// <c>multipart/form-data</c> (RFC 7578). The boundary is taken from the SHA-256 of the body with zeros in its place: the same request
/// gives the same bytes, and no value can hold the boundary of the body that it is in.
/// </summary>
internal readonly ref partial struct TaskRenderer
{
    private const int MaxParts = 64;
    private const int BoundaryBytes = 16;

    private TemplateRefusal? Multipart(ProgramReader headers, ProgramReader parts)
    {
        var body = new TaskText(stackalloc byte[TaskText.OnStack]);
        Span<int> boundaries = stackalloc int[MaxParts + 1];
        scoped var rest = parts;
        var count = 0;
        while (!rest.AtEnd)
        {
            if (Part(ref rest, ref body, boundaries, ref count) is { } refusal)
            {
                body.Free();
                return refusal;
            }
        }

        boundaries[count++] = Boundary(ref body);
        body.Literal("--\r\n"u8);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body.Written, digest);
        Span<byte> boundary = stackalloc byte[2 * BoundaryBytes];
        for (var i = 0; i < boundary.Length; i++)
        {
            boundary[i] = "0123456789abcdef"u8[(digest[i / 2] >> ((1 - i % 2) * 4)) & 15];
        }

        foreach (var at in boundaries[..count])
        {
            boundary.CopyTo(body.Written[at..]);
        }

        _task.WriteStartObject("headers"u8);
        var result = Headers(headers);
        if (result is null)
        {
            _task.WriteString("Content-Type"u8, [.. "multipart/form-data; boundary="u8, .. boundary]);
            _task.WriteEndObject();
            _task.WriteBase64String("body_base64"u8, body.Written);
            _task.WriteEndObject();
        }

        body.Free();
        return result;
    }

    private TemplateRefusal? Part(ref ProgramReader parts, ref TaskText body, Span<int> boundaries, ref int count)
    {
        var kind = (PartOp)parts.Byte();
        var name = parts.Bytes();
        var isBase64 = kind.HasFlag(PartOp.Base64);
        var variable = isBase64 ? parts.Number() : -1;
        var text = isBase64 ? default : parts.Block();
        var fileName = kind.HasFlag(PartOp.FileName) ? parts.Block() : default;
        var type = kind.HasFlag(PartOp.Type) ? parts.Block() : default;
        if (isBase64 ? !Has(variable) : !Has(text))
        {
            return null;
        }

        boundaries[count++] = Boundary(ref body);
        body.Literal("\r\nContent-Disposition: form-data; name=\""u8);
        body.Literal(name);
        if (kind.HasFlag(PartOp.FileName) && Has(fileName))
        {
            body.Literal("\"; filename=\""u8);
            if (Parts(fileName, ref body) is { } refusal)
            {
                return refusal;
            }
        }

        body.Literal("\""u8);
        if (kind.HasFlag(PartOp.Type) && Has(type))
        {
            body.Literal("\r\nContent-Type: "u8);
            if (Parts(type, ref body) is { } refusal)
            {
                return refusal;
            }
        }

        body.Literal("\r\n\r\n"u8);
        var fault = isBase64 ? Decoded(variable, ref body) : Parts(text, ref body);
        body.Literal("\r\n"u8);
        return fault;
    }

    private TemplateRefusal? Decoded(int variable, ref TaskText body)
    {
        var value = _input.Value(variable);
        if (!IsBase64(value))
        {
            return new TemplateRefusal(TemplateFault.InvalidBase64, _input.Pointer(variable));
        }

        body.Decoded(JsonMarshal.GetRawUtf8Value(value)[1..^1]);
        return null;
    }

    private static int Boundary(ref TaskText body)
    {
        body.Literal("--"u8);
        var at = body.Length;
        body.Literal("00000000000000000000000000000000"u8);
        return at;
    }
}
