using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LatchGate.Cli.Client;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate keys</c>: the keys that sign receipts and grants.</summary>
internal static class KeysCommand
{
    internal static Command Create(CliContext context)
    {
        var command = new Command("keys", "List, replace and export the keys that sign receipts and grants.");
        command.Subcommands.Add(List(context));
        command.Subcommands.Add(Rotate(context));
        command.Subcommands.Add(Export(context));
        return command;
    }

    private static Command List(CliContext context)
    {
        var keys = new Option<string?>("--keys") { Description = "The receipt keys (JWKS); by default the configured ones.", HelpName = "FILE" };
        var command = new Command("list", "List all receipt keys there ever were, and the grant key.") { keys };
        context.Run(
            command,
            (parse, printer, _) =>
            {
                var config = parse.GetValue(keys) is null ? context.LoadConfig(parse) : null;
                var history = History(context, parse.GetValue(keys), config);
                var current = config is null ? null : KeyIdOf(config.ReceiptSigningKeyPath, "receipt signing");
                var grant = config is null ? null : KeyIdOf(config.GrantSigningKeyPath, "grant signing");
                printer.Result(
                    json => WriteList(json, history, current, grant),
                    () => Printer.Table(["KEY", "KID", "SINCE", ""], Rows(history, current, grant)));
                return Task.FromResult(ExitCode.Ok);
            },
            "latchgate keys list");
        return command;
    }

    private static Command Rotate(CliContext context)
    {
        var identity = new OperatorOptions();
        var which = new Argument<string>("KEY") { Description = "receipt or grant.", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "receipt" };
        var command = new Command(
            "rotate", "Make a new key and sign with it from now on, while the gate runs or when it does not. Receipts of the old key stay verifiable.") { which };
        identity.AddTo(command);
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                if (!SigningKeyKinds.TryParse(parse.GetValue(which), out var kind))
                {
                    throw CliException.Usage($"'{parse.GetValue(which)}' is not a key.", "Give receipt or grant.");
                }

                var rotation = await ByGateAsync(context, identity, parse, kind, cancellation).ConfigureAwait(false);
                var byGate = rotation is not null;
                rotation ??= await OfflineKeys.RotateAsync(context.LoadConfig(parse), kind, context.Services.Error, context.Services.Time).ConfigureAwait(false);
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteString("key", kind.ToWire());
                        json.WriteString("kid", rotation.KeyId);
                        json.WriteString("previous_kid", rotation.PreviousKeyId);
                        json.WriteBoolean("offline", !byGate);
                    },
                    () => "");
                printer.Done($"The {kind.ToWire()} key is {rotation.KeyId}, and was {rotation.PreviousKeyId}{(byGate ? "" : "; no gate runs")}");
                return ExitCode.Ok;
            },
            "latchgate keys rotate receipt",
            "latchgate keys rotate grant --json");
        return command;
    }

    private static Command Export(CliContext context)
    {
        var keys = new Option<string?>("--keys") { Description = "The receipt keys (JWKS); by default the configured ones.", HelpName = "FILE" };
        var form = new Option<string>("--format") { Description = "jwks (RFC 7517, RFC 8037) or pem (SubjectPublicKeyInfo).", HelpName = "FORM", DefaultValueFactory = _ => "jwks" };
        var kid = new Option<string?>("--kid") { Description = "Only this key.", HelpName = "KID" };
        var output = new Option<string?>("--output", "-o") { Description = "A file that does not exist yet; by default standard output.", HelpName = "FILE" };
        var command = new Command("export", "Write the public receipt keys, for other tools. There is nothing secret in them.") { keys, form, kid, output };
        context.Run(
            command,
            (parse, printer, _) =>
            {
                var format = parse.GetValue(form)!;
                if (format is not ("jwks" or "pem"))
                {
                    throw CliException.Usage($"'{format}' is not a form.", "Give --format jwks or pem.");
                }

                var chosen = Choose(History(context, parse.GetValue(keys), parse.GetValue(keys) is null ? context.LoadConfig(parse) : null), parse.GetValue(kid));
                var text = format == "pem" ? Pem(chosen) : Jwks(chosen);
                if (parse.GetValue(output) is not { } named)
                {
                    context.Services.Output.Write(text);
                    context.Services.Output.Flush();
                    return Task.FromResult(ExitCode.Ok);
                }

                var file = Path.GetFullPath(named, context.Services.Environment.CurrentDirectory);
                Save(file, text);
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteString("file", file);
                        json.WriteNumber("keys", chosen.Count);
                    },
                    () => "");
                printer.Done($"{chosen.Count} keys are in {file}");
                return Task.FromResult(ExitCode.Ok);
            },
            "latchgate keys export > receipt-keys.json",
            "latchgate keys export --format pem --kid 03a107bff3ce10be -o receipt-key.pem");
        return command;
    }

    /// <summary>The gate's rotation; null when no gate runs.</summary>
    private static async Task<KeyRotation?> ByGateAsync(
        CliContext context, OperatorOptions identity, ParseResult parse, SigningKeyKind kind, CancellationToken cancellation)
    {
        if (!File.Exists(context.LoadConfig(parse).ListenAdminUdsPath))
        {
            return null;
        }

        try
        {
            using var client = identity.Open(context, parse);
            var response = await client.RotateKeyAsync(kind.ToWire(), cancellation).ConfigureAwait(false);
            return response.IsSuccess
                ? new KeyRotation(KeyRotationOutcome.Done, response.Text("kid") ?? "", response.Text("previous_kid") ?? "")
                : throw new CliException(ExitCode.Error, response.ErrorCode, $"The gate refused: {response.ErrorText}.");
        }
        catch (GateUnreachableException)
        {
            // Its socket is left over. If a gate runs all the same, it holds the ledger's lock, and the rotation stops there.
            return null;
        }
    }

    private static ReceiptJwks History(CliContext context, string? named, GateConfig? config)
    {
        var file = named is null ? config!.ReceiptKeysJwksPath : Path.GetFullPath(named, context.Services.Environment.CurrentDirectory);
        return File.Exists(file)
            ? ReceiptJwks.Read(file)
            : throw new CliException(ExitCode.Error, "receipt_keys_unusable", $"There are no receipt keys at {file}.", "Name the gate's receipt-keys.jwks with --keys; the gate writes it at its first start.");
    }

    private static string? KeyIdOf(string path, string kind)
    {
        using var key = KeyFile.TryLoadEd25519(path, kind);
        return key?.KeyId;
    }

    private static List<ReceiptKey> Choose(ReceiptJwks history, string? kid)
    {
        if (kid is null)
        {
            return [.. history.Keys];
        }

        return [history.Find(kid) ?? throw new CliException(ExitCode.Error, "not_found", $"There is no receipt key {kid}.", "List them with 'latchgate keys list'.")];
    }

    private static void WriteList(Utf8JsonWriter json, ReceiptJwks history, string? current, string? grant)
    {
        json.WriteBoolean("ok", true);
        json.WriteStartArray("receipt_keys");
        foreach (var key in history.Keys)
        {
            json.WriteStartObject();
            json.WriteString("kid", key.KeyId);
            json.WriteString("added_at", Time(key));
            json.WriteBoolean("current", key.KeyId == current);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("grant_kid", grant);
    }

    private static List<string[]> Rows(ReceiptJwks history, string? current, string? grant)
    {
        var rows = new List<string[]>(history.Keys.Count + 1);
        foreach (var key in history.Keys)
        {
            rows.Add(["receipt", key.KeyId, Time(key), key.KeyId == current ? "current" : ""]);
        }

        if (grant is not null)
        {
            rows.Add(["grant", grant, "", "current"]);
        }

        return rows;
    }

    private static string Time(ReceiptKey key) => key.AddedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Pem(List<ReceiptKey> keys)
    {
        var text = new System.Text.StringBuilder();
        foreach (var key in keys)
        {
            // Explanatory text before the boundary (RFC 7468 §2).
            text.Append(keys.Count > 1 ? $"kid: {key.KeyId}\n" : "").Append(Ed25519Pem.Write(key.PublicKey.Span));
        }

        return text.ToString();
    }

    private static string Jwks(List<ReceiptKey> keys)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        ReceiptJwks.Write(buffer, keys, standardOnly: true);
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void Save(string file, string text)
    {
        try
        {
            AtomicFile.Create(file, System.Text.Encoding.UTF8.GetBytes(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Error, File.Exists(file) ? "exists" : "not_written", $"{file} was not written: {e.Message}", "Name a file that does not exist, in a directory of yours.", e);
        }
    }
}
