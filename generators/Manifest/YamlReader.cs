using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.RegularExpressions;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Model;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LatchGate.Generators.Manifest;

/// <summary>
/// Reads one YAML document as JSON values. A plain scalar that is a JSON literal is that literal, any other is a string; the spellings
/// that other YAML readers take for booleans, numbers or null are refused, so that a manifest has one meaning. Anchors, aliases, tags,
/// merge keys, directives and further documents are refused: what a reviewer reads is what is built.
/// </summary>
internal sealed class YamlReader
{
    private const int MaxDepth = 64;

    private static readonly Regex JsonNumber = new(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant);

    private static readonly Regex Ambiguous = new(
        @"^([-+]?[0-9][0-9_]*|[-+]?0[xob][0-9a-fA-F_]+|[-+]?[0-9]*\.[0-9]*([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
        + "|Null|NULL|True|TRUE|False|FALSE|[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$",
        RegexOptions.CultureInvariant);

    private readonly string _path;
    private readonly DiagnosticBag _diagnostics;
    private readonly IParser _parser;

    private YamlReader(SourceFile file, DiagnosticBag diagnostics)
    {
        _path = file.Path;
        _diagnostics = diagnostics;
        _parser = new Parser(new StringReader(file.Text));
    }

    /// <summary>The document's value, or null after a diagnostic.</summary>
    public static Node? Read(SourceFile file, DiagnosticBag diagnostics)
    {
        if (!file.IsUnicode)
        {
            diagnostics.Add(Descriptors.Syntax, LocationInfo.StartOf(file.Path), "UTF-8", "some of its bytes are of another encoding");
            return null;
        }

        var reader = new YamlReader(file, diagnostics);
        try
        {
            return reader.ReadStream();
        }
        catch (YamlException exception)
        {
            var place = exception.Message.Contains(" tab ") ? reader.IndentingTab(file.Text) ?? reader.Last : reader.At(exception.Start, exception.Start);
            diagnostics.Add(Descriptors.Syntax, place, "YAML", FirstLine(exception.Message));
            return null;
        }
        catch (InvalidOperationException)
        {
            // How YamlDotNet's scanner leaves some malformed flow collections, without a mark of its own.
            diagnostics.Add(Descriptors.Syntax, reader.Last, "YAML", "it breaks off inside this value");
            return null;
        }
        catch (ArgumentException)
        {
            // How its parser leaves a tag that is no URI, likewise.
            diagnostics.Add(Descriptors.Syntax, reader.Last, "YAML", "a tag that is no URI stands after this value");
            return null;
        }
        catch (RefusedException)
        {
            return null;
        }
    }

    // The last thing that was read.
    private LocationInfo Last => _parser.Current is { } last ? At(last.Start, last.Start) : LocationInfo.StartOf(_path);

    // Where a tab indents, YamlDotNet names the value before it, or no place: it is the first one after what was read.
    private LocationInfo? IndentingTab(string text)
    {
        var last = Last;
        var start = 0;
        for (var line = 0; start < text.Length; line++)
        {
            var tab = start;
            while (tab < text.Length && text[tab] == ' ')
            {
                tab++;
            }

            if (line >= last.Line && tab < text.Length && text[tab] == '\t')
            {
                return new LocationInfo(_path, tab, line, tab - start, 1);
            }

            var end = text.IndexOf('\n', start);
            start = end < 0 ? text.Length : end + 1;
        }

        return null;
    }

    private Node? ReadStream()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
        {
            _diagnostics.Add(Descriptors.Syntax, LocationInfo.StartOf(_path), "YAML", "the file is empty");
            return null;
        }

        var start = _parser.Consume<DocumentStart>();
        if (start.Version is not null || start.Tags is { Count: > 0 } tags && HasOwnTags(tags))
        {
            throw Refuse(start, "a directive");
        }

        var node = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
        {
            throw Refuse(second, "a second document");
        }

        return node;
    }

    private Node ReadNode(int depth)
    {
        var next = _parser.Current ?? throw new YamlException("unexpected end");
        if (depth > MaxDepth)
        {
            throw Refuse(next, $"nesting deeper than {MaxDepth} levels");
        }

        if (next is AnchorAlias)
        {
            throw Refuse(next, "an alias");
        }

        if (next is NodeEvent { Anchor.IsEmpty: false })
        {
            throw Refuse(next, "an anchor");
        }

        if (next is NodeEvent { Tag.IsEmpty: false })
        {
            throw Refuse(next, "a tag");
        }

        return next switch
        {
            MappingStart => ReadMap(depth),
            SequenceStart => ReadList(depth),
            _ => ReadScalar(_parser.Consume<Scalar>()),
        };
    }

    private MapNode ReadMap(int depth)
    {
        var start = _parser.Consume<MappingStart>();
        var entries = new List<MapEntry>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (_parser.Current is not Scalar { Anchor.IsEmpty: true, Tag.IsEmpty: true })
            {
                throw Refuse(_parser.Current!, "a key that is not a plain string");
            }

            var key = _parser.Consume<Scalar>();
            if (key is { Value: "<<", Style: ScalarStyle.Plain })
            {
                throw Refuse(key, "a merge key");
            }

            var location = At(key.Start, key.End);
            if (!seen.Add(key.Value))
            {
                _diagnostics.Add(Descriptors.DuplicateKey, location, key.Value);
            }

            entries.Add(new MapEntry(key.Value, location, ReadNode(depth + 1)));
        }

        return new MapNode(At(start.Start, start.End), entries);
    }

    private ListNode ReadList(int depth)
    {
        var start = _parser.Consume<SequenceStart>();
        var items = new List<Node>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(depth + 1));
        }

        return new ListNode(At(start.Start, start.End), items);
    }

    private Node ReadScalar(Scalar scalar)
    {
        var location = At(scalar.Start, scalar.End);
        var text = scalar.Value;
        if (!IsUnicode(text))
        {
            _diagnostics.Add(Descriptors.Syntax, location, "YAML", "a string holds half of a surrogate pair");
        }

        if (scalar.Style != ScalarStyle.Plain)
        {
            return new TextNode(location, text);
        }

        switch (text)
        {
            case "" or "~" or "null":
                return new NullNode(location);
            case "true" or "false":
                return new BooleanNode(location, text == "true");
        }

        if (JsonNumber.IsMatch(text))
        {
            if (double.IsInfinity(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)))
            {
                _diagnostics.Add(Descriptors.Syntax, location, "YAML", "the number is larger than a double holds");
            }

            return new NumberNode(location, text);
        }

        if (Ambiguous.IsMatch(text))
        {
            _diagnostics.Add(Descriptors.YamlFeature, location, $"the unquoted '{text}', which YAML readers disagree about");
        }

        return new TextNode(location, text);
    }

    private RefusedException Refuse(ParsingEvent at, string what)
    {
        _diagnostics.Add(Descriptors.YamlFeature, At(at.Start, at.End), what);
        return new RefusedException();
    }

    private LocationInfo At(Mark start, Mark end) => new(
        _path,
        (int)start.Index,
        Math.Max(0, (int)start.Line - 1),
        Math.Max(0, (int)start.Column - 1),
        start.Line == end.Line ? Math.Max(0, (int)(end.Index - start.Index)) : 0);

    /// <summary>Whether each surrogate has its other half.</summary>
    internal static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasOwnTags(YamlDotNet.Core.TagDirectiveCollection tags)
    {
        foreach (var tag in tags)
        {
            if (tag.Handle is not ("!" or "!!"))
            {
                return true;
            }
        }

        return false;
    }

    private static string FirstLine(string message)
    {
        var end = message.IndexOf('\n');
        return (end < 0 ? message : message.Substring(0, end)).TrimEnd('.', '\r');
    }

    /// <summary>Leaves the reader after a diagnostic for something that cannot be read on from.</summary>
    private sealed class RefusedException : Exception;
}
