using System.Text;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>The values that a template's variables have in one request.</summary>
internal readonly ref struct TemplateInput(ReadOnlySpan<byte> variables, JsonElement request)
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

        return isThere ? value : record.AtEnd ? default : SchemaRuntime.Constant(record.Bytes());
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
