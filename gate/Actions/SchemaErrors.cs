using System.Globalization;
using System.Runtime.CompilerServices;
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

    // Payloads nest ten levels at most; what is deeper is reported at this depth.
    private const int MaxPath = 16;
    private const int MaxName = 64;

    private List<string>? _messages;
    private Segments _path;
    private int _depth;
    private int _count;
    private bool _muted;

    /// <summary>Violations seen, kept or not.</summary>
    public readonly int Count => _count;

    /// <summary>True when nothing was wrong.</summary>
    public readonly bool None => _count == 0;

    /// <summary>Collects only whether there are violations: for the branches of <c>anyOf</c>, <c>oneOf</c>, <c>not</c> and <c>if</c>.</summary>
    internal static SchemaErrors Probe() => new() { _muted = true };

    /// <summary>Adds one violation.</summary>
    /// <param name="pointer">JSON pointer (RFC 6901) of the value; empty for the whole document.</param>
    /// <param name="message">What is wrong, without the value itself: it may be a secret.</param>
    public void Add(string pointer, string message)
    {
        _count++;
        if (_muted)
        {
            return;
        }

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

    /// <summary>Adds one violation of the value that the validator is at.</summary>
    internal void Add(string message)
    {
        if (_muted || _count >= Kept)
        {
            _count++;
            return;
        }

        Add(Pointer(), message);
    }

    /// <summary>Adds a member that the schema does not know. Its name is shown, since the caller must find it; its value is not.</summary>
    internal void AddUnknown(JsonProperty member)
    {
        if (_muted || _count >= Kept)
        {
            _count++;
            return;
        }

        var name = member.Name;
        Add($"has the unknown member '{(name.Length <= MaxName ? name : name[..MaxName] + "…")}'");
    }

    /// <summary>Goes to a member. The name is only turned into text when something is wrong below it.</summary>
    internal void Enter(JsonProperty member)
    {
        if (_depth < MaxPath)
        {
            _path[_depth] = new Segment(member, -1);
        }

        _depth++;
    }

    /// <summary>Goes to an element of an array.</summary>
    internal void Enter(int index)
    {
        if (_depth < MaxPath)
        {
            _path[_depth] = new Segment(default, index);
        }

        _depth++;
    }

    /// <summary>Goes back up.</summary>
    internal void Leave() => _depth--;

    private readonly string Pointer()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Math.Min(_depth, MaxPath); i++)
        {
            var segment = _path[i];
            text.Append('/').Append(segment.Index >= 0
                ? segment.Index.ToString(CultureInfo.InvariantCulture)
                : segment.Member.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
        }

        return text.ToString();
    }

    private readonly record struct Segment(JsonProperty Member, int Index);

    [InlineArray(MaxPath)]
    private struct Segments
    {
        private Segment _first;
    }
}
