using System;
using System.Collections.Generic;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>A piece of template text: a literal, or a placeholder.</summary>
/// <param name="Text">The literal, or the name of the placeholder.</param>
/// <param name="IsPlaceholder">Which of the two.</param>
/// <param name="IsPath">Whether the placeholder is <c>{{name:path}}</c>.</param>
/// <param name="Location">Where the piece is.</param>
internal sealed record TemplateToken(string Text, bool IsPlaceholder, bool IsPath, LocationInfo Location);

/// <summary>Splits <c>text {{name}} text {{name:path}}</c>; blanks around a name are ignored, and there is no escape for two braces.</summary>
internal static class TemplateText
{
    /// <summary>The pieces; null after a diagnostic.</summary>
    public static List<TemplateToken>? Split(TextNode node, DiagnosticBag diagnostics)
    {
        var tokens = new List<TemplateToken>();
        var text = node.Value;
        var at = 0;
        while (at < text.Length)
        {
            var open = text.IndexOf("{{", at, StringComparison.Ordinal);
            var literal = text.Substring(at, (open < 0 ? text.Length : open) - at);
            if (literal.Contains("}}"))
            {
                diagnostics.Add(Descriptors.PlaceholderSyntax, Within(node, at + literal.IndexOf("}}", StringComparison.Ordinal), 2));
                return null;
            }

            if (literal.Length > 0)
            {
                tokens.Add(new TemplateToken(literal, false, false, Within(node, at, literal.Length)));
            }

            if (open < 0)
            {
                break;
            }

            var close = text.IndexOf("}}", open, StringComparison.Ordinal);
            var inner = close < 0 ? "" : text.Substring(open + 2, close - open - 2).Trim();
            var isPath = inner.EndsWith(":path", StringComparison.Ordinal);
            var name = isPath ? inner.Substring(0, inner.Length - 5) : inner;
            var location = Within(node, open, close < 0 ? 2 : close + 2 - open);
            if (!Formats.Variable.IsMatch(name))
            {
                diagnostics.Add(Descriptors.PlaceholderSyntax, location);
                return null;
            }

            tokens.Add(new TemplateToken(name, true, isPath, location));
            at = close + 2;
        }

        return tokens;
    }

    // Exact where the text stands in the file as it is read: on one line, at most in quotes, without escapes.
    private static LocationInfo Within(TextNode node, int index, int length)
    {
        var quotes = node.Location.Length - node.Value.Length;
        return quotes is 0 or 2 ? node.Location.Skip(index + quotes / 2) with { Length = length } : node.Location;
    }
}
