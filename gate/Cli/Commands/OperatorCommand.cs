using System.CommandLine;
using System.Security.Cryptography;
using LatchGate.Cli.FirstRun;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Identity;
using LatchGate.Storage;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate operator</c>: make a credential, and list those that are configured.</summary>
internal static class OperatorCommand
{
    internal static Command Create(CliContext context)
    {
        var command = new Command("operator", "Make and list operators' credentials.");
        command.Subcommands.Add(Keygen(context));
        command.Subcommands.Add(List(context));
        return command;
    }

    private static Command Keygen(CliContext context)
    {
        var output = new Option<string>("--output", "-o")
        {
            Description = "The key's file; the API key goes beside it, with the ending .key. Neither is overwritten.",
            HelpName = "FILE",
            DefaultValueFactory = _ => "operator-key.pem",
        };
        var name = new Option<string?>("--name") { Description = "The operator's name; default is the file's, without ending.", HelpName = "NAME" };
        var role = new Option<string>("--role") { Description = "viewer, approver or admin.", HelpName = "ROLE", DefaultValueFactory = _ => "admin" };
        var command = new Command("keygen", "Make an operator's key and API key, and print the table for the configuration.") { output, name, role };
        context.Run(
            command,
            (parse, printer, _) => Task.FromResult(Keygen(context, printer, parse.GetValue(output)!, parse.GetValue(name), parse.GetValue(role)!)),
            "latchgate operator keygen -o operators/ada.pem --role approver");
        return command;
    }

    private static ExitCode Keygen(CliContext context, Printer printer, string output, string? named, string roleWord)
    {
        var pem = Path.GetFullPath(output, context.Services.Environment.CurrentDirectory);
        var name = named ?? Path.GetFileNameWithoutExtension(pem);
        if (!OperatorConfig.IsName(name))
        {
            throw CliException.Usage($"'{name}' is not an operator's name.", "Give --name 1 to 64 of the characters A-Z a-z 0-9 _ -");
        }

        if (!OperatorRoles.TryParse(roleWord, out var role))
        {
            throw CliException.Usage($"'{roleWord}' is not a role.", "Give --role viewer, approver or admin.");
        }

        var apiKeyFile = Path.ChangeExtension(pem, ".key");
        if (pem == apiKeyFile || File.Exists(pem) || File.Exists(apiKeyFile))
        {
            throw Exists(pem, apiKeyFile);
        }

        var thumbprint = Create(pem, apiKeyFile, name);
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("name", name);
                json.WriteString("role", role.ToWire());
                json.WriteString("dpop_jkt", thumbprint);
                json.WriteString("key_file", pem);
                json.WriteString("api_key_file", apiKeyFile);
            },
            () => $"""
                [operator_credentials.{name}]
                role = "{role.ToWire()}"
                api_key_file = {FirstRunConfig.Quote(apiKeyFile)}
                dpop_jkt = "{thumbprint}"
                """);
        printer.Done($"Made {pem} and {apiKeyFile}");
        printer.Note("  Add the table to the gate's configuration and start the gate again. The operator needs both files; the gate only the second.");
        return ExitCode.Ok;
    }

    private static string Create(string pem, string apiKeyFile, string name)
    {
        using var key = P256SigningKey.Generate();
        var text = key.ExportPem();
        try
        {
            if (Path.GetDirectoryName(pem) is { Length: > 0 } directory && !Directory.Exists(directory))
            {
                PrivateFile.EnsureDirectory(directory);
            }

            if (!PrivateFile.TryCreate(pem, text) || !ApiKeyFile.TryCreate(apiKeyFile, name))
            {
                throw Exists(pem, apiKeyFile);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Error, "not_written", $"The files cannot be written: {e.Message}", "Name a directory of your own with --output.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }

        return key.PublicKey.Thumbprint.ToString();
    }

    private static CliException Exists(string pem, string apiKeyFile) => new(
        ExitCode.Error, "exists", $"{pem} or {apiKeyFile} is there already; nothing is overwritten.", "Name another file with --output, ending in .pem.");

    private static Command List(CliContext context)
    {
        var command = new Command("list", "List the operators of the configuration.");
        context.Run(
            command,
            (parse, printer, _) =>
            {
                var operators = context.LoadConfig(parse).OperatorCredentials;
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteStartArray("operators");
                        foreach (var credential in operators)
                        {
                            json.WriteStartObject();
                            json.WriteString("name", credential.Name);
                            json.WriteString("role", credential.Role.ToWire());
                            json.WriteString("dpop_jkt", credential.DpopJkt);
                            json.WriteString("api_key_file", credential.ApiKeyFile);
                            json.WriteEndObject();
                        }

                        json.WriteEndArray();
                    },
                    () => operators.IsEmpty ? "No operators." : Table(operators));
                return Task.FromResult(ExitCode.Ok);
            },
            "latchgate operator list");
        return command;
    }

    private static string Table(System.Collections.Immutable.ImmutableArray<OperatorConfig> operators)
    {
        var rows = new List<string[]>(operators.Length);
        foreach (var credential in operators)
        {
            rows.Add([credential.Name, credential.Role.ToWire(), credential.DpopJkt]);
        }

        return Printer.Table(["NAME", "ROLE", "DPOP_JKT"], rows);
    }
}
