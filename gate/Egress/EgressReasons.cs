using System.Diagnostics;

namespace LatchGate.Egress;

/// <summary>Wire labels and HTTP statuses of <see cref="EgressReason"/>.</summary>
public static class EgressReasons
{
    /// <summary>The lower-case label, stable over versions.</summary>
    public static string Label(this EgressReason reason) => reason switch
    {
        EgressReason.Allowed => "allowed",
        EgressReason.Audit => "audit",
        EgressReason.InvalidRequest => "invalid_request",
        EgressReason.InvalidHeader => "invalid_header",
        EgressReason.RequestTooLarge => "request_too_large",
        EgressReason.InvalidUrl => "invalid_url",
        EgressReason.UnsupportedScheme => "unsupported_scheme",
        EgressReason.UrlCredentials => "url_credentials",
        EgressReason.MissingHost => "missing_host",
        EgressReason.InvalidHost => "invalid_host",
        EgressReason.NoncanonicalIp => "noncanonical_ip",
        EgressReason.InvalidPort => "invalid_port",
        EgressReason.DenyRule => "deny_rule",
        EgressReason.NoEgress => "no_egress",
        EgressReason.HostNotAllowed => "host_not_allowed",
        EgressReason.PortNotAllowed => "port_not_allowed",
        EgressReason.ProtocolNotAllowed => "protocol_not_allowed",
        EgressReason.SchemeNotAllowed => "scheme_not_allowed",
        EgressReason.PrincipalNotAllowed => "principal_not_allowed",
        EgressReason.MethodNotAllowed => "method_not_allowed",
        EgressReason.DnsFailed => "dns_failed",
        EgressReason.DnsEmpty => "dns_empty",
        EgressReason.MetadataTarget => "metadata_target",
        EgressReason.GateLocal => "gate_local",
        EgressReason.PrivateTarget => "private_target",
        EgressReason.CidrNotAllowed => "cidr_not_allowed",
        EgressReason.BandwidthCap => "bandwidth_cap",
        EgressReason.SpendCap => "spend_cap",
        EgressReason.SpendUnpriced => "spend_unpriced",
        EgressReason.CredentialPlaintext => "credential_plaintext",
        EgressReason.CredentialMissing => "credential_missing",
        EgressReason.CredentialCollision => "credential_collision",
        EgressReason.RebindDetected => "rebind_detected",
        EgressReason.ConnectFailed => "connect_failed",
        EgressReason.ConnectTimeout => "connect_timeout",
        EgressReason.TlsFailed => "tls_failed",
        EgressReason.RequestTimeout => "request_timeout",
        EgressReason.UpstreamFailed => "upstream_failed",
        EgressReason.RedirectBlocked => "redirect_blocked",
        EgressReason.RedirectLimit => "redirect_limit",
        EgressReason.RedirectLoop => "redirect_loop",
        EgressReason.RedirectInvalid => "redirect_invalid",
        EgressReason.RedirectDowngrade => "redirect_downgrade",
        EgressReason.RedirectBody => "redirect_body",
        EgressReason.ResponseTooLarge => "response_too_large",
        EgressReason.ContentType => "content_type",
        EgressReason.ProxyDenied => "proxy_denied",
        _ => throw new UnreachableException(),
    };

    /// <summary>The HTTP status an agent sees: 403 for what was refused, 429 for a cap, 502 for what the far side did; 200 when allowed.</summary>
    public static int Status(this EgressReason reason) => reason switch
    {
        EgressReason.Allowed or EgressReason.Audit => 200,
        EgressReason.BandwidthCap or EgressReason.SpendCap => 429,
        EgressReason.DnsFailed or EgressReason.DnsEmpty or EgressReason.RebindDetected or EgressReason.ConnectFailed
            or EgressReason.ConnectTimeout or EgressReason.TlsFailed or EgressReason.RequestTimeout
            or EgressReason.UpstreamFailed or EgressReason.ResponseTooLarge or EgressReason.ContentType => 502,
        _ => 403,
    };

    /// <summary>One sentence for the caller. Names no address, path or secret.</summary>
    public static string Message(this EgressReason reason) => reason switch
    {
        EgressReason.Allowed => "The request is allowed.",
        EgressReason.Audit => "A list refuses the target; audit mode lets it through.",
        EgressReason.InvalidRequest => "The request is not a JSON object of method, url, headers, body_text or body_base64, and timeout_ms.",
        EgressReason.InvalidHeader => "A header name is not a token, or its value is not printable ASCII.",
        EgressReason.RequestTooLarge => "The request body is over the limit.",
        EgressReason.InvalidUrl => "The URL is not an absolute URL in plain characters.",
        EgressReason.UnsupportedScheme => "Only http and https are supported.",
        EgressReason.UrlCredentials => "A URL must not hold credentials.",
        EgressReason.MissingHost => "The URL names no host.",
        EgressReason.InvalidHost => "The host is not a valid name or address.",
        EgressReason.NoncanonicalIp => "An IPv4 address must be a canonical dotted quad.",
        EgressReason.InvalidPort => "The port is not a number from 1 to 65535.",
        EgressReason.DenyRule => "A deny rule covers the target.",
        EgressReason.NoEgress => "The action has no way out.",
        EgressReason.HostNotAllowed => "The host is not listed.",
        EgressReason.PortNotAllowed => "The port is not listed for this host.",
        EgressReason.ProtocolNotAllowed => "The transport is not accepted for this host.",
        EgressReason.SchemeNotAllowed => "The scheme is not accepted for this host.",
        EgressReason.PrincipalNotAllowed => "The host is not open to this principal.",
        EgressReason.MethodNotAllowed => "The method is not accepted for this host.",
        EgressReason.DnsFailed => "The host name could not be resolved.",
        EgressReason.DnsEmpty => "The host name has no address.",
        EgressReason.MetadataTarget => "The target is a metadata service.",
        EgressReason.GateLocal => "The target belongs to the gate itself.",
        EgressReason.PrivateTarget => "The target is not a public address.",
        EgressReason.CidrNotAllowed => "The target is outside the listed networks.",
        EgressReason.BandwidthCap => "The bytes for this host are used up.",
        EgressReason.SpendCap => "The request could use more tokens or money than are left for this host.",
        EgressReason.SpendUnpriced => "The model has no price, and spending on this host is bounded.",
        EgressReason.CredentialPlaintext => "A credential is only sent over https.",
        EgressReason.CredentialMissing => "A credential that this host needs is not in the gate's store.",
        EgressReason.CredentialCollision => "The request brings a credential of its own where the gate would set one.",
        EgressReason.RebindDetected => "The connection's remote end is not an address that was judged.",
        EgressReason.ConnectFailed => "No connection could be made.",
        EgressReason.ConnectTimeout => "No connection could be made in time.",
        EgressReason.TlsFailed => "No trusted TLS connection could be made.",
        EgressReason.RequestTimeout => "The exchange was not done in time.",
        EgressReason.UpstreamFailed => "The peer broke the connection or the protocol.",
        EgressReason.RedirectBlocked => "The answer is a redirect, and none is followed.",
        EgressReason.RedirectLimit => "There are more redirects than may be followed.",
        EgressReason.RedirectLoop => "The redirects go in a circle.",
        EgressReason.RedirectInvalid => "The redirect has no valid location.",
        EgressReason.RedirectDowngrade => "The redirect leads from https to http.",
        EgressReason.RedirectBody => "The redirect would hand the body to another origin.",
        EgressReason.ResponseTooLarge => "The response body is over the limit.",
        EgressReason.ContentType => "The media type of the response is not listed.",
        EgressReason.ProxyDenied => "The egress proxy refused the target.",
        _ => throw new UnreachableException(),
    };
}
