namespace LatchGate.Webhooks;

/// <summary>What receivers can be told of (reference/ops.md §5.2). One event of the ledger can be two of these.</summary>
[Flags]
internal enum WebhookEvent
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A call waits for an operator.</summary>
    ApprovalPending = 1,

    /// <summary>An operator allowed a call, and it was done.</summary>
    ApprovalGranted = 1 << 1,

    /// <summary>An operator refused a call, by decision or by revocation.</summary>
    ApprovalDenied = 1 << 2,

    /// <summary>Nobody decided in time.</summary>
    ApprovalExpired = 1 << 3,

    /// <summary>An operator allowed a call, and it failed, or could not be carried out any more.</summary>
    ApprovalFailed = 1 << 4,

    /// <summary>A known principal's call was refused.</summary>
    ActionDenied = 1 << 5,

    /// <summary>A call was done.</summary>
    ActionExecuted = 1 << 6,

    /// <summary>A call failed: its effect may have happened.</summary>
    ActionFailed = 1 << 7,

    /// <summary>An operator revoked everything, or a lease, session, principal or grant.</summary>
    Revocation = 1 << 8,

    /// <summary>A call was refused because a budget is spent.</summary>
    BudgetExhausted = 1 << 9,

    /// <summary>A signing key was replaced.</summary>
    KeyRotated = 1 << 10,

    /// <summary>An operator tests an endpoint. Not to be subscribed to: a test goes to the endpoint that it names.</summary>
    Test = 1 << 11,
}

/// <summary>The names of <see cref="WebhookEvent"/>.</summary>
internal static class WebhookEvents
{
    /// <summary>Every event that an endpoint can subscribe to, for messages.</summary>
    internal const string Names =
        "approval.pending, approval.granted, approval.denied, approval.expired, approval.failed, action.denied, action.executed, action.failed, "
        + "revocation, budget.exhausted, key.rotated";

    internal static string ToWire(this WebhookEvent type) => type switch
    {
        WebhookEvent.ApprovalPending => "approval.pending",
        WebhookEvent.ApprovalGranted => "approval.granted",
        WebhookEvent.ApprovalDenied => "approval.denied",
        WebhookEvent.ApprovalExpired => "approval.expired",
        WebhookEvent.ApprovalFailed => "approval.failed",
        WebhookEvent.ActionDenied => "action.denied",
        WebhookEvent.ActionExecuted => "action.executed",
        WebhookEvent.ActionFailed => "action.failed",
        WebhookEvent.Revocation => "revocation",
        WebhookEvent.BudgetExhausted => "budget.exhausted",
        WebhookEvent.KeyRotated => "key.rotated",
        WebhookEvent.Test => "test",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not one event."),
    };

    /// <summary>Reads a name; <see cref="WebhookEvent.Test"/> is among them.</summary>
    internal static bool TryParse(string name, out WebhookEvent type)
    {
        for (type = WebhookEvent.ApprovalPending; type <= WebhookEvent.Test; type = (WebhookEvent)((int)type << 1))
        {
            if (type.ToWire() == name)
            {
                return true;
            }
        }

        type = WebhookEvent.None;
        return false;
    }
}
