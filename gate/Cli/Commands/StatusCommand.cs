using System.CommandLine;
using LatchGate.Cli.Client;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate status</c>: whether the gate is up, and what it says of itself when an operator asks.</summary>
internal static class StatusCommand
{
    internal static Command Create(CliContext context)
    {
        var identity = new OperatorOptions();
        var command = new Command("status", "Say whether the gate is up (exit 0) or not (exit 1).");
        identity.AddTo(command);
        context.Run(command, (parse, printer, cancellation) => RunAsync(context, identity, parse, printer, cancellation), "latchgate status", "latchgate status --json");
        return command;
    }

    private static async Task<ExitCode> RunAsync(CliContext context, OperatorOptions identity, ParseResult parse, Printer printer, CancellationToken cancellation)
    {
        var config = context.LoadConfig(parse);
        using var client = new AgentClient(config.ListenUdsPath, config.PublicBaseUrl, context.Services.Time);
        var health = await client.HealthAsync(cancellation).ConfigureAwait(false);
        if (!health.IsSuccess)
        {
            throw new CliException(ExitCode.Error, "gate_unhealthy", $"The gate at {config.ListenUdsPath} answers {health.Status}.");
        }

        var (admin, reason) = await AdminStatusAsync(context, identity, parse, cancellation).ConfigureAwait(false);
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("config", config.Source.File);
                json.WriteString("client_socket", config.ListenUdsPath);
                json.WriteString("admin_socket", config.ListenAdminUdsPath);
                if (admin is null)
                {
                    json.WriteString("admin_unavailable", reason);
                }
                else
                {
                    json.WritePropertyName("gate");
                    admin.Body.WriteTo(json);
                }
            },
            () => admin is null ? "up" : Printer.Pretty(admin.Body));
        printer.Done($"The gate is up at {config.ListenUdsPath}");
        if (admin is null)
        {
            printer.Note($"  More with an operator's credential: {reason}");
        }

        return ExitCode.Ok;
    }

    /// <summary>What only operators see, or why it cannot be had; an agent's user may ask for the status too.</summary>
    private static async Task<(GateResponse? Status, string? Reason)> AdminStatusAsync(
        CliContext context,
        OperatorOptions identity,
        ParseResult parse,
        CancellationToken cancellation)
    {
        try
        {
            using var client = identity.Open(context, parse);
            var response = await client.StatusAsync(cancellation).ConfigureAwait(false);
            return response.IsSuccess ? (response, null) : (null, response.ErrorText);
        }
        catch (Exception e) when (e is CliException { Exit: ExitCode.Error } or Pipeline.StartupException or GateUnreachableException)
        {
            return (null, e.Message);
        }
    }
}
