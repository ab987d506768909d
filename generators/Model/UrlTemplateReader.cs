using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using LatchGate.Actions;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>
/// Compiles <c>url_template</c>. Where a placeholder stands decides how its value is written (reference/kernel.md §2.4):
/// <code>
/// {{url}}                                  the whole URL, as it is
/// https://{{label}}.example.com:8443       one host label, or part of one
/// https://{{name:host}}:{{port}}           a whole host, a port
/// /a/{{segment}}/x-{{part}}                a path segment, percent-encoded; never empty, "." or ".."
/// /a/{{rest:path}}                         several segments, each as above
/// /a/{{secret:NAME}}                       a secret that a credential of an allow rule puts here
/// ?q={{value}}&amp;page={{page}}               a query value, percent-encoded; the pair is left out when it has no value
/// </code>
/// </summary>
internal sealed class UrlTemplateReader(TextNode node, TemplateVariables variables, FieldsReader query, DiagnosticBag diagnostics)
{
    /// <summary>What the gate takes for the place of a credential (gate/HostIo/CredentialBinder.cs).</summary>
    private const string SecretPlace = "latchgate-injected";

    /// <summary>Scheme, host, port and path.</summary>
    public TextProgram Text { get; } = new();

    /// <summary>Where it leads; null when the whole URL is a placeholder, or after a diagnostic.</summary>
    public UrlOrigin? Origin { get; private set; }

    /// <summary>Whether the whole URL is a placeholder.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>The secrets that have a place in the path.</summary>
    public List<TemplateToken> Secrets { get; } = [];

    /// <summary>Compiles it.</summary>
    public void Read()
    {
        if (TemplateText.Split(node, diagnostics) is not { } tokens)
        {
            return;
        }

        if (tokens.Count == 1 && tokens[0].IsPlaceholder)
        {
            IsWhole = true;
            Write(tokens[0], TemplatePlace.WholeUrl);
            return;
        }

        Structure([.. tokens.SelectMany(static token => token.IsPlaceholder ? [new Piece('\0', token)] : token.Text.Select(static c => new Piece(c, null)))]);
    }

    private void Structure(List<Piece> pieces)
    {
        var text = TextOf(pieces);
        var scheme = text.StartsWith("https://", StringComparison.Ordinal) ? 8 : text.StartsWith("http://", StringComparison.Ordinal) ? 7 : 0;
        var fault = scheme == 0 ? "must begin with http:// or https://"
            : text.Any(static c => c is not '\0' and (<= ' ' or >= '\x7f' or '\\' or '"' or '<' or '>' or '^' or '`' or '{' or '|' or '}')) ? "holds a character that a URL cannot"
            : text.Contains('#') ? "has a fragment, which is never sent"
            : null;
        if (fault is not null)
        {
            Bad(fault);
            return;
        }

        var path = IndexOfAny(text, scheme, '/', '?');
        var end = IndexOfAny(text, path, '?', '?');
        Text.Literal(text.Substring(0, scheme));
        Authority(scheme == 8, pieces.GetRange(scheme, path - scheme));
        for (var at = path; at < end;)
        {
            var next = IndexOfAny(text, at + 1, '/', '?');
            Text.Literal('/');
            Segment(pieces.GetRange(at + 1, next - at - 1));
            at = next;
        }

        for (var at = end; at < text.Length;)
        {
            var next = IndexOfAny(text, at + 1, '&', '&');
            Pair(pieces.GetRange(at + 1, next - at - 1));
            at = next;
        }
    }

    private void Authority(bool https, List<Piece> pieces)
    {
        var colon = pieces.FindIndex(static piece => piece.Placeholder is null && piece.Character == ':');
        var host = colon < 0 ? pieces : pieces.GetRange(0, colon);
        if (host.Count == 0 || pieces.Exists(static piece => piece.Placeholder is null && piece.Character == '@') || pieces.Exists(static piece => piece.Placeholder is { IsSecret: true }))
        {
            Bad("needs a host, without user information and secrets");
            return;
        }

        if (host.Count == 1 && host[0].Placeholder is { } whole)
        {
            Write(whole, TemplatePlace.WholeHost);
        }
        else
        {
            host.ForEach(piece => Write(piece, TemplatePlace.HostLabel));
        }

        int? port = https ? 443 : 80;
        if (colon >= 0)
        {
            port = Port(pieces.GetRange(colon + 1, pieces.Count - colon - 1));
        }

        Origin = new UrlOrigin(https, host.Count == 1 && host[0].Placeholder is not null ? null : TextOf(host).ToLowerInvariant(), port);
    }

    private int? Port(List<Piece> pieces)
    {
        Text.Literal(':');
        if (pieces.Count == 1 && pieces[0].Placeholder is { } open)
        {
            Write(open, TemplatePlace.Port);
            return null;
        }

        if (!int.TryParse(TextOf(pieces), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            Bad("has a port that is none from 1 to 65535");
            return null;
        }

        Text.Literal(TextOf(pieces));
        return port;
    }

    private void Segment(List<Piece> pieces)
    {
        foreach (var piece in pieces)
        {
            if (piece.Placeholder is { IsSecret: true } secret)
            {
                Secrets.Add(secret);
            }
        }

        if (pieces.TrueForAll(static piece => piece.Placeholder is null or { IsSecret: true }))
        {
            var text = string.Concat(pieces.Select(static piece => piece.Placeholder is null ? piece.Character.ToString() : SecretPlace));
            if (text.ToLowerInvariant().Replace("%2e", ".") is "." or "..")
            {
                Bad("has a dot segment");
            }

            Text.Literal(text);
            return;
        }

        // Several segments, the last of which may end in fixed text.
        if (pieces[0].Placeholder is { Mode: "path" } several && pieces.TrueForAll(piece => piece.Placeholder is null || piece.Placeholder == several))
        {
            Write(several, TemplatePlace.WholeSegment);
            if (pieces.Count > 1)
            {
                Text.Literal(TextOf(pieces.GetRange(1, pieces.Count - 1)));
            }

            return;
        }

        Text.Op(TextOp.BeginSegment);
        foreach (var piece in pieces)
        {
            if (piece.Placeholder is { IsSecret: true })
            {
                Text.Literal(SecretPlace);
            }
            else
            {
                Write(piece, pieces.Count == 1 ? TemplatePlace.WholeSegment : TemplatePlace.Segment);
            }
        }

        Text.Op(TextOp.EndSegment);
    }

    private void Pair(List<Piece> pieces)
    {
        var equals = pieces.FindIndex(static piece => piece.Placeholder is null && piece.Character == '=');
        var name = pieces.FindIndex(static piece => piece.Placeholder is not null);
        if (pieces.Count == 0 || (name >= 0 && (equals < 0 || name < equals)))
        {
            Bad("needs query pairs of the form name=value with a fixed name");
            return;
        }

        if (name < 0)
        {
            query.Constant(TextOf(pieces));
            return;
        }

        var tokens = new List<TemplateToken>();
        foreach (var piece in pieces.Skip(equals + 1))
        {
            if (piece.Placeholder is { } token)
            {
                tokens.Add(token);
            }
            else
            {
                tokens.Add(new TemplateToken(piece.Character.ToString(), false, "", node.Location));
            }
        }

        query.Pair(TextOf(pieces.GetRange(0, equals)), tokens, static text => text);
    }

    private void Write(Piece piece, TemplatePlace place)
    {
        if (piece.Placeholder is { } token)
        {
            Write(token, place);
        }
        else
        {
            Text.Literal(piece.Character);
        }
    }

    private void Write(TemplateToken token, TemplatePlace place)
    {
        if (variables.Use(token, place) is { } used)
        {
            Text.Value(used.Mode.Text, used.Variable);
        }
    }

    private void Bad(string fault) => diagnostics.Add(Descriptors.BadUrlTemplate, node.Location, fault);

    private static string TextOf(List<Piece> pieces) => string.Concat(pieces.Select(static piece => piece.Character));

    private static int IndexOfAny(string text, int from, char one, char other)
    {
        var index = text.IndexOfAny([one, other], from);
        return index < 0 ? text.Length : index;
    }

    // A character of the template, or a placeholder in its place.
    private readonly record struct Piece(char Character, TemplateToken? Placeholder);
}
