namespace LatchGate.Egress;

/// <summary>
/// Why a request left the gate or did not. Closed: it labels metrics, ledger events and answers. Members stand in
/// the order of the checks (reference/egress.md C3).
/// </summary>
public enum EgressReason
{
    /// <summary>Every check passed.</summary>
    Allowed,

    /// <summary>A list refuses the target, and audit mode lets it through; <see cref="EgressVerdict.WouldDeny"/> says what enforcing would answer.</summary>
    Audit,

    /// <summary>The guest's request is not the JSON object that the interface defines.</summary>
    InvalidRequest,

    /// <summary>A header name is not a token, or a value holds something that is not printable ASCII.</summary>
    InvalidHeader,

    /// <summary>The request body is over the limit.</summary>
    RequestTooLarge,

    /// <summary>The text is empty, too long, not absolute, or has a blank, a control character or a backslash.</summary>
    InvalidUrl,

    /// <summary>Neither http nor https.</summary>
    UnsupportedScheme,

    /// <summary>There is an <c>@</c> in the authority.</summary>
    UrlCredentials,

    /// <summary>The authority names no host.</summary>
    MissingHost,

    /// <summary>The host is neither a name of letters, digits and hyphens nor an address literal.</summary>
    InvalidHost,

    /// <summary>The host reads as a number to some parsers, but is not a canonical dotted quad.</summary>
    NoncanonicalIp,

    /// <summary>The port is not 1 to 65535 in plain digits.</summary>
    InvalidPort,

    /// <summary>A deny rule, of the manifest or the operator, covers the target.</summary>
    DenyRule,

    /// <summary>No allow rule is in force.</summary>
    NoEgress,

    /// <summary>No allow rule, or not the operator's ceiling, lists the host.</summary>
    HostNotAllowed,

    /// <summary>No rule that lists the host covers the port.</summary>
    PortNotAllowed,

    /// <summary>No rule left is for this transport.</summary>
    ProtocolNotAllowed,

    /// <summary>No rule left accepts the scheme.</summary>
    SchemeNotAllowed,

    /// <summary>No rule left is for this principal.</summary>
    PrincipalNotAllowed,

    /// <summary>No rule left accepts the method.</summary>
    MethodNotAllowed,

    /// <summary>The name did not resolve in time.</summary>
    DnsFailed,

    /// <summary>The name has no address.</summary>
    DnsEmpty,

    /// <summary>An address is a cloud metadata service. Nothing opens it.</summary>
    MetadataTarget,

    /// <summary>An address or endpoint is the gate's own or one of its neighbours'. Nothing opens it.</summary>
    GateLocal,

    /// <summary>An address is not public, and rule and operator do not both open it (or nothing can).</summary>
    PrivateTarget,

    /// <summary>No single rule's networks cover every address.</summary>
    CidrNotAllowed,

    /// <summary>The execution's or the day's bytes under the rule are used up.</summary>
    BandwidthCap,

    /// <summary>The request could use more tokens or money than are left under the rule.</summary>
    SpendCap,

    /// <summary>The rule caps money, and the operator's price table has no price for the model.</summary>
    SpendUnpriced,

    /// <summary>What is left under the rule's caps cannot be read or recorded.</summary>
    CapsUnavailable,

    /// <summary>The rule binds a credential, and the target is not https.</summary>
    CredentialPlaintext,

    /// <summary>The gate's store lacks a secret that the rule's credential needs.</summary>
    CredentialMissing,

    /// <summary>The request already has what the rule's credential would set, and the rule refuses that.</summary>
    CredentialCollision,

    /// <summary>The connection's remote end is not an address that was judged.</summary>
    RebindDetected,

    /// <summary>No judged address accepted a connection.</summary>
    ConnectFailed,

    /// <summary>The connection, TLS included, was not there in time.</summary>
    ConnectTimeout,

    /// <summary>The TLS handshake failed or the certificate is not one for the host.</summary>
    TlsFailed,

    /// <summary>The whole exchange was not done in time.</summary>
    RequestTimeout,

    /// <summary>The peer broke the connection or the protocol.</summary>
    UpstreamFailed,

    /// <summary>The answer is a redirect, and none is followed.</summary>
    RedirectBlocked,

    /// <summary>One redirect more than may be followed.</summary>
    RedirectLimit,

    /// <summary>The redirect leads to a URL already visited.</summary>
    RedirectLoop,

    /// <summary>The redirect has no location, or not one to be trusted.</summary>
    RedirectInvalid,

    /// <summary>The redirect leads from https to http.</summary>
    RedirectDowngrade,

    /// <summary>The redirect would hand the body to another origin.</summary>
    RedirectBody,

    /// <summary>The response body is over the limit.</summary>
    ResponseTooLarge,

    /// <summary>The response's media type is not listed.</summary>
    ContentType,

    /// <summary>The egress proxy refused the target, although the gate allows it.</summary>
    ProxyDenied,

    /// <summary>The egress proxy is down, or answers nothing that an HTTP proxy would.</summary>
    ProxyFailed,

    /// <summary>The egress proxy has not proved that it refuses what no list has.</summary>
    ProxyUnattested,

    /// <summary>A secret holds what cannot be sent where the rule's credential puts it.</summary>
    CredentialUnusable,

    /// <summary>The rule's CA file cannot be read, or holds no certificate.</summary>
    CaUnusable,

    /// <summary>The response has a content coding that was not asked for and is not read.</summary>
    ContentCoding,

    /// <summary>The redirect would hand a secret of the gate to another origin.</summary>
    LeakBlocked,
}
