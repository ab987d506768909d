using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Api;
using LatchGate.Cli.Client;
using LatchGate.Config;
using LatchGate.Json;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate actions</c>: what a running gate offers; without a gate, what this build holds.</summary>
internal static class ActionsCommand
{
    internal static Command Create(CliContext context)
    {
        var id = new Argument<string?>("ACTION") { Description = "Show this action in full.", Arity = ArgumentArity.ZeroOrOne };
        var parameters = new Argument<string[]>("PARAMETER") { Description = "With --render: key=value for a string, key:=json for anything else.", Arity = ArgumentArity.ZeroOrMore };
        var render = new Option<bool>("--render") { Description = "Show the call that a request would make, without making it." };
        var input = new Option<string?>("--input") { Description = "With --render: the whole request as JSON; - reads standard input.", HelpName = "FILE" };
        var principal = new Option<string?>("--principal") { Description = "With --render: who would ask, where rules differ.", HelpName = "PRINCIPAL" };
        var openApi = new Option<bool>("--openapi") { Description = "Print the actions as an OpenAPI 3.1 document." };
        var mcp = new Option<bool>("--mcp") { Description = "Print the actions as tools of the Model Context Protocol (tools/list)." };
        var socket = CallCommand.SocketOption();
        var command = new Command("actions", "List the actions, or show one.")
        {
            id, parameters, render, input, principal, openApi, mcp, socket,
        };
        context.Run(
            command,
            (parse, printer, cancellation) =>
            {
                var action = parse.GetValue(id) is { } named ? CallCommand.Id(named, "action") : null;
                var given = parse.GetValue(parameters) ?? [];
                if (parse.GetValue(openApi) || parse.GetValue(mcp))
                {
                    var isBoth = parse.GetValue(openApi) && parse.GetValue(mcp);
                    return action is not null || given.Length > 0 || parse.GetValue(render) || isBoth
                        ? throw CliException.Usage("--openapi and --mcp print all actions, and go with neither an action nor each other.")
                        : Task.FromResult(Print(context, parse, parse.GetValue(mcp)));
                }

                if (!parse.GetValue(render))
                {
                    return given.Length > 0 || parse.GetValue(input) is not null || parse.GetValue(principal) is not null
                        ? throw CliException.Usage("Parameters, --input and --principal go with --render.", "latchgate call makes the call.")
                        : RunAsync(context, printer, parse, action, parse.GetValue(socket), cancellation);
                }

                return action is null
                    ? throw CliException.Usage("--render needs an action.")
                    : RenderCommand.RunAsync(
                        context, printer, parse, action, RequestInput.Read(given, parse.GetValue(input), context.Services), parse.GetValue(principal), cancellation);
            },
            "latchgate actions",
            "latchgate actions http_fetch",
            "latchgate actions --mcp",
            "latchgate actions http_fetch --render url=https://api.github.com/zen");
        return command;
    }

    // What a gate of this configuration answers at /v1/openapi.json and /v1/tools, whether one runs or not.
    private static ExitCode Print(CliContext context, ParseResult parse, bool isTools)
    {
        var config = context.LoadConfig(parse);
        var actions = OfflinePolicy.Actions(context.Services, config);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonOutput.Options))
        {
            if (isTools)
            {
                ToolList.Write(json, actions);
            }
            else
            {
                OpenApiDocument.Write(json, actions, config.PublicBaseUrl);
            }
        }

        context.Services.Output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
        context.Services.Output.Flush();
        return ExitCode.Ok;
    }

    private static async Task<ExitCode> RunAsync(CliContext context, Printer printer, ParseResult parse, string? id, string? socket, CancellationToken cancellation)
    {
        var config = context.LoadConfig(parse);
        var path = socket is null ? config.ListenUdsPath : Path.GetFullPath(socket, context.Services.Environment.CurrentDirectory);
        using var client = new AgentClient(path, config.PublicBaseUrl, context.Services.Time);
        JsonElement body;
        try
        {
            var response = await client.ActionsAsync(id, cancellation).ConfigureAwait(false);
            if (!response.IsSuccess)
            {
                throw id is not null && response.Status == 404 ? Unknown(id, context.Services.Actions()) : new CliException(ExitCode.Error, response.ErrorCode, $"The gate answered: {response.ErrorText}.");
            }

            body = response.Body;
        }
        catch (GateUnreachableException) when (socket is null)
        {
            printer.Note("No gate is running; these are the actions of this build.");
            body = FromBuild(id, context.Services.Actions(), config);
        }

        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                CallOutcome.WriteMembers(json, body);
            },
            () => id is null ? Table(body) : Printer.Pretty(body));
        return ExitCode.Ok;
    }

    private static string Table(JsonElement body) => Printer.Table(
        ["ACTION", "VERSION", "RISK"],
        body.GetProperty("actions").ConvertAll(action => new[] { Text(action, "action_id"), Text(action, "version"), Text(action, "risk_level") }));

    private static string Text(JsonElement element, string member) =>
        element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static CliException Unknown(string id, IReadOnlyList<ActionSpec> actions) =>
        EditDistance.Nearest(id, actions.Select(action => action.Id)) is { } nearest
            ? new CliException(ExitCode.Error, "action_not_found", $"There is no action '{id}'.", $"Did you mean '{nearest}'?")
            : new CliException(ExitCode.Error, "action_not_found", $"There is no action '{id}'.", "'latchgate actions' lists the actions.");

    /// <summary>The same shape as the gate's own answer, from the compiled registry and the configured selection.</summary>
    private static JsonElement FromBuild(string? id, IReadOnlyList<ActionSpec> actions, GateConfig config)
    {
        var enabled = actions
            .Where(action => config.Actions is not { } selected || selected.Contains(action.Id, StringComparer.Ordinal))
            .OrderBy(action => action.Id, StringComparer.Ordinal)
            .ToList();
        var json = GateHttp.Json(writer =>
        {
            if (id is null)
            {
                writer.WriteStartArray("actions");
                foreach (var action in enabled)
                {
                    writer.WriteStartObject();
                    WriteSummary(writer, action);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            }
            else
            {
                WriteDetail(writer, enabled.FirstOrDefault(action => action.Id == id) ?? throw Unknown(id, enabled));
            }
        });
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static void WriteSummary(Utf8JsonWriter json, ActionSpec action)
    {
        json.WriteString("action_id", action.Id);
        json.WriteString("version", action.Version);
        json.WriteString("risk_level", JsonNamingPolicy.SnakeCaseLower.ConvertName(action.Risk.ToString()));
    }

    private static void WriteDetail(Utf8JsonWriter json, ActionSpec action)
    {
        WriteSummary(json, action);
        json.WriteString("description", action.Description);
        json.WriteString("provider_module_digest", action.ProviderReference);
        json.WriteStartObject("resource_limits");
        json.WriteNumber("fuel", action.Limits.Fuel);
        json.WriteNumber("memory_mb", action.Limits.MemoryMb);
        json.WriteNumber("timeout_seconds", action.Limits.TimeoutSeconds);
        json.WriteNumber("max_io_calls", action.Limits.MaxIoCalls);
        json.WriteNumber("max_host_response_bytes", action.Limits.MaxHostResponseBytes);
        json.WriteEndObject();
        json.WriteStartArray("declared_side_effects");
        foreach (var effect in action.SideEffects)
        {
            json.WriteStringValue(effect);
        }

        json.WriteEndArray();
        if (!action.RequestSchema.IsEmpty)
        {
            json.WritePropertyName("request_schema");
            json.WriteRawValue(action.RequestSchema.Span);
        }
    }
}
