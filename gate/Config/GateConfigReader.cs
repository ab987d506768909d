using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using LatchGate.Config.Toml;
using LatchGate.Pipeline;

namespace LatchGate.Config;

/// <summary>
/// Finds, reads and checks the configuration: environment over file over compiled default. Any doubt stops the gate; a setting
/// that is silently dropped is how a protection gets lost (reference/ops.md §2).
/// </summary>
public static class GateConfigReader
{
    private const int LargestFile = 1024 * 1024;

    // sun_path has 108 bytes, the last of which is NUL (unix(7)); the listener needs one more for the name it binds first.
    private const int LongestSocketPath = 106;

    /// <summary>Discovers the file and reads it.</summary>
    /// <param name="option">The value of <c>--config</c>, or null.</param>
    /// <param name="environment">Variables and directories.</param>
    /// <exception cref="StartupException"><see cref="StartupError.ConfigValidationFailed"/>: unreadable, not TOML, an unknown key, or a bad value.</exception>
    public static GateConfig Load(string? option, ConfigEnvironment environment)
    {
        var location = ConfigLocation.Discover(option, environment);
        return Read(location, location.File is { } file ? ReadFile(file) : [], environment);
    }

    /// <summary>Reads <paramref name="toml"/> as the content of the file at <paramref name="location"/>.</summary>
    /// <exception cref="StartupException">As <see cref="Load"/>.</exception>
    public static GateConfig Read(ConfigLocation location, ReadOnlySpan<byte> toml, ConfigEnvironment environment)
    {
        var file = location.File ?? "";
        if (!TomlDocument.TryParse(toml, out var root, out var error))
        {
            throw new StartupException(StartupError.ConfigValidationFailed, $"{file}:{error.Position}: {error.Message}.", "The file must be TOML 1.0.");
        }

        var table = new ConfigTable(root, "", file, environment);
        var stateDir = table.FilePath("state_dir", "LATCHGATE_STATE_DIR") ?? environment.StateDirectory;
        string InState(string key, string variable, string name) => table.FilePath(key, variable) ?? Path.Combine(stateDir, name);

        var config = new GateConfig
        {
            Source = location,
            ListenUdsPath = SocketPath(table, "listen_uds_path", "LATCHGATE_LISTEN_UDS_PATH", Path.Combine(environment.RuntimeDirectory, "gate.sock")),
            ListenAdminUdsPath = SocketPath(table, "listen_admin_uds_path", "LATCHGATE_LISTEN_ADMIN_UDS_PATH", Path.Combine(environment.RuntimeDirectory, "gate-admin.sock")),
            ListenMetricsUdsPath = SocketPath(table, "listen_metrics_uds_path", "LATCHGATE_LISTEN_METRICS_UDS_PATH"),
            PublicBaseUrl = BaseUrl(table.Text("public_base_url", "LATCHGATE_PUBLIC_BASE_URL")),
            LeaseTtlSeconds = table.Integer("lease_ttl_seconds", 61, 3600, "LATCHGATE_LEASE_TTL_SECONDS") ?? 300,
            StateDir = stateDir,
            LedgerDbPath = InState("ledger_db_path", "LATCHGATE_LEDGER_DB_PATH", "audit.db"),
            ReceiptSigningKeyPath = InState("receipt_signing_key_path", "LATCHGATE_RECEIPT_SIGNING_KEY_PATH", "keys/receipt.key"),
            GrantSigningKeyPath = InState("grant_signing_key_path", "LATCHGATE_GRANT_SIGNING_KEY_PATH", "keys/grant.key"),
            ApprovalsKeyPath = InState("approvals_key_path", "LATCHGATE_APPROVALS_KEY_PATH", "keys/approvals.key"),
            IssuerKeyPath = InState("issuer_key_path", "LATCHGATE_ISSUER_KEY_PATH", "keys/issuer.pem"),
            ReceiptKeysJwksPath = InState("receipt_keys_jwks_path", "LATCHGATE_RECEIPT_KEYS_JWKS_PATH", "receipt-keys.jwks"),
            LedgerJsonlPath = table.FilePath("ledger_jsonl_path", "LATCHGATE_LEDGER_JSONL_PATH"),
            AllowVolatileLedger = table.Boolean("allow_volatile_ledger") ?? false,
            FsRootAllowedPrefixes = Prefixes(table.Texts("fs_root_allowed_prefixes"), environment),
            FsRootPath = table.FilePath("fs_root_path", "LATCHGATE_FS_ROOT_PATH"),
            FsDeniedPaths = DeniedPaths(table.Texts("fs_denied_paths")),
            PolicyDataPath = InState("policy_data_path", "LATCHGATE_POLICY_DATA_PATH", "policies/data.json"),
            PolicyBundle = table.FilePath("policy_bundle", "LATCHGATE_POLICY_BUNDLE"),
            PolicyBundleKey = table.FilePath("policy_bundle_key", "LATCHGATE_POLICY_BUNDLE_KEY"),
            OpaUrl = OpaUrlText.Read(table.Text("opa_url", "LATCHGATE_OPA_URL")),
            Actions = ActionIds(table.Texts("actions")),
            LogLevel = Level(table.Text("log_level", "LATCHGATE_LOG_LEVEL")),
            MaxConcurrentExecutions = table.Integer("max_concurrent_executions", 1, 10_000) ?? 1024,
            Identity = IdentityConfig.Read(table.Table("identity")),
            OperatorCredentials = OperatorConfig.ReadAll(table.Table("operator_credentials"), location.File),
            Egress = EgressConfig.Read(table.Table("egress"), table),
            EgressProxy = EgressProxyConfig.Read(table),
            Approvals = ApprovalsConfig.Read(table.Table("approvals")),
            Budgets = BudgetsConfig.Read(table.Table("budgets")),
            Secrets = SecretsConfig.Read(table.Table("secrets"), environment),
            Limits = LimitsConfig.Read(table.Table("limits")),
            RateLimits = RateLimitsConfig.Read(table.Table("rate_limits")),
            Otlp = OtlpConfig.Read(table.Table("otlp")),
            Retention = RetentionConfig.Read(table.Table("retention"), stateDir),
            Webhooks = WebhookConfig.ReadAll(table.Tables("webhooks"), table),
            Posture = PostureConfig.Read(table.Table("posture")),
        };
        table.RefuseUnknownKeys();
        if (config.ListenUdsPath == config.ListenAdminUdsPath)
        {
            throw new StartupException(
                StartupError.ConfigValidationFailed,
                $"listen_uds_path and listen_admin_uds_path are both {config.ListenUdsPath}.",
                "Give the operators a socket that agents cannot reach.");
        }

        if (config.ListenMetricsUdsPath is { } metrics && (metrics == config.ListenUdsPath || metrics == config.ListenAdminUdsPath))
        {
            throw new StartupException(
                StartupError.ConfigValidationFailed,
                $"listen_metrics_uds_path and {(metrics == config.ListenUdsPath ? "listen_uds_path" : "listen_admin_uds_path")} are both {metrics}.",
                "Give collectors of metrics a socket of their own.");
        }

        if (config.OpaUrl is not null && config.PolicyBundle is not null)
        {
            throw new StartupException(
                StartupError.ConfigValidationFailed, "policy_bundle and opa_url are both set.", "Let one policy decide: remove either.");
        }

        if (config.PolicyBundleKey is not null && config.PolicyBundle is null)
        {
            throw new StartupException(
                StartupError.ConfigValidationFailed, "policy_bundle_key is set without policy_bundle.", "Set policy_bundle, or remove the key.");
        }

        return config;
    }

    private static ImmutableArray<string> Prefixes(ImmutableArray<ConfigValue<string>>? texts, ConfigEnvironment environment) => texts is not { } given
        // Users of containers and services often have / as their home, which would permit every directory.
        ? environment.HomeDirectory == "/" ? [] : [environment.HomeDirectory]
        :
        [
            .. given.Select(static text => Path.IsPathFullyQualified(text.Value)
                ? text.Value
                : throw text.Refuse($"holds '{text.Value}', which is not an absolute path", "Name directories from the root, such as \"/srv/agents\".")),
        ];

    private static ImmutableArray<string> DeniedPaths(ImmutableArray<ConfigValue<string>>? texts) => texts is not { } given
        ? []
        :
        [
            .. given.Select(static text => Learned.PathRules.TryParseDeny(text.Value, out _, out var fault)
                ? text.Value
                : throw text.Refuse($"holds '{text.Value}', which is not a glob: {fault}", "Write relative globs, such as \"**/private/**\".")),
        ];

    private static byte[] ReadFile(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);

            // A pipe, such as a shell's <(…), and a device do not tell their length.
            var bytes = new byte[LargestFile + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= LargestFile
                ? bytes[..length]
                : throw new StartupException(StartupError.ConfigValidationFailed, $"{file} is larger than {LargestFile} bytes.", "Name a configuration file.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(StartupError.ConfigValidationFailed, $"{file} cannot be read: {e.Message}", "Check its permissions, or name another file with --config.", e);
        }
    }

    [return: NotNullIfNotNull(nameof(fallback))]
    private static string? SocketPath(ConfigTable table, string key, string variable, string? fallback = null)
    {
        var path = table.FilePath(key, variable) ?? fallback;
        return path is null || Encoding.UTF8.GetByteCount(path) <= LongestSocketPath
            ? path
            : throw new StartupException(
                StartupError.ConfigValidationFailed,
                $"The socket path {path} is longer than {LongestSocketPath} bytes.",
                $"Set {key} to a shorter path.");
    }

    private static string BaseUrl(ConfigValue<string>? text)
    {
        if (text is not { } given)
        {
            return "http://localhost:3000";
        }

        var isGood = Uri.TryCreate(given.Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            && !given.Value.AsSpan().ContainsAny("?#@ \\") && !given.Value.Any(c => c is < ' ' or > '~');
        return isGood ? given.Value.TrimEnd('/') : throw given.Refuse("is not a base URL", "Give an http or https URL without user, query and fragment, such as \"http://localhost:3000\".");
    }

    private static ImmutableArray<string>? ActionIds(ImmutableArray<ConfigValue<string>>? texts)
    {
        if (texts is not { } ids)
        {
            return null;
        }

        foreach (var id in ids)
        {
            if (id.Value.Length is 0 or > 128 || !id.Value.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            {
                throw id.Refuse($"holds '{id.Value}', which is not an action id", "Run 'latchgate actions' for the list.");
            }
        }

        return [.. ids.Select(id => id.Value).Distinct(StringComparer.Ordinal)];
    }

    private static LogLevel Level(ConfigValue<string>? text) => text?.Value switch
    {
        null or "info" => LogLevel.Info,
        "debug" => LogLevel.Debug,
        "warn" => LogLevel.Warn,
        "error" => LogLevel.Error,
        var other => throw text!.Refuse($"is '{other}', which is no log level", "Give debug, info, warn or error."),
    };
}
