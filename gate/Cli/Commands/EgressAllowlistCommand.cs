using System.CommandLine;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Egress.Proxy;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Cli.Commands;

/// <summary>
/// <c>latchgate egress allowlist</c>: the proxy's list, from the build's manifests and the configuration; no gate is asked. For lists that
/// are shipped with the proxy, and for the check that they are not stale.
/// </summary>
internal static class EgressAllowlistCommand
{
    internal static Command Create(CliContext context)
    {
        var actions = new Option<string[]>("--action") { Description = "Only of this action; may be repeated. By default of all that the configuration enables.", HelpName = "ID" };
        var format = new Option<string>("--format") { Description = "squid: its first file; hosts: patterns as a manifest has them; json: everything.", HelpName = "squid|hosts|json", DefaultValueFactory = static _ => "squid" };
        format.AcceptOnlyFromAmong("squid", "hosts", "json");
        var learned = new Option<bool>("--learned") { Description = "With what operators added, as the ledger has it." };
        var check = new Option<string?>("--check") { Description = "Compare with this list (squid: and the files beside it); exit 6 if it differs.", HelpName = "FILE" };
        var write = new Option<string?>("--write") { Description = "Write Squid's files here, each whole, readable by all.", HelpName = "FILE" };
        var command = new Command("allowlist", "Print, write or check the list of the egress proxy.") { actions, format, learned, check, write };
        context.Run(
            command,
            (parse, printer, _) =>
            {
                var config = context.LoadConfig(parse);
                var list = Compute(context, config, parse.GetValue(actions) ?? [], parse.GetValue(learned));
                foreach (var omitted in list.Omitted)
                {
                    printer.Warn(omitted);
                }

                var directory = context.Services.Environment.CurrentDirectory;
                var (checking, writing) = (parse.GetValue(check), parse.GetValue(write));
                if (checking is not null && writing is not null)
                {
                    throw CliException.Usage("--check and --write exclude each other.");
                }

                var chosen = parse.GetValue(format)!;
                return Task.FromResult(
                    checking is not null ? Check(printer, list, Path.GetFullPath(checking, directory), chosen)
                    : writing is not null ? Write(printer, list, Path.GetFullPath(writing, directory))
                    : Print(printer, list, chosen));
            },
            "latchgate egress allowlist --format hosts",
            "latchgate egress allowlist --write deploy/squid/allowlist.txt",
            "latchgate egress allowlist --check deploy/squid/allowlist.txt");
        return command;
    }

    /// <summary>The list that a gate with this configuration would compute.</summary>
    /// <param name="context">Has the build's actions and the clock.</param>
    /// <param name="config">The operator's configuration.</param>
    /// <param name="only">Ids to take; empty for all that are enabled.</param>
    /// <param name="learned">Whether to read what was learned.</param>
    internal static EgressAllowlist Compute(CliContext context, GateConfig config, string[] only, bool learned)
    {
        var actions = OfflinePolicy.Actions(context.Services, config);
        var snapshot = learned ? Learned(config.LedgerDbPath, actions) : LearnedSnapshot.Empty;
        var rules = new List<EgressRuleSet>();
        foreach (var action in actions.Actions)
        {
            if (only.Length == 0 || Array.IndexOf(only, action.Id) >= 0)
            {
                rules.Add(snapshot.RulesOf(action));
            }
        }

        if (only.Length == 0)
        {
            rules.AddRange(Webhooks.WebhookEndpoint.RulesOf(config.Webhooks));
        }

        foreach (var id in only)
        {
            if (!actions.TryFind(id, out _))
            {
                throw new CliException(ExitCode.Error, "action_not_found", $"This configuration has no action '{Printer.Clean(id)}'.", "'latchgate actions' lists the actions.");
            }
        }

        return EgressAllowlist.Of(rules, GateStartup.CeilingOf(config), [], context.Services.Time.GetUtcNow());
    }

    private static LearnedSnapshot Learned(string ledger, ActionRegistry actions)
    {
        VerifyCommand.RequireLedger(ledger);
        try
        {
            return OfflineLedger.Learned(ledger, actions);
        }
        catch (DatabaseException e)
        {
            throw new CliException(ExitCode.Error, "ledger_unreadable", $"{ledger} cannot be read: {e.Message}", "Run this as who may read it.", e);
        }
    }

    private static ExitCode Print(Printer printer, EgressAllowlist list, string format)
    {
        printer.Result(
            json => WriteMembers(json, list),
            () => format switch
            {
                "hosts" => string.Join('\n', Hosts(list)),
                "json" => Json(list),
                _ => SquidFiles.Content(list, 0).TrimEnd('\n'),
            });
        if (format == "squid" && list.OneLabel.Length + list.Networks.Length > 0)
        {
            // Redirected into a file, this would be a list with holes.
            printer.Warn($"{list.OneLabel.Length + list.Networks.Length} entries stand in the files beside this one: --write FILE makes all of them, --format hosts shows all");
        }

        return ExitCode.Ok;
    }

    private static ExitCode Write(Printer printer, EgressAllowlist list, string file)
    {
        bool changed;
        try
        {
            changed = SquidFiles.Write(file, list);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Error, "egress_sync_failed", $"{file} cannot be written: {e.Message}", "Name a file in a directory of yours.", e);
        }

        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("file", file);
                json.WriteBoolean("changed", changed);
                json.WriteString("digest", list.Digest.ToString());
            },
            () => "");
        printer.Done($"{file}: {list.Count} entries, {(changed ? "written" : "unchanged")}");
        return ExitCode.Ok;
    }

    private static ExitCode Check(Printer printer, EgressAllowlist list, string file, string format)
    {
        AllowlistDrift drift;
        try
        {
            if (!File.Exists(file))
            {
                throw new CliException(ExitCode.Error, "list_not_found", $"There is no list at {file}.", "Make it with --write.");
            }

            drift = format switch
            {
                "squid" => AllowlistDrift.Of(file, list),
                "hosts" => AllowlistDrift.OfFile(file, Hosts(list)),
                _ => throw CliException.Usage("--check compares lists in the format squid or hosts."),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Error, "list_unreadable", $"{file} cannot be read: {e.Message}", inner: e);
        }

        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", drift.IsEmpty);
                json.WriteString("file", file);
                json.WriteString("digest", list.Digest.ToString());
                WriteArray(json, "missing", drift.Missing);
                WriteArray(json, "surplus", drift.Surplus);
            },
            () => Diff(drift));
        if (drift.IsEmpty)
        {
            printer.Done($"{file} is the list of this build and configuration");
            return ExitCode.Ok;
        }

        printer.Warn($"{file} differs: {drift.Missing.Length} missing (+), {drift.Surplus.Length} too many (-). Write it anew with --write, and reload the proxy.");
        return ExitCode.Drift;
    }

    private static string Diff(AllowlistDrift drift)
    {
        var text = new StringBuilder();
        foreach (var entry in drift.Surplus)
        {
            text.Append("- ").Append(Printer.Clean(entry)).Append('\n');
        }

        foreach (var entry in drift.Missing)
        {
            text.Append("+ ").Append(entry).Append('\n');
        }

        return text.ToString().TrimEnd('\n');
    }

    private static string[] Hosts(EgressAllowlist list) =>
        [.. list.Domains, .. Array.ConvertAll(list.OneLabel, static name => "*." + name), .. list.Networks];

    private static string Json(EgressAllowlist list)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            WriteMembers(json, list);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteMembers(Utf8JsonWriter json, EgressAllowlist list)
    {
        json.WriteBoolean("ok", true);
        json.WriteString("digest", list.Digest.ToString());
        json.WriteString("marker", list.Marker);
        WriteArray(json, "domains", list.Domains);
        WriteArray(json, "one_label", Array.ConvertAll(list.OneLabel, static name => "*." + name));
        WriteArray(json, "addresses", list.Networks);
        WriteArray(json, "ports", Array.ConvertAll(list.Ports, EgressAllowlist.Text));
        WriteArray(json, "tunnel_ports", Array.ConvertAll(list.TunnelPorts, EgressAllowlist.Text));
        WriteArray(json, "omitted", list.Omitted);
    }

    private static void WriteArray(Utf8JsonWriter json, string name, string[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
