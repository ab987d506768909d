namespace LatchGate.Api;

/// <summary>The whole HTTP surface as a table (reference/wire.md §1.2). What is not here is 404 on either socket.</summary>
internal static class GateRoutes
{
    internal static Route[] Of(GateEndpoints e) =>
    [
        // The hot route first: matching goes down this list.
        new(Surface.Both, "POST", "/v1/actions/{id}/execute", e.Execute.HandleAsync),
        new(Surface.Both, "POST", "/v1/leases", e.Leases.IssueAsync),
        new(Surface.Both, "GET", "/v1/approvals/{id}/poll", e.Poll.HandleAsync),
        new(Surface.Client, "GET", "/v1/receipts/{id}", e.Receipts.ShowToAgentAsync),
        new(Surface.Admin, "GET", "/v1/receipts/{id}", e.Receipts.ShowToOperatorAsync),
        new(Surface.Both, "GET", "/v1/actions", e.Actions.ListAsync),
        new(Surface.Both, "GET", "/v1/actions/{id}", e.Actions.ShowAsync),
        new(Surface.Both, "GET", "/v1/actions/{id}/schema/request", e.Actions.SchemaAsync),
        new(Surface.Both, "GET", "/.well-known/jwks.json", e.Leases.JwksAsync),
        new(Surface.Both, "GET", "/healthz", e.Status.HealthAsync),
        new(Surface.Both, "GET", "/readyz", e.Status.ReadyAsync),
        new(Surface.Client, "GET", "/v1/approvals", e.Approvals.ListOwnAsync),
        new(Surface.Admin, "GET", "/v1/approvals", e.Approvals.ListAsync),
        new(Surface.Admin, "GET", "/v1/approvals/{id}", e.Approvals.ShowAsync),
        new(Surface.Admin, "POST", "/v1/approvals/{id}/approve", e.Approvals.ApproveAsync),
        new(Surface.Admin, "POST", "/v1/approvals/{id}/deny", e.Approvals.DenyAsync),
        new(Surface.Admin, "GET", "/v1/admin/policy", e.Policy.ShowAllAsync),
        new(Surface.Admin, "GET", "/v1/admin/policy/{id}", e.Policy.ShowAsync, AllowsSlash: true),
        new(Surface.Admin, "POST", "/v1/admin/policy/grant", e.PolicyChanges.GrantAsync),
        new(Surface.Admin, "POST", "/v1/admin/policy/revoke", e.PolicyChanges.RevokeAsync),
        new(Surface.Admin, "POST", "/v1/admin/policy/allowlist", e.PolicyChanges.AddStandingAsync),
        new(Surface.Admin, "DELETE", "/v1/admin/policy/allowlist", e.PolicyChanges.RemoveStandingAsync),
        new(Surface.Admin, "GET", "/v1/admin/domains", e.Learned.ListDomainsAsync),
        new(Surface.Admin, "POST", "/v1/admin/domains", e.Learned.AddDomainAsync),
        new(Surface.Admin, "DELETE", "/v1/admin/domains", e.Learned.RemoveDomainAsync),
        new(Surface.Admin, "DELETE", "/v1/admin/domains/clear", e.Learned.ClearDomainsAsync),
        new(Surface.Admin, "GET", "/v1/admin/paths", e.Learned.ListPathsAsync),
        new(Surface.Admin, "POST", "/v1/admin/paths", e.Learned.AddPathAsync),
        new(Surface.Admin, "DELETE", "/v1/admin/paths", e.Learned.RemovePathAsync),
        new(Surface.Admin, "DELETE", "/v1/admin/paths/clear", e.Learned.ClearPathsAsync),
        new(Surface.Admin, "GET", "/v1/admin/budgets", e.Budgets.ShowAsync),
        new(Surface.Admin, "GET", "/v1/audit/events", e.Audit.EventsAsync),
        new(Surface.Admin, "GET", "/v1/audit/verify", e.Audit.VerifyAsync),
        new(Surface.Admin, "GET", "/v1/audit/recent", e.Audit.RecentAsync),
        new(Surface.Admin, "GET", "/v1/audit", e.Audit.AuditAsync),
        new(Surface.Admin, "POST", "/v1/admin/drain", e.Control.DrainAsync),
        new(Surface.Admin, "POST", "/v1/admin/reload", e.Control.ReloadAsync),
        new(Surface.Admin, "GET", "/v1/admin/status", e.Status.StatusAsync),
        new(Surface.Admin, "GET", "/v1/admin/whoami", e.Whoami.HandleAsync),
        new(Surface.Admin, "POST", "/v1/admin/revoke-all", e.Revocations.RevokeAllAsync),
        new(Surface.Admin, "GET", "/v1/admin/epoch", e.Revocations.EpochAsync),
        new(Surface.Admin, "POST", "/v1/admin/revoke", e.Revocations.RevokeAsync),
        new(Surface.Admin, "DELETE", "/v1/admin/revoke", e.Revocations.UnblockAsync),
        new(Surface.Admin, "GET", "/v1/receipt-keys", e.Status.ReceiptKeysAsync),
        new(Surface.Admin, "GET", "/metrics", e.Status.MetricsAsync),
    ];
}

/// <summary>The endpoints that the table points to.</summary>
internal sealed record GateEndpoints(
    ExecuteEndpoint Execute,
    LeaseEndpoint Leases,
    PollEndpoint Poll,
    ReceiptEndpoint Receipts,
    ActionsEndpoint Actions,
    ApprovalsEndpoint Approvals,
    PolicyEndpoint Policy,
    PolicyChangeEndpoint PolicyChanges,
    LearnedEndpoint Learned,
    BudgetsEndpoint Budgets,
    AuditEndpoint Audit,
    ControlEndpoint Control,
    StatusEndpoint Status,
    RevocationEndpoint Revocations,
    WhoamiEndpoint Whoami);
