namespace LatchGate.Grants;

/// <summary>Why a signed grant does not permit the execution it is presented for.</summary>
public enum GrantFault
{
    /// <summary>It permits the execution.</summary>
    None,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>Everything made before the current epoch was revoked.</summary>
    Revoked,

    /// <summary>It was made for another action, manifest or module.</summary>
    OtherAction,

    /// <summary>It was made for other task bytes.</summary>
    OtherTask,

    /// <summary>The action's risk demands a human's approval, and the grant has none.</summary>
    NotApproved,
}
