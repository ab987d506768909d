using System.CommandLine;
using System.Text;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Secrets;
using LatchGate.Secrets.Sops;
using LatchGate.Storage;

namespace LatchGate.Cli.Commands;

/// <summary>
/// <c>latchgate secrets</c>: the credentials that actions may use, in a file of SOPS. Works on the files alone; a running gate takes a
/// change up by itself. No value is ever an argument.
/// </summary>
internal static class SecretsCommand
{
    private const int LongestValue = 64 * 1024;

    internal static Command Create(CliContext context) => new("secrets", "See and change the credentials that actions may use, encrypted in a SOPS file.")
    {
        SecretsInit.Create(context),
        Set(context),
        List(context),
        Get(context),
        Remove(context),
    };

    /// <summary>A problem with the secrets, as the end of a command.</summary>
    internal static CliException Failure(SecretProblem problem) => new(ExitCode.Error, problem.Code, problem.Detail, problem.Remedy);

    /// <summary>Opens the configured secrets.</summary>
    internal static OpenedSecrets Open(SecretsConfig config) => OpenedSecrets.TryOpen(config, out var problem) ?? throw Failure(problem!);

    /// <summary>Takes the lock that two commands at once share, waiting for the other for a few seconds.</summary>
    internal static FileStream Lock(string path)
    {
        const int Attempts = 50;
        for (var i = 0; i < Attempts; i++)
        {
            if (PrivateFile.TryLock($"{path}.lock") is { } held)
            {
                return held;
            }

            Thread.Sleep(100);
        }

        throw new CliException(ExitCode.Error, "secrets_locked", $"Another command is changing {path}.", "Try again when it has ended.");
    }

    private static Command Set(CliContext context)
    {
        var name = Name();
        var command = new Command("set", "Set a secret; the value comes from standard input, or is asked for without being shown.") { name };
        context.Run(
            command,
            (parse, printer, _) =>
            {
                var secrets = context.LoadConfig(parse).Secrets;
                var chosen = parse.GetValue(name)!;
                using var value = new SecureMemory(LongestValue + 1);
                var length = ReadValue(context, printer, chosen, value.Span);
                Change(secrets, context.Services.Time, (file, key, time) => (SopsEdit.TrySet(file, chosen, value.Span[..length], key, time, out var problem), problem));
                return Task.FromResult(Done(printer, "set", chosen));
            },
            "latchgate secrets set GITHUB_TOKEN",
            "pass show github | latchgate secrets set GITHUB_TOKEN");
        return command;
    }

    private static Command Remove(CliContext context)
    {
        var name = Name();
        var command = new Command("remove", "Remove a secret.") { name };
        context.Run(
            command,
            (parse, printer, _) =>
            {
                var chosen = parse.GetValue(name)!;
                Change(context.LoadConfig(parse).Secrets, context.Services.Time, (file, key, time) => (SopsEdit.TryRemove(file, chosen, key, time, out var problem), problem));
                return Task.FromResult(Done(printer, "removed", chosen));
            },
            "latchgate secrets remove GITHUB_TOKEN");
        return command;
    }

    private static Command List(CliContext context)
    {
        var command = new Command("list", "List the names of all secrets, never a value.");
        context.Run(
            command,
            (parse, printer, _) =>
            {
                var config = context.LoadConfig(parse).Secrets;
                using var opened = Open(config);
                string[] names = [.. opened.Values.Names];
                Array.Sort(names, StringComparer.Ordinal);
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteString("file", config.SopsSecretsFile);
                        WriteNames(json, "names", names);
                        WriteNames(json, "too_short", opened.Values.TooShort);
                    },
                    () => names.Length == 0 ? "There are no secrets." : string.Join('\n', Array.ConvertAll(names, Printer.Clean)));
                foreach (var tooShort in opened.Values.TooShort)
                {
                    printer.Warn($"'{tooShort}' has fewer than {SecretValues.MinimumLength} bytes, so no action gets it");
                }

                return Task.FromResult(ExitCode.Ok);
            },
            "latchgate secrets list --json");
        return command;
    }

    private static Command Get(CliContext context)
    {
        var name = Name();
        var reveal = new Option<bool>("--reveal") { Description = "Show it although standard output is a terminal." };
        var command = new Command("get", "Print the value of a secret.") { name, reveal };
        context.Run(
            command,
            (parse, printer, _) =>
            {
                if (context.Services.IsOutputTerminal && !parse.GetValue(reveal))
                {
                    throw CliException.Usage("The value would be shown on the terminal.", "Pipe it to where it is needed, or add --reveal.");
                }

                using var opened = Open(context.LoadConfig(parse).Secrets);
                var chosen = parse.GetValue(name)!;
                var value = opened.Values.Find(chosen);
                if (value.IsEmpty)
                {
                    throw Failure(Missing());
                }

                var text = Encoding.UTF8.GetString(value);
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteString("name", chosen);
                        json.WriteString("value", text);
                    },
                    () => text);
                return Task.FromResult(ExitCode.Ok);
            },
            "latchgate secrets get GITHUB_TOKEN | gh auth login --with-token");
        return command;
    }

    private static Argument<string> Name() => new("NAME") { Description = "The secret's name, as manifests declare it; nested ones are joined by '.'." };

    private static SecretProblem Missing() => new(SecretFault.SecretMissing, "There is no secret of that name.", "'latchgate secrets list' lists the names.");

    private delegate (byte[]? Text, SecretProblem? Problem) Edit(SopsFile file, ReadOnlySpan<byte> dataKey, TimeProvider time);

    private static void Change(SecretsConfig config, TimeProvider time, Edit edit)
    {
        if (config.SopsSecretsFile is not { } path)
        {
            throw Failure(new SecretProblem(SecretFault.SecretsNotConfigured, "No secrets file is configured.", "Make one with 'latchgate secrets init', or name one with sops_secrets_file."));
        }

        using var held = Lock(path);
        using var opened = Open(config);
        if (opened.File is not { } file)
        {
            throw Failure(new SecretProblem(SecretFault.NotSupported, "Only the sops program can open this file.", "Change it with sops edit."));
        }

        var (text, problem) = edit(file, opened.DataKey!.Span, time);
        Write(path, text ?? throw Failure(problem!));
    }

    private static void Write(string path, byte[] text)
    {
        try
        {
            AtomicFile.Replace(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Error, "secrets_unwritable", $"{path} cannot be written: {e.Message}", "Let your user own it.", e);
        }
    }

    private static ExitCode Done(Printer printer, string word, string name)
    {
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("action", word);
                json.WriteString("name", name);
            },
            () => "");
        printer.Done($"{word}: {name}; a running gate takes it up within {SecretWatch.Interval.TotalSeconds:0} seconds, or with 'latchgate reload'");
        return ExitCode.Ok;
    }

    private static int ReadValue(CliContext context, Printer printer, string name, Span<byte> value)
    {
        var isAsked = context.Services.IsInteractive;
        if (isAsked)
        {
            printer.Lines($"Value of {Printer.Clean(name)} (it is not shown), then Enter:");
        }

        using var hidden = isAsked ? new HiddenInput() : null;
        using var input = context.Services.Input();
        var length = 0;
        while (length < value.Length && input.Read(value[length..]) is > 0 and var read)
        {
            var line = value.Slice(length, read).IndexOf((byte)'\n');
            if (isAsked && line >= 0)
            {
                length += line;
                break;
            }

            length += read;
        }

        // The line feed that ends a line is none of the value's.
        length -= length > 0 && value[length - 1] == '\n' ? 1 : 0;
        length -= length > 0 && value[length - 1] == '\r' ? 1 : 0;
        var text = value[..length];
        var refusal = length > LongestValue ? $"A value has at most {LongestValue} bytes"
            : text.Trim(" \t\r\n"u8).Length < SecretValues.MinimumLength ? $"A value has at least {SecretValues.MinimumLength} bytes, blanks around it not counted"
            : text.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(text) ? "A value is text in UTF-8 without NUL"
            : null;
        return refusal is null ? length
            : throw Failure(new SecretProblem(SecretFault.SecretValueInvalid, $"{refusal}.", "Shorter ones can be guessed, and cannot be hidden where a provider repeats them; encode binary ones in base64."));
    }

    private static void WriteNames(System.Text.Json.Utf8JsonWriter json, string member, IReadOnlyList<string> names)
    {
        json.WriteStartArray(member);
        foreach (var name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }
}
