using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>
/// Puts the schema's defaults where a request leaves members out: below <c>properties</c> and <c>items</c>, also behind <c>$ref</c> and
/// <c>allOf</c>, and never behind alternatives, where it would not be clear whose default it is. An object that is absent stays absent,
/// unless it has a default itself, which is then taken as it is written. The generator's <c>DefaultsWriter</c> writes what is read here.
/// </summary>
public sealed class RequestDefaults
{
    private readonly ActionImage _image;
    private readonly int _at;

    private RequestDefaults(ActionImage image, int at) => (_image, _at) = (image, at);

    /// <summary>The defaults at an offset plus one; null for zero.</summary>
    internal static RequestDefaults? Of(ActionImage image, int reference) =>
        reference == 0 ? null : new RequestDefaults(image, reference - 1);

    /// <summary>Whether the request leaves out a member that has a default.</summary>
    internal bool AreMissing(JsonElement request) => AreMissing(_image.Schemas, _at, request);

    /// <summary>Writes the request with its defaults.</summary>
    internal void Write(JsonElement request, Utf8JsonWriter output) => Write(_at, request, output);

    private static bool AreMissing(ReadOnlySpan<byte> code, int at, JsonElement value)
    {
        var items = Number(code, ref at) - 1;
        if (value.ValueKind == JsonValueKind.Array && items >= 0)
        {
            foreach (var item in value.EnumerateArray())
            {
                if (AreMissing(code, items, item))
                {
                    return true;
                }
            }
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        for (var left = Number(code, ref at); left > 0; left--)
        {
            var name = Name(code, ref at);
            var fallback = Number(code, ref at);
            var below = Number(code, ref at) - 1;
            if (value.TryGetProperty(name, out var member) ? below >= 0 && AreMissing(code, below, member) : fallback > 0)
            {
                return true;
            }
        }

        return false;
    }

    private void Write(int at, JsonElement value, Utf8JsonWriter output)
    {
        var code = _image.Schemas;
        var items = Number(code, ref at) - 1;
        switch (value.ValueKind)
        {
            case JsonValueKind.Array when items >= 0:
                output.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(items, item, output);
                }

                output.WriteEndArray();
                break;
            case JsonValueKind.Object:
                output.WriteStartObject();
                Members(code, at, value, output);
                output.WriteEndObject();
                break;
            default:
                value.WriteTo(output);
                break;
        }
    }

    private void Members(ReadOnlySpan<byte> code, int at, JsonElement value, Utf8JsonWriter output)
    {
        foreach (var member in value.EnumerateObject())
        {
            output.WritePropertyName(member.Name);
            if (Below(code, at, member) is var below and >= 0)
            {
                Write(below, member.Value, output);
            }
            else
            {
                member.Value.WriteTo(output);
            }
        }

        for (var left = Number(code, ref at); left > 0; left--)
        {
            var name = Name(code, ref at);
            var fallback = Number(code, ref at);
            Number(code, ref at);
            if (fallback > 0 && !value.TryGetProperty(name, out _))
            {
                output.WritePropertyName(name);
                output.WriteRawValue(ImageReader.Utf8(_image.Texts, fallback - 1));
            }
        }
    }

    private static int Below(ReadOnlySpan<byte> code, int at, JsonProperty member)
    {
        for (var left = Number(code, ref at); left > 0; left--)
        {
            var found = member.NameEquals(Name(code, ref at));
            Number(code, ref at);
            var below = Number(code, ref at) - 1;
            if (found)
            {
                return below;
            }
        }

        return -1;
    }

    private static int Number(ReadOnlySpan<byte> code, ref int at) => (int)ImageReader.Long(code, ref at);

    private static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> code, scoped ref int at)
    {
        var length = Number(code, ref at);
        at += length;
        return code.Slice(at - length, length);
    }
}
