using Microsoft.CodeAnalysis;

namespace LatchGate.Generators.Diagnostics;

/// <summary>
/// Everything that can be wrong with an egress block; each message carries the code of the egress grammar.
/// Ids are stable: an id is never given a second meaning (docs/diagnostics.md).
/// </summary>
internal static partial class Descriptors
{
    public static readonly DiagnosticDescriptor BadHostPattern = Error(
        "LGM050",
        "A host pattern is malformed",
        "The host pattern '{0}' is malformed (bad_host_pattern). Write a name, an address in canonical form, .name for it and "
        + "all below, or *.name for one label.");

    public static readonly DiagnosticDescriptor WildcardTooBroad = Error(
        "LGM051",
        "A wildcard is too broad",
        "The pattern '{0}' covers a whole top-level domain (wildcard_too_broad). Name at least two labels after the wildcard.");

    public static readonly DiagnosticDescriptor HostNeverAllowed = Error(
        "LGM052",
        "An address is never reachable",
        "The address '{0}' is never reachable (host_never_allowed). Remove it.");

    public static readonly DiagnosticDescriptor BadCidr = Error(
        "LGM053",
        "A CIDR is malformed",
        "The network '{0}' is malformed (bad_cidr). Write the canonical network address, a slash and the prefix length.");

    public static readonly DiagnosticDescriptor CidrHostBits = Error(
        "LGM054",
        "A CIDR has host bits",
        "The network '{0}' has bits set after its prefix (cidr_host_bits). Write the network address.");

    public static readonly DiagnosticDescriptor CidrTooBroad = Error(
        "LGM055",
        "A CIDR is too broad",
        "The network '{0}' is the whole internet (cidr_too_broad). Name the networks that are needed.");

    public static readonly DiagnosticDescriptor CidrNeverAllowed = Error(
        "LGM056",
        "A CIDR is never reachable",
        "The network '{0}' is never reachable (cidr_never_allowed). Remove it.");

    public static readonly DiagnosticDescriptor PrivateCidr = Error(
        "LGM057",
        "A private CIDR needs an opt-in",
        "The network '{0}' is private or special (private_cidr_without_opt_in). Add allow_private_targets: true, if that is "
        + "meant; the operator's ceiling must name it too.");

    public static readonly DiagnosticDescriptor BadPort = Error(
        "LGM058",
        "A port is malformed",
        "ports must be 'any' or a list of ports 1 to 65535 and ranges 'from-to', not {0} (bad_port). Change it.");

    public static readonly DiagnosticDescriptor BadPortRange = Error(
        "LGM059",
        "A port range is empty",
        "The port range '{0}' ends before it begins (bad_port_range). Swap its ends.");

    public static readonly DiagnosticDescriptor EmptyList = Error(
        "LGM060",
        "A list is empty",
        "'{0}' is empty, which never means any (empty_list). List what is meant, or leave the key out.");

    public static readonly DiagnosticDescriptor UnconstrainedAllow = Error(
        "LGM061",
        "A rule allows everything",
        "The rule '{0}' names no host and no network (unconstrained_allow). Add hosts or cidrs.");

    public static readonly DiagnosticDescriptor BadRuleName = Error(
        "LGM062",
        "A rule has no usable name",
        "The rule's name must be 1 to 64 characters of a-z, 0-9, '.', '_', '-' (bad_rule_name). Name the rule.");

    public static readonly DiagnosticDescriptor DuplicateRule = Error(
        "LGM063",
        "Two rules have one name",
        "The name '{0}' is already that of a rule (duplicate_rule). Give each rule its own name.");

    public static readonly DiagnosticDescriptor UnknownField = Error(
        "LGM064",
        "An egress key is unknown",
        "'{0}' is not a key of {1} (unknown_field). {2}.");

    public static readonly DiagnosticDescriptor ResponseOnAllow = Error(
        "LGM065",
        "An allow rule has a response",
        "'response' belongs to deny rules (response_on_allow). Remove it.");

    public static readonly DiagnosticDescriptor BadDenyResponse = Error(
        "LGM066",
        "A refusal is malformed",
        "A deny rule's response has a status from 400 to 599 and a message of at most 512 characters (bad_deny_response). Change it.");

    public static readonly DiagnosticDescriptor BadLimit = Error(
        "LGM067",
        "An egress limit is out of range",
        "'{0}' must be a whole number from 1 to {1} (bad_limit). Choose one in that range.");

    public static readonly DiagnosticDescriptor BadProfile = Error(
        "LGM068",
        "An egress profile is unknown",
        "The profile must be none or proxy_allowlist (bad_profile). Choose one.");

    public static readonly DiagnosticDescriptor ProfileNoneWithRules = Error(
        "LGM069",
        "A closed profile has rules",
        "The profile none lets nothing out, yet there are rules (profile_none_with_rules). Remove them, or set profile: "
        + "proxy_allowlist.");

    public static readonly DiagnosticDescriptor BadMode = Error(
        "LGM070",
        "An egress mode is unknown",
        "The mode must be enforce or audit (bad_mode). Choose one, or leave the key out.");

    public static readonly DiagnosticDescriptor BadEgressDefault = Error(
        "LGM071",
        "An egress default is unknown",
        "The default must be deny or allow (bad_default). Choose one, or leave the key out.");

    public static readonly DiagnosticDescriptor OpenEgress = Error(
        "LGM072",
        "Open egress is refused",
        "'{0}' opens all ways out (open_egress_forbidden). List what is needed; only a build with LatchGateOpenEgress takes it, and only "
        + "an operator's open_egress makes it hold.");

    public static readonly DiagnosticDescriptor BadProtocol = Error(
        "LGM073",
        "A protocol is unknown",
        "The protocol must be tcp or udp (bad_protocol). Choose one.");

    public static readonly DiagnosticDescriptor BadPrincipals = Error(
        "LGM074",
        "Principals are malformed",
        "principals must be a list, not empty, of names such as \"uid:1000\" and of mappings with the one key labels (bad_principals). "
        + "Change it, or leave the key out for everybody.");

    public static readonly DiagnosticDescriptor AnyWithConstraint = Error(
        "LGM075",
        "A rule names everything and something",
        "'any' names every host, so hosts and cidrs beside it mean nothing (any_with_constraint). Remove one or the other.");

    public static readonly DiagnosticDescriptor BadRedirects = Error(
        "LGM076",
        "Redirects are malformed",
        "redirects must be a mapping with max from 0 to 10 (bad_redirects). Change it.");

    public static readonly DiagnosticDescriptor CredentialHeader = Error(
        "LGM077",
        "A header is none for credentials",
        "The header '{0}' cannot hold a credential (credential_header). Use authorization*, x-*, *-token, *-api-key, api-key, apikey or cookie, "
        + "none of which the gate sets itself.");

    public static readonly DiagnosticDescriptor CredentialSource = Error(
        "LGM078",
        "A credential has another source",
        "Credentials come from the gate's secret store alone (credential_source). Remove the source, and store the secret.");

    public static readonly DiagnosticDescriptor CredentialUnbound = Error(
        "LGM079",
        "A credential is bound to no host",
        "A rule with credentials must name hosts (credential_unbound_origin). Add hosts to the rule.");

    public static readonly DiagnosticDescriptor CredentialPlaintext = Error(
        "LGM080",
        "A credential would go out in plain text",
        "A rule with credentials cannot take http (credential_plaintext). Write schemes: [https].");

    public static readonly DiagnosticDescriptor BadCredential = Error(
        "LGM081",
        "A credential is malformed",
        "A credential {0} (bad_credential). Change it.");
}
