using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Actions;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Compiles the headers of a template. A header without a value is left out.</summary>
internal sealed class HeadersReader(TemplateVariables variables, EgressModel egress, DiagnosticBag diagnostics)
{
    private const string ContentType = "content-type";

    // Framing and hop-by-hop headers belong to the connection, and the forwarding ones would let a request lie about itself.
    private static readonly string[] OfConnection =
    [
        "host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "keep-alive", "expect", "forwarded",
        "x-real-ip", "x-original-url", "x-rewrite-url", "x-http-method-override", "x-method-override",
    ];

    // What the gate never sends for a provider (gate/HostIo/ProviderHeaders.cs).
    private static readonly string[] Withheld =
    [
        "authorization", "cookie", "cookie2", "set-cookie", "set-cookie2", "api-key", "apikey", "x-apikey", "dd-application-key",
        "ocp-apim-subscription-key", "accept-encoding", "content-encoding", "via", "x-client-ip", "x-original-host", "x-http-method",
    ];

    private static readonly string[] WithheldSuffixes = ["-token", "-api-key", "-auth", "-authorization", "-secret", "-password"];

    private readonly HashSet<string> _names = [];

    /// <summary>The code of the headers.</summary>
    /// <param name="node">The mapping; null for none.</param>
    /// <param name="mode">Says which Content-Type is added.</param>
    public ProgramWriter Read(Node? node, BodyMode mode)
    {
        var code = new ProgramWriter();
        if (node is MapNode map)
        {
            foreach (var entry in map.Entries)
            {
                Header(entry, mode, code);
            }
        }
        else if (node is not null)
        {
            diagnostics.Add(Descriptors.WrongKind, node.Location, "headers", "a mapping", node.Kind);
        }

        if (TypeOf(mode) is { } type && _names.Add(ContentType))
        {
            Write("Content-Type", new TextProgram(), type, code);
        }

        return code;
    }

    private static string? TypeOf(BodyMode mode) => mode switch
    {
        BodyMode.Json => "application/json",
        BodyMode.Form => "application/x-www-form-urlencoded",
        BodyMode.Text => "text/plain; charset=utf-8",
        BodyMode.Base64 => "application/octet-stream",
        _ => null,
    };

    private void Header(MapEntry entry, BodyMode mode, ProgramWriter code)
    {
        if (Fault(entry, mode) is { } fault)
        {
            diagnostics.Add(Descriptors.BadHeader, entry.KeyLocation, ManifestReader.Shown(entry.Key), fault);
            return;
        }

        if (entry.Value is not TextNode value)
        {
            diagnostics.Add(Descriptors.WrongKind, entry.Value.Location, entry.Key, "a string", entry.Value.Kind);
            return;
        }

        var text = new TextProgram();
        foreach (var token in TemplateText.Split(value, diagnostics) ?? [])
        {
            if (!token.IsPlaceholder)
            {
                text.Literal(token.Text);
            }
            else if (variables.Use(token, TemplatePlace.Header) is { } used)
            {
                text.Value(used.Mode.Text, used.Variable);
            }
        }

        Write(entry.Key, text, "", code);
    }

    private string? Fault(MapEntry entry, BodyMode mode)
    {
        var name = entry.Key.ToLowerInvariant();
        return !Formats.HeaderName.IsMatch(entry.Key) ? "is not a header name"
            : Array.IndexOf(OfConnection, name) >= 0 || StartsWithAny(name, "proxy-", "x-forwarded-") ? "belongs to the connection"
            : IsCredential(name) ? "is set by a credential of this action"
            : Array.IndexOf(Withheld, name) >= 0 || StartsWithAny(name, "sec-") || WithheldSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal))
                ? "is never sent for a provider; a secret goes into the credentials of an allow rule"
            : name == ContentType && mode == BodyMode.Multipart ? "is set with the boundary by body_mode: multipart"
            : !_names.Add(name) ? "stands twice"
            : entry.Value is TextNode text && text.Value.Any(static c => c is < ' ' or > '~') ? "has a value with a character outside printable ASCII"
            : entry.Value is TextNode edge && edge.Value != edge.Value.Trim(' ') ? "has a value with a blank at an end"
            : null;
    }

    private bool IsCredential(string name) =>
        egress.Allow.Any(rule => rule.Credentials.Any(credential => credential.Target is not ("Query" or "Path") && credential.Name == name));

    private static bool StartsWithAny(string name, params string[] prefixes) => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    private static void Write(string name, TextProgram text, string literal, ProgramWriter code)
    {
        text.Literal(literal);
        code.Bytes(name);
        code.Block(text.Finish());
    }
}
