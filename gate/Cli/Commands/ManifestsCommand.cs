using System.CommandLine;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Egress;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate manifests</c>: what was built in, a manifest to start from, and the build's diagnostics without a build.</summary>
internal static class ManifestsCommand
{
    internal static Command Create(CliContext context) =>
        new("manifests", "Look at the manifests that were built in, and write new ones.") { Show(context), New(context), Lint(context) };

    private static Command Show(CliContext context)
    {
        var id = new Argument<string>("ACTION") { Description = "The action's id." };
        var command = new Command("show", "Show what this binary has of a manifest: bounds, rules, credentials by name, verification, digests.") { id };
        context.Run(
            command,
            (parse, printer, _) =>
            {
                var actions = OfflinePolicy.Actions(context.Services, context.LoadConfig(parse));
                return Task.FromResult(Show(printer, EgressQuestions.Action(actions, parse.GetValue(id)!)));
            },
            "latchgate manifests show http_fetch");
        return command;
    }

    private static Command New(CliContext context)
    {
        var id = new Argument<string>("ID") { Description = "The id of the new action: A-Z a-z 0-9 _ -." };
        var output = new Option<string?>("--output") { Description = "Where to write it; by default ID.yaml here. - prints it.", HelpName = "FILE" };
        var command = new Command("new", "Write a manifest to start from. It lints clean; what to change is marked in comments.") { id, output };
        context.Run(
            command,
            (parse, printer, _) =>
                Task.FromResult(New(context.Services, printer, CallCommand.Id(parse.GetValue(id)!, "action"), parse.GetValue(output))),
            "latchgate manifests new tracker_create_issue",
            "latchgate manifests new tracker_create_issue --output manifests/tracker/create_issue.yaml");
        return command;
    }

    private static Command Lint(CliContext context)
    {
        var path = new Argument<string>("PATH") { Description = "A directory of manifests, or one of them." };
        var format = new Option<string>("--format") { Description = "text, or sarif (2.1.0).", HelpName = "FORMAT", DefaultValueFactory = static _ => "text" };
        format.AcceptOnlyFromAmong("text", "sarif");
        var command = new Command("lint", "Print what a build would say of manifests. Runs latchgate-manifests, which make manifests-tool builds.") { path, format };
        context.Run(
            command,
            (parse, _, _) => Task.FromResult(Lint(context.Services, parse.GetValue(path)!, parse.GetValue(format)!)),
            "latchgate manifests lint manifests",
            "latchgate manifests lint manifests --format sarif");
        return command;
    }

    private static ExitCode Lint(CliServices services, string path, string format)
    {
        var tool = ManifestsTool.Find(services.Environment) ?? throw new CliException(
            ExitCode.Error,
            "manifests_tool_missing",
            $"{ManifestsTool.Name} is neither beside this binary nor in PATH. Manifests are read by the build, not by the gate.",
            "Run 'make manifests-tool' in the repository; it needs the .NET SDK that the build needs.");
        return services.ReplaceProcess([tool, "lint", path, "--format", format])
            ? ExitCode.Ok
            : throw new CliException(ExitCode.Error, "manifests_tool_missing", $"{tool} cannot be run.", "Run 'make manifests-tool' in the repository again.");
    }

    private static ExitCode New(CliServices services, Printer printer, string id, string? output)
    {
        var text = ManifestSkeleton.Of(id);
        if (output == "-")
        {
            printer.Result(json => json.WriteString("manifest", text), () => text.TrimEnd('\n'));
            return ExitCode.Ok;
        }

        var file = Path.GetFullPath(output ?? id + ".yaml", services.Environment.CurrentDirectory);
        try
        {
            using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Error, "file_not_written", $"{file} cannot be written: {e.Message}", "Name another with --output.", e);
        }

        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("file", file);
            },
            () => "");
        printer.Done($"{file} is written");
        return ExitCode.Ok;
    }

    private static ExitCode Show(Printer printer, ActionSpec action)
    {
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                Write(json, action);
            },
            () =>
            {
                using var document = JsonDocument.Parse(Client.GateHttp.Json(json => Write(json, action)));
                return Printer.Pretty(document.RootElement);
            });
        return ExitCode.Ok;
    }

    private static void Write(Utf8JsonWriter json, ActionSpec action)
    {
        json.WriteString("action_id", action.Id);
        json.WriteString("version", action.Version);
        json.WriteString("description", action.Description);
        json.WriteString("manifest_digest", action.Digest.ToString());
        json.WriteString("provider", action.ProviderReference);
        json.WriteString("module_digest", action.ModuleDigest.ToString());
        json.WriteString("risk_level", action.Risk.ToWire());
        Texts(json, "declared_side_effects", action.SideEffects);
        Texts(json, "required_scopes", action.RequiredScopes);
        Texts(json, "tags", action.Tags);
        json.WriteStartObject("resource_limits");
        json.WriteNumber("fuel", action.Limits.Fuel);
        json.WriteNumber("memory_mb", action.Limits.MemoryMb);
        json.WriteNumber("timeout_seconds", action.Limits.TimeoutSeconds);
        json.WriteNumber("max_io_calls", action.Limits.MaxIoCalls);
        json.WriteNumber("max_host_response_bytes", action.Limits.MaxHostResponseBytes);
        json.WriteEndObject();
        json.WriteStartObject("io");
        json.WriteNumber("max_request_bytes", action.Io.MaxRequestBytes);
        json.WriteNumber("max_response_bytes", action.Io.MaxResponseBytes);
        json.WriteEndObject();
        json.WriteString("verifier_kind", action.Verification.Kind switch
        {
            VerifierKind.HttpStatus => "http_status",
            VerifierKind.FsHash => "fs_hash",
            _ => "none",
        });
        json.WriteStartArray("expected_status");
        foreach (var status in action.Verification.ExpectedStatus)
        {
            json.WriteNumberValue(status);
        }

        json.WriteEndArray();
        json.WriteBoolean("has_template", action.Template is not null);
        json.WriteStartArray("allow");
        foreach (var rule in action.Egress.Allow)
        {
            Rule(json, rule);
        }

        json.WriteEndArray();
        json.WriteBoolean("allow_learning", action.Egress.AllowLearning);
        if (action.Files is { } files)
        {
            json.WriteString("file_operations", files.Operations.ToString().ToLowerInvariant());
            json.WriteNumber("max_file_bytes", files.MaxFileBytes);
        }

        if (!action.RequestSchema.IsEmpty)
        {
            json.WritePropertyName("request_schema");
            json.WriteRawValue(action.RequestSchema.Span);
        }
    }

    private static void Rule(Utf8JsonWriter json, EgressAllowRule rule)
    {
        json.WriteStartObject();
        json.WriteString("name", rule.Name);
        json.WriteStartArray("hosts");
        foreach (var host in rule.Hosts)
        {
            json.WriteStringValue((host.Kind switch { HostPatternKind.OneLabel => "*.", HostPatternKind.Suffix => ".", _ => "" }) + host.Value);
        }

        json.WriteEndArray();
        json.WriteStartArray("ports");
        foreach (var range in rule.Ports)
        {
            json.WriteStringValue(range.From == range.To ? $"{range.From}" : $"{range.From}-{range.To}");
        }

        json.WriteEndArray();
        Texts(json, "methods", rule.Methods);
        CredentialText.Write(json, rule);
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, string name, System.Collections.Immutable.ImmutableArray<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
