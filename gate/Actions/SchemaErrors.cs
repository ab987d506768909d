using System.Text;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>A compiled JSON Schema: reports each violation to <paramref name="errors"/>, none when the value is valid.</summary>
/// <param name="value">The value to check.</param>
/// <param name="errors">Collects the first few violations.</param>
public delegate void SchemaValidator(JsonElement value, ref SchemaErrors errors);

/// <summary>The first violations of a schema, each with a JSON pointer to the value. Allocates only when something is wrong.</summary>
public struct SchemaErrors
{
    /// <summary>How many violations are kept; a caller mends a few at a time (reference/kernel.md §1.10).</summary>
    public const int Kept = 5;

    private List<string>? _messages;
    private int _count;

    /// <summary>Violations seen, kept or not.</summary>
    public readonly int Count => _count;

    /// <summary>True when nothing was wrong.</summary>
    public readonly bool None => _count == 0;

    /// <summary>Adds one violation.</summary>
    /// <param name="pointer">JSON pointer (RFC 6901) of the value; empty for the whole document.</param>
    /// <param name="message">What is wrong, without the value itself: it may be a secret.</param>
    public void Add(string pointer, string message)
    {
        _count++;
        _messages ??= [];
        if (_messages.Count < Kept)
        {
            _messages.Add(pointer.Length == 0 ? message : $"{pointer}: {message}");
        }
    }

    /// <summary>The violations joined by <c>"; "</c>.</summary>
    public readonly override string ToString()
    {
        if (_messages is null)
        {
            return "";
        }

        var text = new StringBuilder().AppendJoin("; ", _messages);
        return _count > Kept ? text.Append($"; and {_count - Kept} more").ToString() : text.ToString();
    }
}
