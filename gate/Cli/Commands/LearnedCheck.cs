using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli.Client;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Learned;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Commands;

/// <summary>
/// <c>latchgate domains check</c> and <c>paths check</c>: whether an action may reach a host, or a path, and which rule says so. Judged by
/// the build's manifests, the configuration here, and what the running gate has learned.
/// </summary>
internal static class LearnedCheck
{
    internal static Command Create(CliContext context, OperatorOptions identity, LearnedKind kind, string sample)
    {
        var isDomain = kind == LearnedKind.Domain;
        var action = new Argument<string>("ACTION") { Description = "The action's id." };
        var value = new Argument<string>(isDomain ? "DOMAIN" : "PATH") { Description = isDomain ? "A host or address." : "A path relative to the session's root." };
        var command = new Command("check", $"Say whether an action may use a {(isDomain ? "host" : "path")} (exit 0) or not (exit 1), and why.") { action, value };
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var actionId = parse.GetValue(action)!;
                var spec = context.Services.Actions().FirstOrDefault(a => a.Id == actionId)
                    ?? throw new CliException(ExitCode.Error, "action_not_found", $"This build has no action '{actionId}'.", "'latchgate actions' lists the actions.");
                var response = await PolicyChangeCommands.AskAsync(
                    context, identity, parse, client => client.LearnedAsync(kind, actionId, cancellation)).ConfigureAwait(false);
                var (verdict, rule) = isDomain
                    ? Domain(spec, parse.GetValue(value)!, response.Body, GateStartup.CeilingOf(context.LoadConfig(parse)))
                    : Path(spec, parse.GetValue(value)!, response.Body, FileStartup.DeniedPathsOf(context.LoadConfig(parse)));
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteString("verdict", verdict);
                        json.WriteString("rule", rule);
                    },
                    () => rule is null ? verdict : $"{verdict} ({rule})");
                return verdict == "allowed" ? ExitCode.Ok : ExitCode.Error;
            },
            $"latchgate {(isDomain ? "domains" : "paths")} check {(isDomain ? "http_fetch" : "fs_read")} {sample}");
        return command;
    }

    /// <summary>Names alone are judged: scheme, port and method are the rule's, and addresses are judged when they are known.</summary>
    internal static (string Verdict, string? Rule) Domain(ActionSpec action, string domain, JsonElement learned, EgressCeiling ceiling)
    {
        if (action.Egress.Profile == EgressProfile.None)
        {
            return ("denied", "egress_profile_none");
        }

        var host = domain.Contains(':', StringComparison.Ordinal) && domain[0] != '[' ? $"[{domain}]" : domain;
        if (!Target.Parse($"https://{host}/", out var target, out var reason))
        {
            throw new CliException(ExitCode.Error, "invalid_domain", $"'{Printer.Clean(domain)}' is not a host: {reason.Message()}");
        }

        var patterns = ImmutableArray.CreateBuilder<HostPattern>();
        foreach (var entry in learned.GetProperty("domains").EnumerateArray())
        {
            if (LearnedDomain.TryParse(entry.GetProperty("domain").GetString() ?? "", wide: true, out var parsed, out _))
            {
                patterns.Add(parsed.Pattern);
            }
        }

        var rules = action.Egress.AllowLearning && patterns.Count > 0 ? LearnedHosts.Open(action.Egress, patterns.DrainToImmutable()) : action.Egress;
        foreach (var deny in rules.Deny)
        {
            // One with a condition on ports, principals or networks does not close the host as such.
            var isWhole = deny.Cidrs.IsEmpty && deny.Ports.IsEmpty && deny.Principals.IsEmpty;
            if (isWhole && (deny.Hosts.IsEmpty || LookupPermit.Matches(deny.Hosts, target)))
            {
                return ("denied", deny.Name);
            }
        }

        if (LookupPermit.Matches(ceiling.Deny, target) || (ceiling.RuntimeAllowlist is { } hosts && !LookupPermit.Matches(hosts, target)))
        {
            return ("denied", "operator_ceiling");
        }

        foreach (var rule in rules.Allow)
        {
            if (rule.Any ? ceiling.OpenEgress : LookupPermit.Matches(rule.Hosts, target))
            {
                return ("allowed", rule.Name);
            }
        }

        return rules.Default == EgressDefault.Allow && ceiling.OpenEgress ? ("allowed", "(default)") : ("not_matched", null);
    }

    /// <summary>The path's text alone is judged: whether the session has a root, and what lies there, the gate sees when it is asked.</summary>
    internal static (string Verdict, string? Rule) Path(ActionSpec action, string path, JsonElement learned, ImmutableArray<PathGlob> deny)
    {
        if (action.Files is not { } files)
        {
            return ("denied", "no_files");
        }

        var globs = ImmutableArray.CreateBuilder<PathGlob>();
        foreach (var entry in learned.GetProperty("paths").EnumerateArray())
        {
            if (LearnedPath.TryParse(entry.GetProperty("path_glob").GetString() ?? "", out var parsed, out _))
            {
                globs.Add(parsed.Glob);
            }
        }

        return (files.Rules with { Learned = files.AllowLearning ? globs.DrainToImmutable() : [], OperatorDeny = deny }).Judge(path) switch
        {
            PathVerdict.Allowed => ("allowed", files.Rules.Judge(path) == PathVerdict.Allowed ? "allowed_paths" : "learned"),
            PathVerdict.NotListed => ("not_matched", null),
            PathVerdict.Sensitive => ("denied", "sensitive_location"),
            PathVerdict.InvalidPath => ("denied", "invalid_path"),
            _ => ("denied", "denied_paths"),
        };
    }
}
