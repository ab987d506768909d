using System.Globalization;
using System.Net;
using LatchGate.Egress;

namespace LatchGate.Cli;

/// <summary>What to do about a refused way out, in one line. Only what works: a command to run, or the line to change and where.</summary>
internal static class EgressRemedy
{
    /// <summary>The remedy of a refusal.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="layer">Which layer refused.</param>
    /// <param name="rule">The rule that decided, or came nearest; empty when there is none.</param>
    /// <param name="actionId">The action.</param>
    /// <param name="url">The target: a URL, or an origin; null when it is not known.</param>
    /// <param name="learns">Whether the action permits learning; null when that is not known.</param>
    internal static string Of(string reason, string layer, string rule, string actionId, string? url, bool? learns = null)
    {
        var target = url is not null && Target.Parse(url, out var read, out _) ? read : null;
        var host = target?.Host ?? "HOST";
        var manifest = $"the manifest of {actionId}";
        var inRule = rule.Length > 0 ? $"rule '{rule}' of {manifest}" : $"a rule of {manifest}";
        return (reason, layer) switch
        {
            ("invalid_url", _) => "Write an absolute http or https URL without blanks, control characters and backslashes, percent-encoded, at most 8192 bytes.",
            ("unsupported_scheme", _) => "Only http and https leave the gate.",
            ("url_credentials", _) => $"Take what stands before the @ out of the URL; a secret is bound to its hosts by 'credentials:' in {inRule}.",
            ("missing_host" or "invalid_host", _) => "Write the host as a name of letters, digits and hyphens, each part 1 to 63 long, or as an address; an IPv6 address in brackets.",
            ("noncanonical_ip", _) => Canonical(url) is { } address
                ? $"Some programs read it as {address}; write that, and it is judged as that address."
                : "Write an IPv4 address as four decimal numbers without leading zeros; no name ends in a number.",
            ("invalid_port", _) => "Write the port as 1 to 65535 without leading zeros, or leave it out.",
            ("deny_rule", "gate") => $"[egress] deny of the configuration refuses it, whatever manifests allow; take {host} out there and restart, or use another destination.",
            ("deny_rule", _) => $"Rule '{rule}' of {manifest} refuses it, whatever else allows; use another destination, or change the manifest and build again.",
            ("no_egress", _) => $"{actionId} has no rule that is in force; add one to its manifest and build again, or use an action that has.",
            ("host_not_allowed", _) when target?.Address is { } literal && AddressClassifier.Classify(literal, []).Tier == AddressTier.Never =>
                $"No rule can open {host}: it is no public address, and none that a private network has. Use another destination.",
            ("host_not_allowed", "gate") => $"The manifest lists it, the operator does not: add \"{host}\" to [egress] ceiling_hosts and restart.",
            ("host_not_allowed", _) => learns switch
            {
                true => $"latchgate domains add {actionId} {host}, or list it in {inRule} and build again.",
                false => $"List {host} in {inRule} and build again.",
                null => $"List {host} in {inRule} and build again; where the action permits learning: latchgate domains add {actionId} {host}",
            },
            ("port_not_allowed", _) => $"Use a port that {inRule} lists, or add {target?.Port.ToString(CultureInfo.InvariantCulture) ?? "the port"} to its 'ports:' and build again.",
            ("scheme_not_allowed", _) => $"Use the scheme that {inRule} lists, or change its 'schemes:' and build again.",
            ("protocol_not_allowed", _) => $"{inRule} is for another transport; io/http is tcp.",
            ("principal_not_allowed", _) => $"{inRule} is for other principals; add this one to its 'principals:', or give it the labels in [identity].",
            ("method_not_allowed", _) => $"Use a method that {inRule} lists, or add it to its 'methods:' and build again.",
            ("dns_failed" or "dns_empty", _) => $"The gate's resolver gives no address for {host}: try 'getent ahosts {host}' as the gate's user.",
            ("metadata_target", _) => "A cloud metadata service is never reached, whoever asks; give the action a credential of its own instead.",
            ("gate_local", _) => "That is the gate itself or a neighbour of it; nothing opens it.",
            ("private_target", _) => $"If that address is meant: 'allow_private_targets: true' in {inRule}, and its network in [egress] private_cidrs. Link-local and reserved ones stay shut.",
            ("cidr_not_allowed", _) => $"One rule must hold every address of the target: widen 'cidrs:' of {inRule}, or let the name resolve to listed networks only.",
            ("bandwidth_cap" or "spend_cap", _) => $"The bound of {inRule} is used up; a day's bound begins anew at midnight UTC, an execution's with the next call.",
            ("spend_unpriced", _) => "Give the model a price in the operator's price table, or take the money cap off the rule.",
            ("caps_unavailable", _) => "What was used today cannot be read; look at the ledger's disk. Nothing was refused by rules.",
            ("credential_plaintext", _) => $"{inRule} binds a credential, which goes over https alone: use https.",
            ("credential_missing", _) => $"Put the secret that {inRule} names into the store: latchgate secrets set NAME",
            ("credential_collision", _) => $"Leave out of the request what {inRule} sets, or let the rule overwrite it.",
            ("rebind_detected", _) => "The connection ended elsewhere than where the name resolved to; look at the resolver and at what intercepts connections.",
            ("connect_failed" or "connect_timeout", _) => "The destination did not accept the connection; nothing was refused here.",
            ("tls_failed", _) => "The certificate is not one that the gate trusts for that name; a private CA is named by 'upstream_tls: {ca_file}' of the rule.",
            ("request_timeout" or "upstream_failed", _) => "The destination did not answer whole and in time; nothing was refused here. Its effect may have happened.",
            ("redirect_blocked", _) => $"Ask for the final URL, or let the action follow: 'redirects: {{max: N}}' in {manifest}.",
            ("redirect_limit" or "redirect_loop", _) => "Ask for the final URL.",
            ("redirect_invalid" or "redirect_downgrade" or "redirect_body", _) => "The destination redirects to where a request must not follow; ask for the final URL.",
            ("leak_blocked", _) => "The destination redirects to a URL that repeats a secret of the gate; find out why it does before anything else.",
            ("response_too_large", _) => $"Ask for less, or raise 'limits: response_bytes' in {manifest}.",
            ("content_type", _) => $"Add the media type to 'content_types:' in {manifest}, or ask for another.",
            ("request_too_large", _) => $"Send less, or raise 'limits: request_bytes' in {manifest}.",
            ("invalid_header" or "invalid_request", _) => "The provider's request is not well formed; this is for the provider's author.",
            ("credential_unusable", _) => $"The secret that {inRule} names cannot be sent as it is; set it again: latchgate secrets set NAME",
            ("ca_unusable", _) => $"The CA file that {inRule} names must be readable by the gate and hold PEM certificates.",
            ("content_coding", _) => "The destination answers in a coding that was not asked for; it is for its operator to mend.",
            ("proxy_unattested", _) => "The egress proxy let through what it must refuse, or could not be asked; 'latchgate doctor' says which. Nothing is sent through it until then.",
            ("proxy_failed", _) => "The egress proxy does not answer as one; 'latchgate doctor' looks at it. Nothing was refused by rules.",
            ("proxy_denied", _) => "The gate allows it and the egress proxy does not: bring its list up to date with 'latchgate egress allowlist'.",
            ("allowed" or "audit", _) => "Nothing: it is allowed.",
            _ => "See docs/egress.md.",
        };
    }

    // What inet_aton reads: a hint for the reader, never a judgement.
    private static string? Canonical(string? url)
    {
        var text = url ?? "";
        var start = text.IndexOf("//", StringComparison.Ordinal) + 2;
        var end = start < 2 ? 0 : text.AsSpan(start).IndexOfAny('/', '?', '#');
        var authority = start < 2 ? "" : end < 0 ? text[start..] : text[start..(start + end)];
        var colon = authority.IndexOf(':', StringComparison.Ordinal);
        return IPAddress.TryParse(colon < 0 ? authority : authority[..colon], out var address) ? address.ToString() : null;
    }
}
