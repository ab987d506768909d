using LatchGate.Egress;
using LatchGate.Json;

namespace LatchGate.Approvals;

/// <summary>A rule set as canonical JSON: what a plan freezes of an action's ways out, every bound included.</summary>
internal static class EgressText
{
    internal static CanonicalBytes Of(EgressRuleSet rules)
    {
        using var json = new CanonicalWriter();
        json.BeginObject().Name("allow"u8).BeginArray();
        foreach (var rule in rules.Allow)
        {
            Write(json, rule);
        }

        json.End().Member("allow_learning"u8, rules.AllowLearning).Member("audit_until"u8, Time(rules.AuditUntil));
        json.Name("content_types"u8).List(rules.ContentTypes);
        json.Member("default"u8, rules.Default == EgressDefault.Allow ? "allow" : "deny").Name("deny"u8).BeginArray();
        foreach (var rule in rules.Deny)
        {
            Write(json.BeginObject().Name("cidrs"u8).BeginArray(), rule.Cidrs).End();
            Write(json.Name("hosts"u8).BeginArray(), rule.Hosts).End();
            json.Member("message"u8, rule.Message).Member("name"u8, rule.Name);
            Write(json.Name("ports"u8).BeginArray(), rule.Ports).End();
            Write(json.Name("principals"u8).BeginArray(), rule.Principals).End();
            json.Member("status"u8, rule.Status).End();
        }

        json.End().Name("limits"u8).BeginObject()
            .Member("connect_ms"u8, rules.Limits.ConnectMs)
            .Member("on_overflow"u8, rules.Limits.OnOverflow == OverflowPolicy.Truncate ? "truncate" : "fail")
            .Member("request_bytes"u8, rules.Limits.RequestBytes)
            .Member("request_ms"u8, rules.Limits.RequestMs)
            .Member("response_bytes"u8, rules.Limits.ResponseBytes)
            .End();
        json.Member("max_redirects"u8, rules.MaxRedirects).Member("mode"u8, rules.Mode == EgressMode.Audit ? "audit" : "enforce");
        json.Member("profile"u8, rules.Profile == EgressProfile.None ? "none" : "proxy_allowlist");
        return json.Name("request_headers"u8).List(rules.RequestHeaders).End().Finish();
    }

    private static void Write(CanonicalWriter json, EgressAllowRule rule)
    {
        json.BeginObject().Member("allow_private_targets"u8, rule.AllowPrivateTargets).Member("any"u8, rule.Any).Name("bandwidth"u8);
        if (rule.Bandwidth is { } bandwidth)
        {
            json.BeginObject().Member("burst"u8, bandwidth.Burst).Member("bytes_per_day"u8, bandwidth.BytesPerDay)
                .Member("bytes_per_execution"u8, bandwidth.BytesPerExecution).Member("bytes_per_second"u8, bandwidth.BytesPerSecond).End();
        }
        else
        {
            json.Null();
        }

        json.Member("ca_file"u8, rule.CaFile);
        Write(json.Name("cidrs"u8).BeginArray(), rule.Cidrs).End();
        json.Name("credentials"u8).BeginArray();
        foreach (var credential in rule.Credentials)
        {
            Write(json, credential);
        }

        json.End().Member("expires"u8, Time(rule.Expires));
        Write(json.Name("hosts"u8).BeginArray(), rule.Hosts).End();
        json.Name("methods"u8).List(rule.Methods).Member("name"u8, rule.Name);
        Write(json.Name("ports"u8).BeginArray(), rule.Ports).End();
        Write(json.Name("principals"u8).BeginArray(), rule.Principals).End();
        json.Member("protocol"u8, rule.Protocol == EgressProtocol.Udp ? "udp" : "tcp").Member("resolve"u8, rule.Resolve);
        json.Member("schemes"u8, (long)rule.Schemes).Name("spend"u8);
        if (rule.Spend is { } spend)
        {
            json.BeginObject().Member("max_output_tokens"u8, spend.MaxOutputTokens).Member("tokens_per_day"u8, spend.TokensPerDay)
                .Member("tokens_per_execution"u8, spend.TokensPerExecution).Member("usd_micros_per_day"u8, spend.UsdMicrosPerDay).End();
        }
        else
        {
            json.Null();
        }

        json.End();
    }

    // Names of secrets alone; their values are read when a request goes out.
    private static void Write(CanonicalWriter json, CredentialBinding credential) => json.BeginObject()
        .Member("access_key_secret"u8, credential.AccessKeySecret)
        .Member("name"u8, credential.Name)
        .Member("on_collision"u8, credential.OnCollision == CredentialCollision.Deny ? "deny" : "overwrite")
        .Member("prefix"u8, credential.Prefix)
        .Member("region"u8, credential.Region)
        .Member("required"u8, credential.Required)
        .Member("secret"u8, credential.Secret)
        .Member("service"u8, credential.Service)
        .Member("session_token_secret"u8, credential.SessionTokenSecret)
        .Member("target"u8, (long)credential.Target)
        .Member("timestamp_header"u8, credential.TimestampHeader)
        .Member("username"u8, credential.Username)
        .Member("username_secret"u8, credential.UsernameSecret)
        .End();

    private static string? Time(DateTimeOffset? time) => time is { } at ? Evidence.WireTime.Format(at) : null;

    private static CanonicalWriter Write(CanonicalWriter json, System.Collections.Immutable.ImmutableArray<PortRange> ranges)
    {
        foreach (var range in ranges)
        {
            json.BeginArray().Value((long)range.From).Value((long)range.To).End();
        }

        return json;
    }

    private static CanonicalWriter Write(CanonicalWriter json, System.Collections.Immutable.ImmutableArray<PrincipalSelector> selectors)
    {
        foreach (var selector in selectors)
        {
            if (selector.Name is { } name)
            {
                json.Value(name);
                continue;
            }

            json.BeginArray();
            foreach (var label in selector.Labels)
            {
                json.Value($"{label.Key}={label.Value}");
            }

            json.End();
        }

        return json;
    }

    private static CanonicalWriter Write(CanonicalWriter json, System.Collections.Immutable.ImmutableArray<Cidr> networks)
    {
        foreach (var network in networks)
        {
            json.Value($"{network.Network}/{network.PrefixLength}");
        }

        return json;
    }

    private static CanonicalWriter Write(CanonicalWriter json, System.Collections.Immutable.ImmutableArray<HostPattern> hosts)
    {
        foreach (var host in hosts)
        {
            json.Value(host.Kind switch
            {
                HostPatternKind.Suffix => "." + host.Value,
                HostPatternKind.OneLabel => "*." + host.Value,
                _ => host.Value,
            });
        }

        return json;
    }
}
