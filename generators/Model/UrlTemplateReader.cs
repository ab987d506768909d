using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>
/// Compiles <c>url_template</c>. Where a placeholder stands decides how its value is written (reference/kernel.md §2.4):
/// <code>
/// {{url}}                                  the whole URL, as it is
/// https://{{label}}.example.com:8443       one host label, or part of one
/// /a/{{segment}}/x-{{part}}                a path segment, percent-encoded; never empty, "." or ".."
/// /a/{{rest:path}}                         several segments, each as above
/// ?q={{value}}&amp;page={{page}}               a query value, percent-encoded; the pair is left out when it has no value
/// </code>
/// </summary>
internal sealed class UrlTemplateReader(TextNode node, TemplateVariables variables, DiagnosticBag diagnostics)
{
    private readonly List<UrlStep> _steps = [];
    private readonly StringBuilder _literal = new();

    /// <summary>The steps; empty after a diagnostic.</summary>
    public static ImmutableEquatableArray<UrlStep> Read(TextNode node, TemplateVariables variables, DiagnosticBag diagnostics) =>
        new UrlTemplateReader(node, variables, diagnostics).Read();

    private ImmutableEquatableArray<UrlStep> Read()
    {
        if (TemplateText.Split(node, diagnostics) is not { } tokens)
        {
            return ImmutableEquatableArray<UrlStep>.Empty;
        }

        if (tokens.Count == 1 && tokens[0] is { IsPlaceholder: true, IsPath: false } whole)
        {
            Write(UrlStepKind.Raw, whole, "the place of the whole URL", JsonTypes.String, needsValue: true);
        }
        else
        {
            Structure(Flatten(tokens));
        }

        Flush();
        return _steps.ToEquatableArray();
    }

    private void Structure(List<Piece> pieces)
    {
        var text = string.Concat(pieces.Select(static piece => piece.Placeholder is null ? piece.Character : '\0'));
        var scheme = text.StartsWith("https://", StringComparison.Ordinal) ? 8 : text.StartsWith("http://", StringComparison.Ordinal) ? 7 : 0;
        var fault = scheme == 0 ? "must begin with http:// or https://"
            : text.Any(static c => c is not '\0' and (<= ' ' or >= '\x7f' or '\\' or '"' or '<' or '>' or '^' or '`' or '{' or '|' or '}')) ? "holds a character that a URL cannot"
            : text.Contains('#') ? "has a fragment, which is never sent"
            : null;
        if (fault is not null)
        {
            diagnostics.Add(Descriptors.BadUrlTemplate, node.Location, fault);
            return;
        }

        var path = IndexOfAny(text, scheme, '/', '?');
        var query = IndexOfAny(text, path, '?', '?');
        _literal.Append(text, 0, scheme);
        Authority(pieces.GetRange(scheme, path - scheme));
        for (var at = path; at < query;)
        {
            var end = IndexOfAny(text, at + 1, '/', '?');
            _literal.Append('/');
            Segment(pieces.GetRange(at + 1, end - at - 1));
            at = end;
        }

        for (var at = query; at < text.Length;)
        {
            var end = IndexOfAny(text, at + 1, '&', '&');
            Pair(pieces.GetRange(at + 1, end - at - 1));
            at = end;
        }
    }

    private void Authority(List<Piece> pieces)
    {
        var port = pieces.FindIndex(static piece => piece.Placeholder is null && piece.Character == ':');
        if (pieces.Count == 0 || pieces.Exists(static piece => piece.Placeholder is null && piece.Character == '@')
            || (port >= 0 && pieces.FindIndex(port, static piece => piece.Placeholder is not null) >= 0))
        {
            diagnostics.Add(Descriptors.BadUrlTemplate, node.Location, "needs a host, without user information and with a fixed port");
            return;
        }

        foreach (var piece in pieces)
        {
            Append(piece, UrlStepKind.HostLabel, "a host label", JsonTypes.String);
        }
    }

    private void Segment(List<Piece> pieces)
    {
        if (pieces.Count == 1 && pieces[0].Placeholder is { IsPath: true } several)
        {
            Flush();
            Write(UrlStepKind.Segments, several, "a path", JsonTypes.String, needsValue: true);
            return;
        }

        if (pieces.TrueForAll(static piece => piece.Placeholder is null))
        {
            var text = string.Concat(pieces.Select(static piece => piece.Character));
            if (text.ToLowerInvariant().Replace("%2e", ".") is "." or "..")
            {
                diagnostics.Add(Descriptors.BadUrlTemplate, node.Location, "has a dot segment");
            }

            _literal.Append(text);
            return;
        }

        Flush();
        _steps.Add(UrlStep.Of(UrlStepKind.BeginSegment));
        foreach (var piece in pieces)
        {
            Append(piece, UrlStepKind.Segment, "a path segment", TemplateVariables.Plain);
        }

        Flush();
        _steps.Add(UrlStep.Of(UrlStepKind.EndSegment));
    }

    private void Pair(List<Piece> pieces)
    {
        var equals = pieces.FindIndex(static piece => piece.Placeholder is null && piece.Character == '=');
        var name = pieces.FindIndex(static piece => piece.Placeholder is not null);
        if (pieces.Count == 0 || (name >= 0 && (equals < 0 || name < equals)))
        {
            diagnostics.Add(Descriptors.BadUrlTemplate, node.Location, "needs query pairs of the form name=value with a fixed name");
            return;
        }

        Flush();
        var at = _steps.Count;
        var key = string.Concat(pieces.Take(equals + 1).Select(static piece => piece.Character));
        _steps.Add(UrlStep.Of(UrlStepKind.BeginPair, key));
        var optional = new List<int>();
        foreach (var piece in pieces.Skip(equals + 1))
        {
            if (Append(piece, UrlStepKind.Query, "a query value", TemplateVariables.Plain, needsValue: false) is { } variable && variables.MayBeAbsent(variable))
            {
                optional.Add(variable);
            }
        }

        Flush();
        var absent = optional.Distinct().ToEquatableArray();
        _steps[at] = _steps[at] with { Optional = absent };
        _steps.Add(UrlStep.Of(UrlStepKind.EndPair) with { Optional = absent });
    }

    private int? Append(Piece piece, UrlStepKind kind, string position, JsonTypes allowed, bool needsValue = true)
    {
        if (piece.Placeholder is not { } token)
        {
            _literal.Append(piece.Character);
            return null;
        }

        if (token.IsPath)
        {
            diagnostics.Add(Descriptors.PlaceholderSyntax, token.Location);
            return null;
        }

        Flush();
        return Write(kind, token, position, allowed, needsValue);
    }

    private int? Write(UrlStepKind kind, TemplateToken token, string position, JsonTypes allowed, bool needsValue)
    {
        if (variables.Use(token, position, allowed, needsValue) is not { } variable)
        {
            return null;
        }

        _steps.Add(UrlStep.Of(kind, variable: variable));
        return variable;
    }

    private void Flush()
    {
        if (_literal.Length > 0)
        {
            _steps.Add(UrlStep.Of(UrlStepKind.Literal, _literal.ToString()));
            _literal.Clear();
        }
    }

    private static int IndexOfAny(string text, int from, char one, char other)
    {
        var index = text.IndexOfAny([one, other], from);
        return index < 0 ? text.Length : index;
    }

    private static List<Piece> Flatten(List<TemplateToken> tokens) =>
        [.. tokens.SelectMany(static token => token.IsPlaceholder ? [new Piece('\0', token)] : token.Text.Select(static c => new Piece(c, null)))];

    // A character of the template, or a placeholder in its place.
    private readonly record struct Piece(char Character, TemplateToken? Placeholder);
}
