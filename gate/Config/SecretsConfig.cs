namespace LatchGate.Config;

/// <summary><c>[secrets]</c>: where the credentials are that actions may use. Without a file there are none.</summary>
public sealed class SecretsConfig
{
    private SecretsConfig(string? secretsFile, string? keyFile, string? inlineKeys, string? binary, int timeoutMs) =>
        (SopsSecretsFile, SopsKeyFile, InlineKeys, SopsBinary, SopsTimeoutMs) = (secretsFile, keyFile, inlineKeys, binary, timeoutMs);

    /// <summary>What applies where the file says nothing.</summary>
    public static SecretsConfig None { get; } = new(null, null, null, null, DefaultTimeoutMs);

    /// <summary><c>sops_secrets_file</c>: a file of SOPS, <c>.json</c>, <c>.yaml</c>, <c>.yml</c> or <c>.env</c>.</summary>
    public string? SopsSecretsFile { get; }

    /// <summary>
    /// <c>sops_key_file</c>: age identities, mode 0600. Else <c>SOPS_AGE_KEY_FILE</c>, else, without <c>SOPS_AGE_KEY</c>, what SOPS itself reads:
    /// <c>sops/age/keys.txt</c> in the user's configuration directory, if it exists.
    /// </summary>
    public string? SopsKeyFile { get; }

    /// <summary><c>sops_binary</c>: the sops program, for files that age cannot open. Null runs none.</summary>
    public string? SopsBinary { get; }

    /// <summary><c>sops_timeout_ms</c>: how long that program may run, 100 to 60000. Default 10000.</summary>
    public int SopsTimeoutMs { get; }

    /// <summary>The identities in <c>SOPS_AGE_KEY</c>, as SOPS takes them; not read where <c>sops_key_file</c> is set.</summary>
    internal string? InlineKeys { get; }

    private const int DefaultTimeoutMs = 10_000;

    /// <summary>With other files, for a command that makes them.</summary>
    internal SecretsConfig With(string secretsFile, string? keyFile) => new(secretsFile, keyFile, keyFile is null ? InlineKeys : null, SopsBinary, SopsTimeoutMs);

    internal static SecretsConfig Read(ConfigTable table, ConfigEnvironment environment)
    {
        var file = table.FilePath("sops_secrets_file", "LATCHGATE_SOPS_SECRETS_FILE");
        var key = table.FilePath("sops_key_file", "LATCHGATE_SOPS_KEY_FILE");
        string? inline = null;
        if (key is null)
        {
            key = environment.Variable("SOPS_AGE_KEY_FILE") is { Length: > 0 } named ? Path.GetFullPath(named, environment.CurrentDirectory) : null;
            inline = environment.Variable("SOPS_AGE_KEY") is { Length: > 0 } text ? text : null;
            var usual = Path.Combine(Path.GetDirectoryName(environment.ConfigDirectory)!, "sops", "age", "keys.txt");
            key ??= inline is null && File.Exists(usual) ? usual : null;
        }

        var config = new SecretsConfig(
            file, key, inline, table.FilePath("sops_binary", "LATCHGATE_SOPS_BINARY"), table.Integer("sops_timeout_ms", 100, 60_000) ?? DefaultTimeoutMs);
        table.RefuseUnknownKeys();
        return config;
    }
}
