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
        var keys = new Option<string?>("--keys") { Description = "The receipt keys (JWKS) for --ledger; by default the configured ones.", HelpName = "FILE" };
        var socket = CallCommand.SocketOption();
        var show = new Command("show", "Show one receipt; from the gate, you see your own principal's.") { id, ledger, keys, socket };
        context.Run(
            show,
            async (parse, printer, cancellation) =>
            {
                var receipt = CallCommand.Id(parse.GetValue(id)!, "receipt");
                var body = parse.GetValue(ledger) is { } file
                    ? FromLedger(context, parse, file, parse.GetValue(keys), receipt)
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

    private static JsonElement FromLedger(CliContext context, ParseResult parse, string file, string? keys, string receipt)
    {
        var current = context.Services.Environment.CurrentDirectory;
        var path = Path.GetFullPath(file, current);
        VerifyCommand.RequireLedger(path);
        var keysFile = keys is null ? context.LoadConfig(parse).ReceiptKeysJwksPath : Path.GetFullPath(keys, current);
        var stored = context.Services.ReadReceipt(path, receipt, ReceiptKeys.Read(keysFile)) ?? throw NotFound(receipt);
        using var document = JsonDocument.Parse(stored, new JsonDocumentOptions { MaxDepth = 128 });
        return document.RootElement.Clone();
    }

    private static CliException NotFound(string receipt) =>
        new(ExitCode.Error, "not_found", $"There is no receipt {receipt}.", "An agent sees only its own principal's receipts.");
}
