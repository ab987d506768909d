using System.CommandLine;
using LatchGate.Cli.Client;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate call</c>: one call as an agent, with a fresh key and lease.</summary>
internal static class CallCommand
{
    internal static Command Create(CliContext context)
    {
        var action = new Argument<string>("ACTION") { Description = "The action's id." };
        var parameters = new Argument<string[]>("PARAMETER") { Description = "key=value for a string, key:=json for anything else.", Arity = ArgumentArity.ZeroOrMore };
        var input = new Option<string?>("--input") { Description = "The whole request as JSON; - reads standard input.", HelpName = "FILE" };
        var wait = new Option<int>("--wait") { Description = "When approval is needed, wait for it this long.", HelpName = "SECONDS" };
        var root = new Option<string?>("--fs-root") { Description = "The directory that file actions work in; it must lie below one that the gate permits.", HelpName = "DIRECTORY" };
        var socket = SocketOption();
        var command = new Command("call", "Call an action as an agent.") { action, parameters, input, wait, root, socket };
        context.Run(
            command,
            (parse, printer, cancellation) => RunAsync(
                context,
                printer,
                parse,
                new CallRequest(
                    Id(parse.GetValue(action)!, "action"),
                    RequestInput.Read(parse.GetValue(parameters) ?? [], parse.GetValue(input), context.Services),
                    Wait(parse.GetValue(wait)),
                    parse.GetValue(root) is { } directory ? Path.GetFullPath(directory, context.Services.Environment.CurrentDirectory) : null,
                    parse.GetValue(socket)),
                cancellation),
            "latchgate call http_fetch url=https://api.github.com/zen",
            "latchgate call http_post url=https://httpbin.org/post body:='{\"n\":1}' --wait 300",
            "latchgate call http_post --input request.json --json",
            "latchgate call fs_read operation=read path=README.md --fs-root .");
        return command;
    }

    internal static Option<string?> SocketOption() => new("--socket") { Description = "The gate's client socket.", HelpName = "PATH" };

    /// <exception cref="CliException">It is no id.</exception>
    internal static string Id(string text, string what) =>
        ResourceId.IsValid(text) ? text : throw CliException.Usage($"'{text}' is not the id of an {what}.");

    /// <summary>A client with a lease.</summary>
    /// <exception cref="CliException">The gate gives no lease.</exception>
    internal static async Task<AgentClient> ConnectAsync(
        CliContext context, ParseResult parse, string? socket, CancellationToken cancellation, string? fsRoot = null)
    {
        var config = context.LoadConfig(parse);
        var path = socket is null ? config.ListenUdsPath : Path.GetFullPath(socket, context.Services.Environment.CurrentDirectory);
        var client = new AgentClient(path, config.PublicBaseUrl, context.Services.Time);
        try
        {
            var lease = await client.ConnectAsync(cancellation, fsRoot: fsRoot).ConfigureAwait(false);
            if (!lease.IsSuccess)
            {
                var remedy = lease.ErrorCode is "identity_unauthenticated" or "identity_forbidden" ? "Is this user in [identity.peercred.principals]?" : null;
                throw new CliException(ExitFor(lease), lease.ErrorCode, $"The gate gives no lease: {lease.ErrorText}.", remedy);
            }

            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>A refusal (4xx) is not the same as a failure (5xx), and a failure with a receipt came after the provider had run.</summary>
    internal static ExitCode ExitFor(GateResponse response) => response switch
    {
        { Status: >= 400 and < 500 } => ExitCode.Denied,
        { IsSuccess: false } when response.Text("receipt_id") is not null => ExitCode.Unconfirmed,
        _ => ExitCode.Error,
    };

    private static int Wait(int seconds) => seconds is >= 0 and <= 3600 ? seconds : throw CliException.Usage("--wait takes 0 to 3600 seconds.");

    private static async Task<ExitCode> RunAsync(CliContext context, Printer printer, ParseResult parse, CallRequest call, CancellationToken cancellation)
    {
        using var client = await ConnectAsync(context, parse, call.Socket, cancellation, call.FsRoot).ConfigureAwait(false);
        var response = await client.ExecuteAsync(call.Action, call.Body, cancellation).ConfigureAwait(false);
        if (response.Status == 202)
        {
            var approval = response.Text("approval_id") ?? "";
            if (call.WaitSeconds == 0 || !ResourceId.IsValid(approval))
            {
                return CallOutcome.Pending(printer, response, approval);
            }

            printer.Warn($"waiting for an operator: latchgate approvals approve {approval}");
            return await new ApprovalWait(client, context.Services.Time).RunAsync(printer, response, approval, call.WaitSeconds, cancellation).ConfigureAwait(false);
        }

        return response.IsSuccess ? CallOutcome.Executed(printer, response.Body) : CallOutcome.Refused(printer, response);
    }

    private readonly record struct CallRequest(string Action, ReadOnlyMemory<byte> Body, int WaitSeconds, string? FsRoot, string? Socket);
}
