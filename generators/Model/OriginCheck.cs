using System;
using System.Globalization;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Compares a URL template with the allow rules: a call that no rule could ever let through is a mistake, and so is a secret without its place.</summary>
internal static class OriginCheck
{
    public static void Report(UrlTemplateReader url, string verb, TextNode node, EgressModel egress, DiagnosticBag diagnostics)
    {
        if (url.Origin is { } target && !egress.Audit && egress.Deny.FirstOrDefault(rule => Closes(rule, target)) is { } closing)
        {
            diagnostics.Add(Descriptors.HostDenied, node.Location, closing.Name, Shown(target, verb));
        }

        // What audit mode and learning let through, no rule opens.
        if (egress is { DefaultAllow: false, AllowLearning: false, Audit: false })
        {
            if (url.Origin is { } origin && !egress.Allow.Any(rule => Opens(rule, origin, verb)))
            {
                diagnostics.Add(Descriptors.HostNotListed, node.Location, Shown(origin, verb));
            }
            else if (url.IsWhole && egress.Allow.Count == 0)
            {
                diagnostics.Add(Descriptors.HostNotListed, node.Location, $"{verb} of any URL");
            }
        }

        var bound = egress.Allow.SelectMany(static rule => rule.Credentials).Where(static credential => credential.Target == "Path").Select(static credential => credential.Secret).ToList();
        foreach (var secret in url.Secrets.Where(secret => !bound.Contains(secret.Mode)))
        {
            diagnostics.Add(Descriptors.SecretPlaceholder, secret.Location, secret.Mode, $"is bound by no credential. Add {{target: path, secret: {secret.Mode}}} to an allow rule");
        }

        foreach (var name in bound.Distinct().Where(name => url.Secrets.Count(secret => secret.Mode == name) != 1 || url.Secrets.Count > 1))
        {
            diagnostics.Add(Descriptors.SecretPlaceholder, node.Location, name, "goes into the path. Write {{secret:" + name + "}} there, once");
        }
    }

    private static string Shown(UrlOrigin origin, string verb)
    {
        var host = origin.Host?.Replace("\0", "*") ?? "*";
        var port = origin.Port?.ToString(CultureInfo.InvariantCulture) ?? "*";
        return $"{verb} {(origin.Https ? "https" : "http")}://{host}:{port}";
    }

    // Whether it refuses every call of the template, whoever makes it and whatever the host's addresses are.
    private static bool Closes(DenyModel rule, UrlOrigin origin) =>
        rule is { Cidrs.Count: 0, Principals.Count: 0 }
        && (rule.Ports.Count == 0 || (origin.Port is { } port && rule.Ports.Any(range => range.From <= port && port <= range.To)))
        && (rule.Hosts.Count == 0 || (origin.Host is { } host && !host.Contains("\0") && rule.Hosts.Any(pattern => Covers(pattern, host))));

    private static bool Opens(AllowModel rule, UrlOrigin origin, string verb) =>
        (origin.Https ? rule.Https : rule.Http)
        && (rule.Methods.Count == 0 || rule.Methods.Contains(verb))
        && (origin.Port is not { } port || rule.Ports.Any(range => range.From <= port && port <= range.To))
        && (rule.Any || rule.Hosts.Count == 0 || origin.Host is null || rule.Hosts.Any(host => Covers(host, origin.Host)));

    /// <summary>Whether the pattern covers some name that the template can make: a placeholder stands for (part of) one label.</summary>
    private static bool Covers(HostModel pattern, string host)
    {
        var (made, listed) = (host.Split('.'), pattern.Value.Split('.'));
        var more = made.Length - listed.Length;
        if (pattern.Kind switch { "OneLabel" => more != 1, "Suffix" => more < 0, _ => more != 0 })
        {
            return false;
        }

        for (var i = 0; i < listed.Length; i++)
        {
            if (!CanBe(made[more + i], listed[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool CanBe(string made, string label)
    {
        var first = made.IndexOf('\0');
        var after = made.Length - made.LastIndexOf('\0') - 1;
        return first < 0
            ? made == label
            : first + after < label.Length && string.CompareOrdinal(made, 0, label, 0, first) == 0
                && string.CompareOrdinal(made, made.Length - after, label, label.Length - after, after) == 0;
    }
}
