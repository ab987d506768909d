using System;
using System.Collections.Generic;
using System.Text;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit.Image;

/// <summary>
/// Collects all actions into the one table that the gate's <c>ActionImage</c> reads: texts, automata and sub-schemas that occur twice are
/// written once.
/// </summary>
internal sealed class ImageWriter
{
    private const int HeaderBytes = 24;

    private readonly CodeBuffer _texts = new();
    private readonly CodeBuffer _patterns = new();
    private readonly CodeBuffer _schemas = new();
    private readonly CodeBuffer _records = new();
    private readonly CodeBuffer _index = new();
    private readonly Dictionary<string, int> _textAt = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _patternAt = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _schemaAt = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Adds an action; the order is that of the ids.</summary>
    public void Add(ActionModel action)
    {
        _count++;
        _index.Fixed(_records.Length);
        SpecWriter.Write(new RecordWriter(_records, this), action);
    }

    /// <summary>The offset of a text.</summary>
    public int Text(string text)
    {
        if (!_textAt.TryGetValue(text, out var at))
        {
            at = _texts.Length;
            _textAt.Add(text, at);
            _texts.Text(text);
        }

        return at;
    }

    /// <summary>The offset of an automaton.</summary>
    public int Pattern(DfaModel dfa)
    {
        if (!_patternAt.TryGetValue(dfa.Source, out var at))
        {
            at = _patterns.Length;
            _patternAt.Add(dfa.Source, at);
            _patterns.Append(PatternWriter.Write(dfa));
        }

        return at;
    }

    /// <summary>The offset of a schema.</summary>
    public int Schema(SchemaDocument document) => new SchemaWriter(this, document).Write();

    /// <summary>The offset plus one of what fills in a request's defaults; zero where there is nothing to fill in.</summary>
    /// <param name="document">The schema.</param>
    /// <param name="nested">Whether the members of the request itself are left to the template.</param>
    public int Defaults(SchemaDocument document, bool nested) => new DefaultsWriter(this, document).Write(nested);

    /// <summary>The offset of code in the section of schemas.</summary>
    public int Place(CodeBuffer code)
    {
        var key = code.Gaps.Count > 0 ? null : KeyOf(code);
        if (key is not null && _schemaAt.TryGetValue(key, out var at))
        {
            return at;
        }

        at = _schemas.Length;
        _schemas.Bytes.AddRange(code.Bytes);
        if (key is not null)
        {
            _schemaAt.Add(key, at);
        }

        return at;
    }

    /// <summary>Fills in a reference of code that was placed.</summary>
    public void Fill(int at, int value) => _schemas.Fill(at, value);

    /// <summary>The whole, as the text of a UTF-8 literal.</summary>
    public string Finish()
    {
        var all = new CodeBuffer();
        all.Fixed(_count);
        var at = HeaderBytes;
        foreach (var section in new[] { _texts, _patterns, _schemas, _records, _index })
        {
            all.Fixed(at);
            at += section.Length;
        }

        foreach (var section in new[] { _texts, _patterns, _schemas, _records, _index })
        {
            all.Append(section);
        }

        return Encoding.UTF8.GetString(all.Bytes.ToArray());
    }

    private static string KeyOf(CodeBuffer code)
    {
        var key = new StringBuilder(code.Length);
        foreach (var octet in code.Bytes)
        {
            key.Append((char)octet);
        }

        return key.ToString();
    }
}
