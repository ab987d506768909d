using System.Collections.Immutable;
using System.Net;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Sandbox;
using LatchGate.Telemetry;

namespace LatchGate.Pipeline;

/// <summary>The steps of starting: each turns a part of the configuration into a part of the gate, or says why it cannot.</summary>
internal static class GateStartup
{
    /// <summary>Refuses to start when a provider in this binary is not the code that the manifests pin.</summary>
    internal static void RequirePinnedProviders(ActionRegistry actions)
    {
        foreach (var action in actions.Actions)
        {
            if (SandboxModule.Find(action.ProviderName) is not { } module || module.Digest != action.ModuleDigest)
            {
                throw new StartupException(
                    StartupError.WasmModulesLoadFailed,
                    $"The provider '{action.ProviderName}' of action '{action.Id}' is not the module that its manifest pins.",
                    "Build the gate again: make gate.");
            }
        }
    }

    /// <summary>Says what the ledger's state means for the operator.</summary>
    internal static void Report(Ledger ledger, GateLog log, TimeProvider time)
    {
        if (ledger.LatestAtOpening is var last && last - time.GetUtcNow() > TimeSpan.FromSeconds(WallClock.ToleranceSeconds))
        {
            log.Warn(
                "clock_behind_ledger",
                $"the clock is behind the ledger's last event, of {WireTime.Format(last)}: until it has caught up, approvals are judged by that time, and leases that had expired may be good again");
        }

        if (!ledger.IsDurable)
        {
            log.Warn("ledger_not_durable", $"the ledger is on {ledger.FileSystem}, where a commit does not survive loss of power");
        }

        foreach (var intent in ledger.Read(static reader => reader.UnresolvedIntents()))
        {
            log.Warn("unresolved_intent", $"trace {intent.TraceId}, grant {intent.GrantId}, started {intent.StartedAt}: the effect may have happened, and no receipt says so");
        }
    }

    /// <summary>Says which protections are off.</summary>
    internal static void Report(PostureConfig posture, GateLog log)
    {
        if (posture.OperatorAuthInsecure)
        {
            log.Warn("posture_relaxed", "operator_auth_insecure: an operator's API key is enough, without a proof; every event carries dev_mode");
        }
    }

    // No action talks to the proxy itself. Behind a name it may move; then it is a private address like others, and as closed.
    private static ImmutableArray<IPEndPoint> Neighbours(EgressProxyConfig proxy) =>
        proxy.Url is { } url && IPAddress.TryParse(url.Host, out var address) ? [new IPEndPoint(address, url.Port)] : [];

    internal static EgressCeiling CeilingOf(GateConfig config) => new()
    {
        PrivateCidrs = config.Egress.PrivateCidrs,
        Nat64Prefixes = config.Egress.Nat64Prefixes,
        Deny = config.Egress.Deny,
        RuntimeAllowlist = config.Egress.CeilingHosts,
        OpenEgress = config.Egress.OpenEgress,
        AuditUntil = config.Egress.AuditUntil,
        Principals = LabelsOf(config.Identity),
        GateAddresses = [.. LocalAddresses.Enumerate()],
        GateEndpoints = Neighbours(config.EgressProxy),
    };

    /// <summary>Refuses actions that open what the operator has not, and says which lists do not bind.</summary>
    /// <exception cref="StartupException">An action's rules open every way out, and <c>egress.open_egress</c> is not set.</exception>
    internal static void CheckEgress(ActionRegistry actions, EgressCeiling ceiling, DateTimeOffset now, GateLog log)
    {
        foreach (var action in actions.Actions)
        {
            var rules = action.Egress;
            if (rules.OpensAll)
            {
                if (!ceiling.OpenEgress)
                {
                    throw new StartupException(
                        StartupError.RegistryLoadFailed,
                        $"The action {action.Id} opens every way out (open_egress_forbidden).",
                        "Set egress.open_egress = true, or name the enabled actions in 'actions' without this one.");
                }

                log.Warn("egress_open", $"{action.Id} reaches every public host: its manifest says so, and egress.open_egress is true");
            }

            if (ceiling.Audits(rules, now) && ceiling.AuditUntil is { } end)
            {
                var until = rules.AuditUntil is { } sooner && sooner < end ? sooner : end;
                log.Warn("egress_audit", $"{action.Id} is not bound by its lists until {WireTime.Format(until)}: what they refuse is let through and recorded");
            }
        }
    }

    internal static PrincipalDirectory LabelsOf(IdentityConfig identity)
    {
        var labels = new Dictionary<string, PrincipalLabels>(StringComparer.Ordinal);
        foreach (var mapping in identity.Principals.Values)
        {
            // Every uid of one principal has the same labels: the configuration was checked for that.
            labels[mapping.Principal] = new PrincipalLabels(mapping.Labels);
        }

        return new PrincipalDirectory(labels);
    }

    internal static PeercredMap PeersOf(IdentityConfig identity)
    {
        var peers = new Dictionary<uint, PeercredPrincipal>(identity.Principals.Count);
        foreach (var (uid, principal) in identity.Principals)
        {
            peers.Add(uid, new PeercredPrincipal(principal.Principal, principal.Scopes, principal.Owner));
        }

        return new PeercredMap(peers, identity.AllowUnmapped);
    }

    internal static IReadOnlyList<Identity.OperatorCredential> OperatorsOf(GateConfig config)
    {
        var operators = new List<Identity.OperatorCredential>(config.OperatorCredentials.Length);
        foreach (var credential in config.OperatorCredentials)
        {
            using var key = credential.ReadApiKey();
            if (!JwkThumbprint.TryParse(credential.DpopJkt.AsSpan(), out var thumbprint))
            {
                throw new StartupException(
                    StartupError.ConfigValidationFailed, $"dpop_jkt of {credential} is not a thumbprint.", "Give 43 characters of base64url without padding.");
            }

            var made = new Identity.OperatorCredential(credential.Name, key.Span, thumbprint, credential.Role);
            if (operators.Find(made.SharesApiKeyWith) is { } other)
            {
                throw new StartupException(
                    StartupError.ConfigValidationFailed,
                    $"Operators '{other.Name}' and '{made.Name}' have the same API key.",
                    "Make a credential for each with 'latchgate operator keygen': the key tells who asks.");
            }

            operators.Add(made);
        }

        return operators;
    }

    internal static HttpLimits LimitsOf(LimitsConfig limits) => new()
    {
        Connections = limits.MaxConnections,
        ConnectionsPerUid = limits.MaxConnectionsPerUid,
        HeaderTimeout = TimeSpan.FromMilliseconds(limits.HeaderTimeoutMs),
        BodyTimeout = TimeSpan.FromMilliseconds(limits.BodyTimeoutMs),
        KeepAliveTimeout = TimeSpan.FromMilliseconds(limits.IdleTimeoutMs),
        WriteTimeout = TimeSpan.FromMilliseconds(limits.WriteTimeoutMs),
    };
}
