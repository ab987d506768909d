using System.Collections.Immutable;
using LatchGate.Actions;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy;

/// <summary>Makes the Rego value of <see cref="PolicyInput"/> without a detour through JSON text.</summary>
internal static class InputBuilder
{
    private const int MostMembers = 17;

    private static readonly RegoString ActionCategory = new("action_category");
    private static readonly RegoString ActionId = new("action_id");
    private static readonly RegoString ActionRiskLevel = new("action_risk_level");
    private static readonly RegoString ActionTrustVerdict = new("action_trust_verdict");
    private static readonly RegoString ActionVersion = new("action_version");
    private static readonly RegoString BudgetsBefore = new("budgets_before");
    private static readonly RegoString CallsRemaining = new("calls_remaining");
    private static readonly RegoString EgressProfile = new("egress_profile");
    private static readonly RegoString FsPath = new("fs_path");
    private static readonly RegoString Principal = new("principal");
    private static readonly RegoString RequestHash = new("request_hash");
    private static readonly RegoString RequestedSecrets = new("requested_secrets");
    private static readonly RegoString RequestedSinks = new("requested_sinks");
    private static readonly RegoString RequiredScopes = new("required_scopes");
    private static readonly RegoString Scopes = new("scopes");
    private static readonly RegoString SessionId = new("session_id");
    private static readonly RegoString UnresolvedDomains = new("unresolved_domains");
    private static readonly RegoString UnresolvedPaths = new("unresolved_paths");

    private static readonly RegoString None = new("none");
    private static readonly RegoString DigestOk = new("digest_ok");
    private static readonly RegoString NotRegistered = new("not_registered");
    private static readonly RegoString Low = new("low");
    private static readonly RegoString Medium = new("medium");
    private static readonly RegoString High = new("high");
    private static readonly RegoString Critical = new("critical");

    // The members are set in Rego's order of names, so that each goes to the end.
    internal static RegoObject Build(PolicyInput input)
    {
        var value = new RegoObject(MostMembers);
        SetText(value, ActionCategory, input.ActionCategory);
        SetText(value, ActionId, input.ActionId);
        value.Set(ActionRiskLevel, Risk(input.ActionRiskLevel));
        value.Set(ActionTrustVerdict, Trust(input));
        SetText(value, ActionVersion, input.ActionVersion);
        value.Set(BudgetsBefore, One(CallsRemaining, RegoNumber.Of(input.CallsRemaining)));
        value.Set(EgressProfile, Egress(input.EgressAllowedDomains));
        SetText(value, FsPath, input.FsPath);
        SetText(value, Principal, input.Principal);
        SetText(value, RequestHash, input.RequestHash);
        SetList(value, RequestedSecrets, input.RequestedSecrets, keepEmpty: true);
        SetList(value, RequestedSinks, input.RequestedSinks, keepEmpty: true);
        SetList(value, RequiredScopes, input.RequiredScopes, keepEmpty: true);
        SetList(value, Scopes, input.Scopes, keepEmpty: true);
        SetText(value, SessionId, input.SessionId);
        SetList(value, UnresolvedDomains, input.UnresolvedDomains, keepEmpty: false);
        SetList(value, UnresolvedPaths, input.UnresolvedPaths, keepEmpty: false);
        return value;
    }

    // An enum value that has no name stays without one, and the policy denies what it does not know.
    private static RegoString Risk(RiskLevel risk) => risk switch
    {
        RiskLevel.Low => Low,
        RiskLevel.Medium => Medium,
        RiskLevel.High => High,
        RiskLevel.Critical => Critical,
        _ => RegoString.Empty,
    };

    private static RegoValue Trust(PolicyInput input) => input.ActionTrustVerdict switch
    {
        TrustVerdict.DigestOk => DigestOk,
        TrustVerdict.DigestMismatch => One(new RegoString("digest_mismatch"), Mismatch(input.DigestMismatch.Expected, input.DigestMismatch.Actual)),
        _ => NotRegistered,
    };

    private static RegoObject Mismatch(string? expected, string? actual)
    {
        var value = new RegoObject(2);
        SetText(value, new RegoString("actual"), actual);
        SetText(value, new RegoString("expected"), expected);
        return value;
    }

    private static RegoValue Egress(ImmutableArray<string> domains) => domains.IsDefault
        ? None
        : One(new RegoString("proxy_allowlist"), One(new RegoString("allowed_domains"), RegoArray.OfStrings(domains.AsSpan())));

    private static RegoObject One(RegoString name, RegoValue member)
    {
        var value = new RegoObject(1);
        value.Set(name, member);
        return value;
    }

    private static void SetText(RegoObject value, RegoString name, string? text)
    {
        if (text is not null)
        {
            value.Set(name, new RegoString(text));
        }
    }

    private static void SetList(RegoObject value, RegoString name, ImmutableArray<string> items, bool keepEmpty)
    {
        // A list that was never set stays absent, which the policy denies.
        if (!items.IsDefault && (keepEmpty || items.Length > 0))
        {
            value.Set(name, RegoArray.OfStrings(items.AsSpan()));
        }
    }
}
