using System.CommandLine;
using System.Text;
using LatchGate.Actions;
using LatchGate.Cli.Doctor;
using LatchGate.Config;
using LatchGate.Egress.Proxy;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate doctor</c>: looks at everything that a gate with this configuration needs, and changes nothing.</summary>
internal static class DoctorCommand
{
    internal static Command Create(CliContext context)
    {
        var command = new Command("doctor", "Look at everything that the gate needs; exit 0 if it is well, 2 if there are only warnings.");
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var findings = new List<Finding>();
                await ExamineAsync(context, parse, findings, cancellation).ConfigureAwait(false);
                return Tell(printer, findings);
            },
            "latchgate doctor",
            "latchgate doctor --json");
        return command;
    }

    private static async Task ExamineAsync(CliContext context, ParseResult parse, List<Finding> findings, CancellationToken cancellation)
    {
        var configuration = new Section("Configuration", findings);
        GateConfig config;
        ActionRegistry actions;
        try
        {
            config = context.LoadConfig(parse);
            actions = OfflinePolicy.Actions(context.Services, config);
        }
        catch (StartupException e)
        {
            configuration.Error("config", e.Detail, e.Remedy);
            return;
        }

        Configuration(configuration, config, actions);
        FileChecks.Keys(new Section("Keys", findings), config);
        await PolicyChecks.RunAsync(new Section("Policy", findings), config, actions, context.Services.Time).ConfigureAwait(false);
        SecretChecks.Run(new Section("Secrets", findings), config, actions);
        WebhookChecks.Run(new Section("Webhooks", findings), config, context.Services.Time);
        FileChecks.Ledger(new Section("Ledger", findings), config, context.Services.Time);
        FileChecks.Sockets(new Section("Sockets", findings), config);
        var list = ListOf(config, actions, context.Services.Time);
        await EgressChecks.RunAsync(new Section("Dependencies", findings), config, list, cancellation).ConfigureAwait(false);
    }

    private static void Configuration(Section section, GateConfig config, ActionRegistry actions)
    {
        if (config.Source.File is { } file)
        {
            section.Ok("config", file);
        }
        else
        {
            section.Warn("config", "there is no configuration file", "Run 'latchgate up' once to have one made, or name one with --config.");
        }

        section.Ok("actions", $"{actions.Actions.Length} are offered");
        if (config.OperatorCredentials.IsEmpty)
        {
            section.Warn("operators", "nobody can approve: the configuration has no operator", "Add an [operator_credentials.NAME] table; 'latchgate operator keygen' prints one.");
        }

        foreach (var credential in config.OperatorCredentials)
        {
            section.Try($"operator_{credential.Name}", $"{credential.Name} ({credential.Role}) has a usable API key", () => credential.ReadApiKeyDigest());
        }

        if (config.Posture.IsRelaxed)
        {
            section.Warn("posture", "operator_auth_insecure: an operator's API key is enough, without a proof", "Remove it from [posture].");
        }
    }

    // Where the ledger cannot be read another check says so; the list is then that of the manifests alone, and would only mislead.
    private static EgressAllowlist? ListOf(GateConfig config, ActionRegistry actions, TimeProvider time)
    {
        var learned = LearnedSnapshot.Empty;
        if (File.Exists(config.LedgerDbPath))
        {
            try
            {
                learned = OfflineLedger.Learned(config.LedgerDbPath, actions);
            }
            catch (DatabaseException)
            {
                return null;
            }
        }

        return EgressAllowlist.Of(
            [.. Array.ConvertAll([.. actions.Actions], learned.RulesOf), .. Webhooks.WebhookEndpoint.RulesOf(config.Webhooks)],
            GateStartup.CeilingOf(config), [], time.GetUtcNow());
    }

    private static ExitCode Tell(Printer printer, List<Finding> findings)
    {
        var (errors, warnings) = (0, 0);
        foreach (var finding in findings)
        {
            errors += finding.Severity == Severity.Error ? 1 : 0;
            warnings += finding.Severity == Severity.Warn ? 1 : 0;
        }

        printer.Result(
            json =>
            {
                json.WriteStartArray("checks");
                foreach (var finding in findings)
                {
                    json.WriteStartObject();
                    json.WriteString("section", finding.Section);
                    json.WriteString("check", finding.Check);
                    json.WriteString("severity", finding.SeverityText);
                    json.WriteString("message", finding.Message);
                    if (finding.Remedy.Length > 0)
                    {
                        json.WriteString("remedy", finding.Remedy);
                    }

                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteNumber("errors", errors);
                json.WriteNumber("warnings", warnings);
                json.WriteBoolean("healthy", errors == 0);
            },
            () => Text(findings));
        printer.Note(errors + warnings == 0 ? "All is well." : $"{errors} errors, {warnings} warnings.");
        return errors > 0 ? ExitCode.Error : warnings > 0 ? ExitCode.Broken : ExitCode.Ok;
    }

    private static string Text(List<Finding> findings)
    {
        var text = new StringBuilder();
        var section = "";
        foreach (var finding in findings)
        {
            if (finding.Section != section)
            {
                section = finding.Section;
                text.Append(section).Append('\n');
            }

            text.Append("  ").Append(finding.Symbol).Append(' ').Append(finding.Check).Append(' ').Append(Printer.Clean(finding.Message)).Append('\n');
            if (finding.Remedy.Length > 0)
            {
                text.Append("    ").Append(Printer.Clean(finding.Remedy)).Append('\n');
            }
        }

        return text.ToString().TrimEnd('\n');
    }
}
