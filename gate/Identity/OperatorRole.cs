namespace LatchGate.Identity;

/// <summary>What an operator may do; each role holds those before it.</summary>
public enum OperatorRole
{
    /// <summary>Reads: approvals, audit, receipts, status, policy.</summary>
    Viewer,

    /// <summary>Decides held calls as well.</summary>
    Approver,

    /// <summary>Changes the gate as well: policy, learned destinations, revocation, drain, reload.</summary>
    Admin,
}

/// <summary>The words of <see cref="OperatorRole"/>.</summary>
public static class OperatorRoles
{
    /// <summary><c>viewer</c>, <c>approver</c> or <c>admin</c>.</summary>
    public static string ToWire(this OperatorRole role) => role switch
    {
        OperatorRole.Viewer => "viewer",
        OperatorRole.Approver => "approver",
        OperatorRole.Admin => "admin",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "Not a role."),
    };

    /// <summary>Reads a word; false when it names no role.</summary>
    public static bool TryParse(string word, out OperatorRole role)
    {
        (var known, role) = word switch
        {
            "viewer" => (true, OperatorRole.Viewer),
            "approver" => (true, OperatorRole.Approver),
            "admin" => (true, OperatorRole.Admin),
            _ => (false, default),
        };
        return known;
    }
}
