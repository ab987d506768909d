using System.CommandLine;
using System.Text.Json;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate receipts show</c>: the signed record of one execution.</summary>
internal static class ReceiptsCommand
{
    internal static Command Create(CliContext context)
    {
        var id = new Argument<string>("ID") { Description = "The receipt's id." };
        var ledger = new Option<string?>("--ledger") { Description = "Read it from this database, without a gate.", HelpName = "FILE" };
        var socket = CallCommand.SocketOption();
        var show = new Command("show", "Show one receipt; from the gate, you see your own principal's.") { id, ledger, socket };
        context.Run(
            show,
            async (parse, printer, cancellation) =>
            {
                var receipt = CallCommand.Id(parse.GetValue(id)!, "receipt");
                var body = parse.GetValue(ledger) is { } file
                    ? FromLedger(context, file, receipt)
                    : await FromGateAsync(context, parse, parse.GetValue(socket), receipt, cancellation).ConfigureAwait(false);
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        CallOutcome.WriteMembers(json, body);
                    },
                    () => Printer.Pretty(body));
                return ExitCode.Ok;
            },
            "latchgate receipts show 01990f6e-0000-7000-8000-000000000000",
            "latchgate receipts show 01990f6e-0000-7000-8000-000000000000 --ledger audit.db");
        return new Command("receipts", "Show receipts.") { show };
    }

    private static async Task<JsonElement> FromGateAsync(CliContext context, ParseResult parse, string? socket, string receipt, CancellationToken cancellation)
    {
        using var client = await CallCommand.ConnectAsync(context, parse, socket, cancellation).ConfigureAwait(false);
        var response = await client.ReceiptAsync(receipt, cancellation).ConfigureAwait(false);
        return response switch
        {
            { IsSuccess: true } => response.Body,
            { Status: 404 } => throw NotFound(receipt),
            _ => throw new CliException(ExitCode.Error, response.ErrorCode, $"The gate refused: {response.ErrorText}."),
        };
    }

    private static JsonElement FromLedger(CliContext context, string file, string receipt)
    {
        var path = Path.GetFullPath(file, context.Services.Environment.CurrentDirectory);
        VerifyCommand.RequireLedger(path);
        using var document = JsonDocument.Parse(context.Services.ReadReceipt(path, receipt) ?? throw NotFound(receipt));
        return document.RootElement.Clone();
    }

    private static CliException NotFound(string receipt) =>
        new(ExitCode.Error, "not_found", $"There is no receipt {receipt}.", "An agent sees only its own principal's receipts.");
}
