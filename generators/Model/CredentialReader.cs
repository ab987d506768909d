using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Reads the <c>credentials</c> of an allow rule: where a secret of the gate's store goes (reference/egress.md C2).</summary>
internal static class CredentialReader
{
    private static readonly string[] Common = ["target", "secret", "required", "on_collision", "source"];

    // A credential must not be able to change what was judged: framing, routing, origin or method.
    private static readonly string[] Reserved =
    [
        "host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "keep-alive", "forwarded", "x-real-ip",
        "x-original-url", "x-rewrite-url", "x-http-method-override", "x-method-override",
    ];

    private static readonly Regex Parameter = new(@"^[A-Za-z0-9._~-]{1,64}\z", RegexOptions.CultureInvariant);
    private static readonly Regex Scope = new(@"^[a-z0-9-]{1,64}\z", RegexOptions.CultureInvariant);

    /// <summary>The credentials of a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="hosts">Whether the rule names hosts.</param>
    /// <param name="http">Whether the rule writes out that it takes http.</param>
    /// <param name="diagnostics">Takes what is wrong.</param>
    public static ImmutableEquatableArray<CredentialModel> Read(Fields rule, bool hosts, bool http, DiagnosticBag diagnostics)
    {
        if (rule.List("credentials") is not { } list)
        {
            return ImmutableEquatableArray<CredentialModel>.Empty;
        }

        if (list.Items.Count == 0)
        {
            diagnostics.Add(Descriptors.EmptyList, list.Location, "credentials");
        }
        else if (!hosts)
        {
            diagnostics.Add(Descriptors.CredentialUnbound, list.Location);
        }
        else if (http)
        {
            diagnostics.Add(Descriptors.CredentialPlaintext, list.Location);
        }

        var credentials = new List<CredentialModel>();
        foreach (var item in list.Items)
        {
            if (ReadOne(item, diagnostics) is not { } credential)
            {
                continue;
            }

            if (credentials.Exists(other => other.Name == credential.Name && (other.Target == "Query") == (credential.Target == "Query")))
            {
                diagnostics.Add(Descriptors.BadCredential, item.Location, $"sets '{credential.Name}', which another one sets");
            }

            credentials.Add(credential);
        }

        return credentials.ToEquatableArray();
    }

    private static CredentialModel? ReadOne(Node node, DiagnosticBag diagnostics)
    {
        var target = ((node as MapNode)?.Find("target") as TextNode)?.Value ?? ((node as MapNode)?.Find("target") is null ? "header" : "");
        string[]? own = target switch
        {
            "header" => ["header", "prefix"],
            "query" => ["name"],
            "basic" => ["username", "username_secret"],
            "path" => [],
            "aws_sigv4" => ["service", "region", "access_key_secret", "session_token_secret"],
            "hmac_sha256" => ["header", "prefix", "timestamp_header"],
            _ => null,
        };
        if (own is null)
        {
            diagnostics.Add(
                Descriptors.BadCredential, node.Location, "has another target than header, query, path, basic, aws_sigv4 or hmac_sha256");
            return null;
        }

        if (Fields.Of(node, "a credential", diagnostics, Descriptors.UnknownField, [.. Common, .. own]) is not { } fields)
        {
            return null;
        }

        if (fields.Find("source") is { } source and not TextNode { Value: "secrets" })
        {
            diagnostics.Add(Descriptors.CredentialSource, source.Location);
            return null;
        }

        var collision = fields.Text("on_collision");
        if (collision is not null && collision.Value is not ("overwrite" or "deny"))
        {
            diagnostics.Add(Descriptors.NotOneOf, collision.Location, "on_collision", ManifestReader.Shown(collision.Value), "overwrite, deny");
        }

        var secret = Text(fields, "secret", required: true, Formats.SecretName, "a secret's name: 1 to 128 of A-Z, a-z, 0-9, '_', '.', '-'", diagnostics);
        var credential = new CredentialModel("", secret ?? "", fields.Flag("required", true), collision?.Value == "deny");
        return target switch
        {
            "header" => Header(fields, credential, diagnostics),
            "hmac_sha256" => Hmac(fields, credential, diagnostics),
            "query" => credential with
            {
                Target = "Query",
                Name = Text(fields, "name", required: true, Parameter, "a parameter's name: 1 to 64 of A-Z, a-z, 0-9, '.', '_', '~', '-'", diagnostics),
            },
            "path" => Path(fields, credential, diagnostics),
            "basic" => Basic(fields, credential, diagnostics),
            _ => credential with
            {
                Target = "AwsSigV4",
                Name = "authorization",
                Service = Text(fields, "service", required: true, Scope, "a service such as s3", diagnostics),
                Region = Text(fields, "region", required: true, Scope, "a region such as eu-central-1", diagnostics),
                AccessKeySecret = Text(fields, "access_key_secret", required: true, Formats.SecretName, "the name of the secret that holds the access key id", diagnostics),
                SessionTokenSecret = Text(fields, "session_token_secret", required: false, Formats.SecretName, "the name of a secret", diagnostics),
            },
        };
    }

    private static CredentialModel? Header(Fields fields, CredentialModel credential, DiagnosticBag diagnostics)
    {
        if (fields.RequireText("header") is not { } header)
        {
            return null;
        }

        if (!IsCredentialHeader(header.Value))
        {
            diagnostics.Add(Descriptors.CredentialHeader, header.Location, ManifestReader.Shown(string.Concat(header.Value.Where(static c => !char.IsControl(c)))));
            return null;
        }

        var prefix = fields.Text("prefix");
        if (prefix is not null && (prefix.Value.Length > 64 || prefix.Value.Any(static c => c is < ' ' or > '~')))
        {
            diagnostics.Add(Descriptors.BadCredential, prefix.Location, "has a prefix that is longer than 64 characters or not printable ASCII");
        }

        return credential with { Target = "Header", Name = header.Value.ToLowerInvariant(), Prefix = prefix?.Value };
    }

    private static CredentialModel? Hmac(Fields fields, CredentialModel credential, DiagnosticBag diagnostics)
    {
        if (Header(fields, credential, diagnostics) is not { } signed)
        {
            return null;
        }

        var time = fields.Text("timestamp_header");
        if (time is not null && (!IsCredentialHeader(time.Value) || time.Value.ToLowerInvariant() == signed.Name))
        {
            diagnostics.Add(
                Descriptors.BadCredential, time.Location, "has a timestamp_header that is no header of a credential's, or the signature's own");
        }

        return signed with { Target = "HmacSha256", TimestampHeader = time?.Value.ToLowerInvariant() };
    }

    // Without it the URL would be another one, so it is never left out.
    private static CredentialModel Path(Fields fields, CredentialModel credential, DiagnosticBag diagnostics)
    {
        if (!credential.Required)
        {
            diagnostics.Add(Descriptors.BadCredential, fields.Find("required")!.Location, "of the path cannot be left out");
        }

        return credential with { Target = "Path", Name = "path" };
    }

    private static CredentialModel? Basic(Fields fields, CredentialModel credential, DiagnosticBag diagnostics)
    {
        var (name, secret) = (fields.Text("username"), fields.Text("username_secret"));
        if ((name is null) == (secret is null) || (name is not null && (name.Value.Length is 0 or > 128 || name.Value.Any(static c => c is < ' ' or > '~' or ':'))))
        {
            diagnostics.Add(Descriptors.BadCredential, fields.Location, "needs a username (printable ASCII without colon) or a username_secret, not both");
            return null;
        }

        return credential with
        {
            Target = "Basic",
            Name = "authorization",
            Username = name?.Value,
            UsernameSecret = Text(fields, "username_secret", required: false, Formats.SecretName, "the name of a secret", diagnostics),
        };
    }

    private static bool IsCredentialHeader(string text)
    {
        var name = text.ToLowerInvariant();
        var known = name.StartsWith("authorization", StringComparison.Ordinal) || name.StartsWith("x-", StringComparison.Ordinal)
            || name.EndsWith("-token", StringComparison.Ordinal) || name.EndsWith("-api-key", StringComparison.Ordinal)
            || name.EndsWith("-signature", StringComparison.Ordinal) || name.EndsWith("-timestamp", StringComparison.Ordinal)
            || name is "cookie" or "api-key" or "apikey" or "dd-application-key" or "ocp-apim-subscription-key";
        return known && Formats.HeaderName.IsMatch(text) && Array.IndexOf(Reserved, name) < 0
            && !name.StartsWith("proxy-", StringComparison.Ordinal) && !name.StartsWith("x-forwarded-", StringComparison.Ordinal);
    }

    private static string? Text(Fields fields, string key, bool required, Regex format, string rule, DiagnosticBag diagnostics)
    {
        var text = required ? fields.RequireText(key) : fields.Text(key);
        if (text is not null && !format.IsMatch(text.Value))
        {
            diagnostics.Add(Descriptors.BadFormat, text.Location, key, ManifestReader.Shown(text.Value), rule);
        }

        return text?.Value;
    }
}
