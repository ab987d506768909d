using System.Text;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>The values that a template's variables have in one request.</summary>
/// <param name="variables">The code that names them.</param>
/// <param name="defaults">What stands in, by variable (<see cref="DefaultsOf"/>).</param>
/// <param name="request">The request.</param>
internal readonly ref struct TemplateInput(ReadOnlySpan<byte> variables, JsonElement[] defaults, JsonElement request)
{
    private readonly ReadOnlySpan<byte> _variables = variables;

    /// <summary>The value of a variable; of kind <see cref="JsonValueKind.Undefined"/> when it has none.</summary>
    public JsonElement Value(int variable)
    {
        var record = Record(variable);
        var value = request;
        var isThere = true;
        for (var names = record.Number(); names > 0; names--)
        {
            var name = record.Bytes();
            isThere = isThere && value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out value);
        }

        return isThere ? value : defaults[variable];
    }

    /// <summary>The defaults of a template, by variable; of kind <see cref="JsonValueKind.Undefined"/> where there is none. Parsed once.</summary>
    /// <param name="code">The template.</param>
    public static JsonElement[] DefaultsOf(ReadOnlySpan<byte> code)
    {
        var count = 0;
        for (var records = new ProgramReader(code).Block(); !records.AtEnd; count++)
        {
            records.Bytes();
        }

        var defaults = new JsonElement[count];
        var variables = new ProgramReader(code).Block();
        for (var i = 0; i < count; i++)
        {
            var record = variables.Block();
            for (var names = record.Number(); names > 0; names--)
            {
                record.Bytes();
            }

            if (!record.AtEnd)
            {
                defaults[i] = SchemaRuntime.Constant(record.Bytes());
            }
        }

        return defaults;
    }

    /// <summary>Where in the request the value of a variable is: a JSON pointer.</summary>
    public string Pointer(int variable)
    {
        if (variable < 0)
        {
            return "";
        }

        var pointer = new StringBuilder();
        var record = Record(variable);
        for (var names = record.Number(); names > 0; names--)
        {
            pointer.Append('/').Append(Encoding.UTF8.GetString(record.Bytes()));
        }

        return pointer.ToString();
    }

    private ProgramReader Record(int variable)
    {
        var records = new ProgramReader(_variables);
        for (; variable > 0; variable--)
        {
            records.Bytes();
        }

        return records.Block();
    }
}
