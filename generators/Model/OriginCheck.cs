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
        if (url.Origin is { } origin && egress is { Allow.Count: > 0, DefaultAllow: false, AllowLearning: false } && !egress.Allow.Any(rule => Opens(rule, origin, verb)))
        {
            var host = origin.Host?.Replace("\0", "*") ?? "*";
            var port = origin.Port?.ToString(CultureInfo.InvariantCulture) ?? "*";
            diagnostics.Add(Descriptors.HostNotListed, node.Location, $"{verb} {(origin.Https ? "https" : "http")}://{host}:{port}");
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

    private static bool Opens(AllowModel rule, UrlOrigin origin, string verb) =>
        (origin.Https ? rule.Https : rule.Http)
        && (rule.Methods.Count == 0 || rule.Methods.Contains(verb))
        && (origin.Port is not { } port || rule.Ports.Any(range => range.From <= port && port <= range.To))
        && (rule.Any || rule.Hosts.Count == 0 || origin.Host is null || rule.Hosts.Any(host => Covers(host, origin.Host)));

    // A placeholder stands for (part of) one label, so what comes after the last one is fixed.
    private static bool Covers(HostModel pattern, string host)
    {
        var last = host.LastIndexOf('\0');
        if (last < 0)
        {
            return pattern.Kind switch
            {
                "OneLabel" => host.EndsWith("." + pattern.Value, StringComparison.Ordinal) && host.IndexOf('.') == host.Length - pattern.Value.Length - 1,
                "Suffix" => host == pattern.Value || host.EndsWith("." + pattern.Value, StringComparison.Ordinal),
                _ => host == pattern.Value,
            };
        }

        var dot = host.IndexOf('.', last);
        var suffix = dot < 0 ? "" : host.Substring(dot + 1);
        return pattern.Kind == "Exact"
            ? suffix.Length == 0 || pattern.Value.EndsWith("." + suffix, StringComparison.Ordinal)
            : suffix == pattern.Value || suffix.EndsWith("." + pattern.Value, StringComparison.Ordinal);
    }
}
