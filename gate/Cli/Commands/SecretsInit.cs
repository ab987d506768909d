using System.CommandLine;
using System.Globalization;
using System.Text;
using LatchGate.Cli.FirstRun;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Secrets;
using LatchGate.Secrets.Age;
using LatchGate.Secrets.Sops;
using LatchGate.Storage;

namespace LatchGate.Cli.Commands;

/// <summary>
/// <c>latchgate secrets init</c>: makes a key and an empty secrets file, and names both in the configuration; with recipients, lets
/// others read an existing file as well, under a new data key.
/// </summary>
internal static class SecretsInit
{
    internal static Command Create(CliContext context)
    {
        var recipients = new Option<string[]>("--recipient")
        {
            Description = "Another age recipient who can read the file, age1…; may be repeated. The file of an existing set is encrypted anew for the gate and these.",
            HelpName = "AGE",
        };
        var command = new Command("init", "Make an age key and an empty secrets file, and name them in the configuration.") { recipients };
        context.Run(
            command,
            (parse, printer, _) => Task.FromResult(Run(context, printer, context.LoadConfig(parse), parse.GetValue(recipients) ?? [])),
            "latchgate secrets init",
            "latchgate secrets init --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p");
        return command;
    }

    private static ExitCode Run(CliContext context, Printer printer, GateConfig config, string[] recipients)
    {
        var others = new List<AgeRecipient>();
        foreach (var text in recipients)
        {
            others.Add(AgeRecipient.TryParse(text) ?? throw CliException.Usage($"'{text}' is no X25519 recipient of age.", "Give what age-keygen prints as the public key: age1…"));
        }

        var directory = config.Source.File is { } file ? Path.GetDirectoryName(file)! : FirstRunLayout.Choose(context.Services.Environment, local: false).ConfigDirectory;
        var secrets = config.Secrets.With(
            config.Secrets.SopsSecretsFile ?? Path.Combine(directory, "secrets.enc.yaml"),
            config.Secrets.SopsKeyFile ?? (config.Secrets.InlineKeys is null ? Path.Combine(directory, "secrets.key") : null));
        var path = secrets.SopsSecretsFile!;
        if (SopsFile.FormatOf(path) is not { } format)
        {
            throw SecretsCommand.Failure(new SecretProblem(SecretFault.SecretsFormatUnknown, $"The name of the secrets file {path} tells no format.", "Let it end in .yaml, .yml, .json or .env."));
        }

        var created = new List<string>();
        try
        {
            PrivateFile.EnsureDirectory(Path.GetDirectoryName(path)!);
            using var held = SecretsCommand.Lock(path);
            var exists = File.Exists(path);
            if (exists && others.Count == 0)
            {
                throw new CliException(ExitCode.Error, "secrets_exist", $"{path} exists.", "Use it with 'latchgate secrets set', or add --recipient to let others read it as well.");
            }

            var own = OwnRecipients(secrets, context.Services.Time, exists, created);
            own.AddRange(others);
            if (exists)
            {
                AtomicFile.Replace(path, Again(secrets, format, own, context.Services.Time));
            }
            else
            {
                AtomicFile.Create(path, SopsEdit.Create(format, own, context.Services.Time));
                created.Add(path);
            }

            var isNamed = config.Secrets.SopsSecretsFile is not null || Name(config, secrets);
            Tell(printer, secrets, own, created, isNamed, exists);
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Error, "secrets_unwritable", $"The files cannot be made: {e.Message}", "Make their directory, writable for your user alone.", e);
        }
    }

    // Those of the configured key, which is made where there is none; never beside a file that some other key opens.
    private static List<AgeRecipient> OwnRecipients(SecretsConfig secrets, TimeProvider time, bool exists, List<string> created)
    {
        var identities = new List<AgeIdentity>();
        try
        {
            if (secrets.SopsKeyFile is { } path && !File.Exists(path) && !exists)
            {
                PrivateFile.EnsureDirectory(Path.GetDirectoryName(path)!);
                WriteKey(path, time);
                created.Add(path);
            }

            if (OpenedSecrets.ReadIdentities(secrets, identities) is { } problem)
            {
                throw SecretsCommand.Failure(problem);
            }

            var recipients = new List<AgeRecipient>();
            foreach (var identity in identities)
            {
                recipients.Add(AgeRecipient.TryParse(identity.Recipient!)!);
            }

            return recipients;
        }
        finally
        {
            foreach (var identity in identities)
            {
                identity.Dispose();
            }
        }
    }

    private static void WriteKey(string path, TimeProvider time)
    {
        using var identity = AgeIdentity.Generate();
        using var text = new SecureMemory(512);
        var head = string.Create(
            CultureInfo.InvariantCulture, $"# created: {time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}\n# public key: {identity.Recipient}\n");
        var length = Encoding.ASCII.GetBytes(head, text.Span);
        length += identity.Write(text.Span[length..]);
        text.Span[length++] = (byte)'\n';
        AtomicFile.Create(path, text.Span[..length]);
    }

    // The same values under a new data key: whoever had the old one cannot read what is set from now on.
    private static byte[] Again(SecretsConfig secrets, SopsFormat format, List<AgeRecipient> recipients, TimeProvider time)
    {
        using var opened = SecretsCommand.Open(secrets);
        var isPlain = opened.File is not null && opened.File.Metadata.ForeignRule is null && opened.File.Metadata.OtherServices.Length == 0;
        foreach (var leaf in opened.File?.Leaves ?? [])
        {
            isPlain &= SopsMetadata.IsMetadata(leaf) || (leaf.IsEncrypted && SopsEdit.RefuseName(leaf.Name) is null);
        }

        if (!isPlain || opened.Values.TooShort.Count > 0)
        {
            throw SecretsCommand.Failure(new SecretProblem(
                SecretFault.NotSupported, "The file has more in it than 'latchgate secrets' writes: nested, plain or short values, or keys of other services.", "Use sops updatekeys."));
        }

        var text = SopsEdit.Create(format, recipients, time);
        using var dataKey = DataKeyOf(secrets, text, format);
        foreach (var name in opened.Values.Names)
        {
            if (!SopsFile.TryParse(text, format, out var file, out var problem))
            {
                throw SecretsCommand.Failure(problem);
            }

            text = SopsEdit.TrySet(file, name, opened.Values.Find(name), dataKey.Span, time, out problem) ?? throw SecretsCommand.Failure(problem!);
        }

        return text;
    }

    private static SecureMemory DataKeyOf(SecretsConfig secrets, byte[] text, SopsFormat format)
    {
        var identities = new List<AgeIdentity>();
        try
        {
            var problem = OpenedSecrets.ReadIdentities(secrets, identities);
            SecureMemory? key = null;
            if (problem is null && SopsFile.TryParse(text, format, out var file, out problem))
            {
                key = file.TryOpen(identities, out problem);
            }

            return key ?? throw SecretsCommand.Failure(problem!);
        }
        finally
        {
            foreach (var identity in identities)
            {
                identity.Dispose();
            }
        }
    }

    // A table at the end is right wherever the file ends; not where one is there already.
    private static bool Name(GateConfig config, SecretsConfig secrets)
    {
        if (config.Source.File is not { } file)
        {
            return false;
        }

        var text = File.ReadAllText(file);
        if (text.Contains("[secrets]", StringComparison.Ordinal))
        {
            return false;
        }

        var table = Table(secrets, Path.GetDirectoryName(file)!);
        AtomicFile.ReplaceContent(file, Encoding.UTF8.GetBytes($"{text.TrimEnd('\n')}\n\n{table}"));
        return true;
    }

    private static string Table(SecretsConfig secrets, string directory)
    {
        string Relative(string path) => FirstRunConfig.Quote(Path.GetDirectoryName(path) == directory ? Path.GetFileName(path) : path);
        var key = secrets.SopsKeyFile is { } named ? $"sops_key_file = {Relative(named)}\n" : "";
        return $"[secrets]\nsops_secrets_file = {Relative(secrets.SopsSecretsFile!)}\n{key}";
    }

    private static void Tell(Printer printer, SecretsConfig secrets, List<AgeRecipient> recipients, List<string> created, bool isNamed, bool isAgain)
    {
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("file", secrets.SopsSecretsFile);
                json.WriteString("key_file", secrets.SopsKeyFile);
                json.WriteBoolean("configured", isNamed);
                json.WriteStartArray("recipients");
                foreach (var recipient in recipients)
                {
                    json.WriteStringValue(recipient.ToString());
                }

                json.WriteEndArray();
                json.WriteStartArray("created");
                foreach (var path in created)
                {
                    json.WriteStringValue(path);
                }

                json.WriteEndArray();
            },
            () => "");
        foreach (var path in created)
        {
            printer.Done($"made {path}");
        }

        if (isAgain)
        {
            printer.Done($"{secrets.SopsSecretsFile} is encrypted anew for {recipients.Count} recipients");
        }
        else if (isNamed)
        {
            printer.Done("named in the configuration; restart a gate that runs");
        }
        else
        {
            printer.Note("Name them in the configuration:");
            foreach (var line in Table(secrets, "").Split('\n'))
            {
                printer.Note($"  {line}");
            }
        }
    }
}
