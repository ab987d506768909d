using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Reads an <c>egress:</c> block (reference/egress.md C2).</summary>
/// <param name="openEgress">Whether this build lets manifests open every way out (the MSBuild property <c>LatchGateOpenEgress</c>).</param>
/// <param name="diagnostics">Takes what is wrong.</param>
internal sealed partial class EgressReader(bool openEgress, DiagnosticBag diagnostics)
{
    private const long DefaultRequestBytes = 1024 * 1024;
    private const long DefaultResponseBytes = 10 * 1024 * 1024;
    private const long DefaultConnectMs = 5_000;
    private const long DefaultRequestMs = 30_000;

    private static readonly string[] KnownMethods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

    private static readonly string[] Keys =
    [
        "profile", "allowed_domains", "allowed_methods", "allow", "deny", "limits", "allow_learning", "default", "mode", "audit_until",
        "redirects", "content_types", "request_headers",
    ];

    private static readonly string[] AllowKeys =
    [
        "name", "hosts", "cidrs", "any", "ports", "protocol", "schemes", "methods", "principals", "allow_private_targets", "resolve",
        "expires", "credentials", "bandwidth", "spend", "upstream_tls",
    ];

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>No way out.</summary>
    public static EgressModel Closed { get; } = new(
        false,
        ImmutableEquatableArray<AllowModel>.Empty,
        ImmutableEquatableArray<DenyModel>.Empty,
        false,
        DefaultRequestBytes,
        DefaultResponseBytes,
        DefaultConnectMs,
        DefaultRequestMs);

    /// <summary>The rules of a block.</summary>
    public static EgressModel Read(Node node, bool openEgress, DiagnosticBag diagnostics) => new EgressReader(openEgress, diagnostics).Read(node);

    private EgressModel Read(Node node)
    {
        if (Take(node, "egress", Keys) is not { } fields)
        {
            return Closed;
        }

        var (audit, open) = ReadLiterals(fields);
        var allow = new List<AllowModel>();
        var deny = new List<DenyModel>();
        ReadDomains(fields, allow);
        foreach (var item in fields.List("allow")?.Items ?? [])
        {
            if (ReadAllow(item) is { } rule)
            {
                allow.Add(rule);
            }
        }

        foreach (var item in fields.List("deny")?.Items ?? [])
        {
            if (ReadDeny(item) is { } rule)
            {
                deny.Add(rule);
            }
        }

        var limits = fields.Find("limits") is { } limitsNode
            ? Take(limitsNode, "limits", "request_bytes", "response_bytes", "on_overflow", "connect_ms", "request_ms")
            : null;
        var learning = fields.Flag("allow_learning", false);
        return new EgressModel(
            ReadProfile(fields, learning || open),
            allow.ToEquatableArray(),
            deny.ToEquatableArray(),
            learning,
            Limit(limits, "request_bytes", 64 * DefaultRequestBytes, DefaultRequestBytes),
            Limit(limits, "response_bytes", 64 * DefaultRequestBytes, DefaultResponseBytes),
            Limit(limits, "connect_ms", 60_000, DefaultConnectMs),
            Limit(limits, "request_ms", 300_000, DefaultRequestMs))
        {
            Truncate = ReadOverflow(limits),
            Audit = audit,
            AuditUntil = Time(fields, "audit_until"),
            DefaultAllow = open,
            MaxRedirects = ReadRedirects(fields),
            ContentTypes = ReadContentTypes(fields),
            RequestHeaders = ReadRequestHeaders(fields),
        };
    }

    private bool ReadProfile(Fields fields, bool opens)
    {
        var hasRules = Array.Exists(["allowed_domains", "allowed_methods", "allow", "deny"], key => fields.Find(key) is not null) || opens;
        switch (fields.Find("profile"))
        {
            // Without a profile the rules speak for themselves; with neither, nothing is open.
            case null:
                return hasRules;
            case TextNode { Value: "proxy_allowlist" }:
                return true;
            case TextNode { Value: "none" } none:
                if (hasRules)
                {
                    diagnostics.Add(Descriptors.ProfileNoneWithRules, none.Location);
                }

                return false;
            case var other:
                diagnostics.Add(Descriptors.BadProfile, other.Location);
                return false;
        }
    }

    // The short form is one rule: plain names are exact, and both web ports are open.
    private void ReadDomains(Fields fields, List<AllowModel> allow)
    {
        var methods = Methods(fields, "allowed_methods");
        if (Hosts(fields, "allowed_domains") is { Count: > 0 } hosts)
        {
            _names.Add("allowed-domains");
            allow.Add(new AllowModel(
                "allowed-domains",
                hosts,
                ImmutableEquatableArray<CidrModel>.Empty,
                PortsReader.Default,
                Http: true,
                Https: true,
                methods,
                AllowPrivateTargets: false,
                Resolve: false,
                Expires: 0));
        }
    }

    private DenyModel? ReadDeny(Node node)
    {
        if (Take(node, "a deny rule", "name", "hosts", "cidrs", "ports", "principals", "response") is not { } fields)
        {
            return null;
        }

        var status = 403L;
        var message = "";
        if (fields.Find("response") is { } response)
        {
            if (response is MapNode map && Take(map, "response", "status", "message") is not null
                && map.Find("status") is null or NumberNode && map.Find("message") is null or TextNode { Value.Length: <= 512 })
            {
                message = (map.Find("message") as TextNode)?.Value ?? "";
                var known = map.Find("status") is not NumberNode number
                    || (long.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 400 and <= 599);
                if (!known || message.Any(char.IsControl))
                {
                    diagnostics.Add(Descriptors.BadDenyResponse, response.Location);
                }
            }
            else
            {
                diagnostics.Add(Descriptors.BadDenyResponse, response.Location);
            }
        }

        // A refused network needs no opt-in: refusing is always allowed.
        return new DenyModel(Name(fields), Hosts(fields, "hosts"), Cidrs(fields, null), status, message)
        {
            Ports = fields.Find("ports") is { } ports ? PortsReader.Read(ports, diagnostics) : ImmutableEquatableArray<PortsModel>.Empty,
            Principals = PrincipalsReader.Read(fields.Find("principals"), diagnostics),
        };
    }

    private string Name(Fields fields)
    {
        if (fields.Find("name") is not TextNode name || !Formats.RuleName.IsMatch(name.Value))
        {
            diagnostics.Add(Descriptors.BadRuleName, (fields.Find("name")?.Location) ?? fields.Location);
            return "";
        }

        if (!_names.Add(name.Value))
        {
            diagnostics.Add(Descriptors.DuplicateRule, name.Location, name.Value);
        }

        return name.Value;
    }

    private ImmutableEquatableArray<HostModel> Hosts(Fields fields, string key)
    {
        var hosts = new List<HostModel>();
        foreach (var text in NonEmpty(fields, key))
        {
            if (HostPatternReader.Read(text, diagnostics) is { } host)
            {
                hosts.Add(host);
            }
        }

        return hosts.ToEquatableArray();
    }

    private ImmutableEquatableArray<CidrModel> Cidrs(Fields fields, bool? privately)
    {
        var cidrs = new List<CidrModel>();
        foreach (var text in NonEmpty(fields, "cidrs"))
        {
            if (CidrReader.Read(text, privately, diagnostics) is { } cidr)
            {
                cidrs.Add(cidr);
            }
        }

        return cidrs.ToEquatableArray();
    }

    private (bool Http, bool Https) Schemes(Fields fields)
    {
        if (fields.Find("schemes") is null)
        {
            return (true, true);
        }

        var schemes = NonEmpty(fields, "schemes");
        foreach (var scheme in schemes.Where(static s => s.Value is not ("http" or "https")))
        {
            diagnostics.Add(Descriptors.NotOneOf, scheme.Location, "schemes", ManifestReader.Shown(scheme.Value), "https, http");
        }

        return (schemes.Exists(static s => s.Value == "http"), schemes.Exists(static s => s.Value == "https"));
    }

    private ImmutableEquatableArray<string> Methods(Fields fields, string key)
    {
        var methods = NonEmpty(fields, key);
        foreach (var method in methods.Where(static m => Array.IndexOf(KnownMethods, m.Value) < 0))
        {
            diagnostics.Add(Descriptors.NotOneOf, method.Location, key, ManifestReader.Shown(method.Value), string.Join(", ", KnownMethods));
        }

        return methods.Select(static m => m.Value).Distinct().ToEquatableArray();
    }

    private long Time(Fields fields, string key)
    {
        if (fields.Text(key) is not { } text)
        {
            return 0;
        }

        const string format = "yyyy-MM-dd'T'HH:mm:ss'Z'";
        if (DateTimeOffset.TryParseExact(text.Value, format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            return at.UtcTicks;
        }

        const string rule = "a time in UTC such as \"2030-12-31T00:00:00Z\"";
        diagnostics.Add(Descriptors.BadFormat, text.Location, key, ManifestReader.Shown(text.Value), rule);
        return 0;
    }

    private long Limit(Fields? limits, string key, long maximum, long fallback)
    {
        if (limits?.Find(key) is not { } node)
        {
            return fallback;
        }

        if (node is NumberNode number && long.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= 1 && value <= maximum)
        {
            return value;
        }

        diagnostics.Add(Descriptors.BadLimit, node.Location, key, maximum.ToString(CultureInfo.InvariantCulture));
        return fallback;
    }

    private List<TextNode> NonEmpty(Fields fields, string key)
    {
        if (fields.List(key) is { Items.Count: 0 } list)
        {
            diagnostics.Add(Descriptors.EmptyList, list.Location, key);
        }

        return fields.Find(key) is ListNode ? fields.Texts(key) ?? [] : [];
    }

    private Fields? Take(Node node, string name, params string[] keys) => Fields.Of(node, name, diagnostics, Descriptors.UnknownField, keys);
}
