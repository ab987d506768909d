using System.Globalization;
using System.Text.Json;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Secrets.Sops;

/// <summary>
/// Lets the sops program open a file that is encrypted for key services which only it speaks to: <c>sops --decrypt --output-type json FILE</c>,
/// without a shell, for a bounded time, its output read into locked memory.
/// </summary>
internal static class SopsProgram
{
    /// <summary>Decrypts the configured file.</summary>
    /// <returns>The values; null with the problem.</returns>
    internal static SecretValues? TryDecrypt(SecretsConfig config, out SecretProblem? problem)
    {
        var program = config.SopsBinary!;
        if (!Posix.TryStat(program, followLink: true, out var status) || !status.IsRegular || status.IsWritableByOthers || (status.UserId != 0 && status.UserId != Posix.EffectiveUserId()))
        {
            problem = Failed($"{program} is no program of root's or the gate's user, or others can write it", "Name the sops program with sops_binary.");
            return null;
        }

        using var output = new SecureMemory(SecretPaths.LargestFile);
        var run = ChildProcess.Run(
            [program, "--decrypt", "--output-type", "json", config.SopsSecretsFile!],
            config.SopsKeyFile is { } key ? $"SOPS_AGE_KEY_FILE={key}" : null, output.Span, TimeSpan.FromMilliseconds(config.SopsTimeoutMs));
        problem = run.Ending switch
        {
            ChildEnding.NotStarted => Failed($"{program} could not be started", "Check that it is executable."),
            ChildEnding.TimedOut => new SecretProblem(
                SecretFault.SopsBinaryTimeout, string.Create(CultureInfo.InvariantCulture, $"{program} did not end within {config.SopsTimeoutMs} ms and was killed."),
                "Check that its key service answers, or raise sops_timeout_ms."),
            ChildEnding.Overflowed => Failed($"{program} printed more than 1 MiB", "Split the secrets file."),
            ChildEnding.Signalled => Failed(string.Create(CultureInfo.InvariantCulture, $"{program} was ended by signal {run.Code}"), "Run it by hand to see why."),
            _ when run.Code != 0 => Failed(string.Create(CultureInfo.InvariantCulture, $"{program} ended with {run.Code} ({NameOf(run.Code)})"), "Run it by hand to see its message."),
            _ => null,
        };
        if (problem is not null)
        {
            return null;
        }

        var values = new SecretValues(run.Length);
        if (SopsJson.TryWalk(output.Span[..run.Length], Take))
        {
            return values;
        }

        values.Dispose();
        problem = Failed($"{program} printed no JSON object with one value for each name, and at most {SecretValues.MaximumCount}", "Run it by hand to see what it prints.");
        return null;

        bool Take(SopsPath path, ref Utf8JsonReader reader, int entryStart, bool isItem)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.Null:
                    return true;
                case JsonTokenType.String:
                    return values.Add(path.Name, reader.CopyString(values.Rest));
                default:
                    return values.Add(path.Name, reader.ValueSpan);
            }
        }
    }

    // sops v3, cmd/sops/codes.
    private static string NameOf(int code) => code switch
    {
        2 => "could_not_read_input_file",
        4 => "error_dumping_tree",
        5 => "error_reading_config",
        24 => "error_decrypting_mac",
        25 => "error_decrypting_tree",
        51 => "mac_mismatch",
        52 => "mac_not_found",
        100 => "no_file_specified",
        111 => "no_encryption_key_found",
        127 => "not_executable",
        128 => "could_not_retrieve_key",
        _ => "sops_exit",
    };

    private static SecretProblem Failed(string detail, string remedy) => new(SecretFault.SopsBinaryFailed, $"{detail}.", remedy);
}
