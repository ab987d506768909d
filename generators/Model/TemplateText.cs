using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>A piece of template text: a literal, or a placeholder.</summary>
/// <param name="Text">The literal, or the name of the placeholder with its dots.</param>
/// <param name="IsPlaceholder">Which of the two.</param>
/// <param name="Mode">What stands after the colon; empty for nothing.</param>
/// <param name="Location">Where the piece is.</param>
internal sealed record TemplateToken(string Text, bool IsPlaceholder, string Mode, LocationInfo Location)
{
    private static readonly string[] Modes =
        ["path", "host", "bool", "csv", "json", "repeat", "deep", "base64", "base64url", "line", "word", "xml"];

    /// <summary>Whether it is <c>{{secret:NAME}}</c>. A property may be named secret, and have one of the modes.</summary>
    public bool IsSecret => IsPlaceholder && Text == "secret" && Mode.Length > 0 && Array.IndexOf(Modes, Mode) < 0;
}

/// <summary>
/// Splits <c>text {{name}} text {{object.name:mode}}</c>; blanks around a name are ignored, and there is no escape for two braces.
/// </summary>
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
                tokens.Add(new TemplateToken(literal, false, "", Within(node, at, literal.Length)));
            }

            if (open < 0)
            {
                break;
            }

            var close = text.IndexOf("}}", open, StringComparison.Ordinal);
            var inner = close < 0 ? "" : text.Substring(open + 2, close - open - 2).Trim();
            var colon = inner.IndexOf(':');
            var name = colon < 0 ? inner : inner.Substring(0, colon);
            var mode = colon < 0 ? "" : inner.Substring(colon + 1);
            var location = Within(node, open, close < 0 ? 2 : close + 2 - open);
            if (!name.Split('.').All(static part => Formats.Variable.IsMatch(part)) || (colon >= 0 && !Formats.SecretName.IsMatch(mode)))
            {
                diagnostics.Add(Descriptors.PlaceholderSyntax, location);
                return null;
            }

            tokens.Add(new TemplateToken(name, true, mode, location));
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
