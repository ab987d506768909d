using System.Collections.Immutable;

namespace LatchGate.Config;

/// <summary>
/// The gate's settings, complete and checked. Immutable; made by <see cref="GateConfigReader"/>. Paths are absolute. A key of
/// the file bears the snake_case name of its property unless the property says otherwise.
/// </summary>
public sealed record GateConfig
{
    /// <summary>Where the settings came from.</summary>
    public required ConfigLocation Source { get; init; }

    /// <summary>The agents' socket. Default <c>gate.sock</c> in the runtime directory. At most 106 bytes (<c>sun_path</c>).</summary>
    public required string ListenUdsPath { get; init; }

    /// <summary>The operators' socket. Default <c>gate-admin.sock</c> in the runtime directory. At most 106 bytes.</summary>
    public required string ListenAdminUdsPath { get; init; }

    /// <summary>Socket for collectors of metrics, which serves <c>/metrics</c> alone, without proof, to the gate's own user. Null for none.</summary>
    public string? ListenMetricsUdsPath { get; init; }

    /// <summary>
    /// What a DPoP proof's <c>htu</c> starts with (RFC 9449 §4.2), without <c>/</c> at the end. An http or https URL without user,
    /// query and fragment. Default <c>http://localhost:3000</c>. Nothing listens there.
    /// </summary>
    public required string PublicBaseUrl { get; init; }

    /// <summary>Life of a lease in seconds, 61 to 3600. Default 300. Clients renew a minute before the end, hence the lower bound.</summary>
    public required int LeaseTtlSeconds { get; init; }

    /// <summary>Directory of the gate's own files. Default <c>$XDG_STATE_HOME/latchgate</c>.</summary>
    public required string StateDir { get; init; }

    /// <summary>The ledger (SQLite). Default <c>audit.db</c> in <see cref="StateDir"/>.</summary>
    public required string LedgerDbPath { get; init; }

    /// <summary>Ed25519 seed, 32 bytes, mode 0600. Default <c>keys/receipt.key</c> in <see cref="StateDir"/>.</summary>
    public required string ReceiptSigningKeyPath { get; init; }

    /// <summary>Ed25519 seed, 32 bytes, mode 0600. Default <c>keys/grant.key</c> in <see cref="StateDir"/>.</summary>
    public required string GrantSigningKeyPath { get; init; }

    /// <summary>AES-256 key, 32 bytes, mode 0600; made when it is missing. Default <c>keys/approvals.key</c> in <see cref="StateDir"/>.</summary>
    public required string ApprovalsKeyPath { get; init; }

    /// <summary>The lease issuer's P-256 key, PKCS#8 PEM, mode 0600. Default <c>keys/issuer.pem</c> in <see cref="StateDir"/>.</summary>
    public required string IssuerKeyPath { get; init; }

    /// <summary>History of the receipt keys' public halves. Default <c>receipt-keys.jwks</c> in <see cref="StateDir"/>.</summary>
    public required string ReceiptKeysJwksPath { get; init; }

    /// <summary>File that the ledger's events are mirrored to as JSON Lines, after their commit. Null for none.</summary>
    public string? LedgerJsonlPath { get; init; }

    /// <summary>
    /// Whether the gate starts although commits do not survive loss of power on the ledger's file system (memory, network). Default false;
    /// the log and the status then say so.
    /// </summary>
    public required bool AllowVolatileLedger { get; init; }

    /// <summary>Directories below which a lease's <c>fs_root</c> may lie. Default the home directory of the gate's user.</summary>
    public required ImmutableArray<string> FsRootAllowedPrefixes { get; init; }

    /// <summary>The root for file actions of leases that name no <c>fs_root</c>. Default none: such leases cannot touch files.</summary>
    public string? FsRootPath { get; init; }

    /// <summary>Globs of paths below a root that no action may touch, whatever its manifest says, in any case of letters. Default none.</summary>
    public ImmutableArray<string> FsDeniedPaths { get; init; } = [];

    /// <summary>The policy's data: who may do what. Default <c>policies/data.json</c> in <see cref="StateDir"/>.</summary>
    public required string PolicyDataPath { get; init; }

    /// <summary>The operator's own policy: an OPA bundle with a compiled plan. Null for the policy that is built in.</summary>
    public required string? PolicyBundle { get; init; }

    /// <summary>The public key that the bundle must be signed with, PEM: RSA or ECDSA. Null demands no signature.</summary>
    public required string? PolicyBundleKey { get; init; }

    /// <summary>
    /// An Open Policy Agent to ask instead: <c>http://HOST:PORT</c>, <c>https://HOST:PORT</c> or <c>unix:///SOCKET</c>. Null decides in
    /// this process.
    /// </summary>
    public required Uri? OpaUrl { get; init; }

    /// <summary>The enabled actions' ids; null enables all that are compiled in.</summary>
    public required ImmutableArray<string>? Actions { get; init; }

    /// <summary>How much is logged: <c>debug</c>, <c>info</c>, <c>warn</c> or <c>error</c>. Default <c>info</c>.</summary>
    public required LogLevel LogLevel { get; init; }

    /// <summary>Executions at once, 1 to 10000. Default 1024. Bounds memory, not threads.</summary>
    public required int MaxConcurrentExecutions { get; init; }

    /// <summary><c>[identity]</c>: who the callers are.</summary>
    public required IdentityConfig Identity { get; init; }

    /// <summary><c>[operator_credentials.NAME]</c>: who may decide; sorted by name.</summary>
    public required ImmutableArray<OperatorConfig> OperatorCredentials { get; init; }

    /// <summary><c>[egress]</c>: the operator's bounds on all actions.</summary>
    public required EgressConfig Egress { get; init; }

    /// <summary>The forward proxy and its list; <see cref="EgressProxyConfig"/> has the keys.</summary>
    public EgressProxyConfig EgressProxy { get; init; } = EgressProxyConfig.None;

    /// <summary><c>[approvals]</c>: calls that wait for an operator.</summary>
    public required ApprovalsConfig Approvals { get; init; }

    /// <summary><c>[budgets]</c>: how many calls principals may make.</summary>
    public BudgetsConfig Budgets { get; init; } = BudgetsConfig.None;

    /// <summary><c>[secrets]</c>: where the credentials are that actions may use.</summary>
    public SecretsConfig Secrets { get; init; } = SecretsConfig.None;

    /// <summary><c>[limits]</c>: bounds of the HTTP servers.</summary>
    public required LimitsConfig Limits { get; init; }

    /// <summary><c>[rate_limits]</c>: who may ask how often.</summary>
    public required RateLimitsConfig RateLimits { get; init; }

    /// <summary><c>[otlp]</c>: where records of egress are exported to; null exports nothing.</summary>
    public OtlpConfig? Otlp { get; init; }

    /// <summary><c>[retention]</c>: how long events stay in the ledger.</summary>
    public required RetentionConfig Retention { get; init; }

    /// <summary><c>[[webhooks]]</c>: who is told of events; default nobody.</summary>
    public ImmutableArray<WebhookConfig> Webhooks { get; init; } = [];

    /// <summary><c>[posture]</c>: protections that are off.</summary>
    public required PostureConfig Posture { get; init; }
}
