using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using LatchGate.Pipeline;

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

    /// <summary>Adds one violation of the value that the validator is at.</summary>
    /// <param name="rule">The keyword that is violated.</param>
    /// <param name="message">What is wrong, without the value itself.</param>
    internal void Fail(string rule, string message)
    {
        if (_muted || _count >= Kept)
        {
            _count++;
            return;
        }

        Add(Pointer(), $"{message} ({rule})");
    }

    /// <summary>As the other, for a message that ends in a number of the schema.</summary>
    internal void Fail(string rule, string message, ReadOnlySpan<byte> bound)
    {
        if (_muted || _count >= Kept)
        {
            _count++;
            return;
        }

        Fail(rule, $"{message} {Encoding.UTF8.GetString(bound)}");
    }

    /// <summary>As the other, for a message that counts something of the schema.</summary>
    internal void Fail(string rule, string message, long bound, string unit)
    {
        if (_muted || _count >= Kept)
        {
            _count++;
            return;
        }

        Fail(rule, $"{message} {bound.ToString(CultureInfo.InvariantCulture)} {unit}");
    }

    /// <summary>As the other, for a message that names a member.</summary>
    internal void FailMember(string rule, string message, ReadOnlySpan<byte> name)
    {
        if (_muted || _count >= Kept)
        {
            _count++;
            return;
        }

        Fail(rule, $"{message} '{Cut(Encoding.UTF8.GetString(name))}'");
    }

    /// <summary>Collects from here on only whether there are violations: for branches such as those of <c>anyOf</c> and <c>not</c>.</summary>
    /// <returns>What <see cref="Unmute"/> needs to go back to.</returns>
    internal int Mute()
    {
        var saved = (_count << 1) | (_muted ? 1 : 0);
        (_count, _muted) = (0, true);
        return saved;
    }

    /// <summary>Collects again as before <see cref="Mute"/>.</summary>
    /// <returns>Whether nothing was wrong in between.</returns>
    internal bool Unmute(int saved)
    {
        var held = _count == 0;
        (_count, _muted) = (saved >> 1, (saved & 1) != 0);
        return held;
    }

    /// <summary>Whether no message is kept, so that none need be made.</summary>
    internal readonly bool IsMuted => _muted || _count >= Kept;

    /// <summary>Whether one more violation makes no difference.</summary>
    internal readonly bool Decided => _muted && _count > 0;

    /// <summary>Adds a member that the schema does not know. Its name is shown, since the caller must find it; its value is not.</summary>
    internal void AddUnknown(JsonProperty member)
    {
        if (_muted || _count >= Kept)
        {
            _count++;
            return;
        }

        Fail("additionalProperties", $"has the unknown member '{Cut(member.Name)}'");
    }

    /// <summary>Adds a member whose name the schema does not take.</summary>
    internal void AddName(JsonProperty member)
    {
        if (_muted || _count >= Kept)
        {
            _count++;
            return;
        }

        Fail("propertyNames", $"has the member '{Cut(member.Name)}', whose name is not allowed");
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

    // A name comes from the caller: it is cut, and shown without what would move a terminal's cursor.
    private static string Cut(string name) => PlainText.Clean(name, MaxName);

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
