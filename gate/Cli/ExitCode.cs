namespace LatchGate.Cli;

/// <summary>What the process ends with. Stable; scripts rely on it.</summary>
internal enum ExitCode
{
    /// <summary>Done: the call was executed, the ledger is intact, the gate is up, or it stopped when told to.</summary>
    Ok = 0,

    /// <summary>Could not be done: bad configuration, no gate at the socket, or a failure within the gate.</summary>
    Error = 1,

    /// <summary><c>verify</c>: the ledger is broken. <c>doctor</c>: there are warnings and no errors.</summary>
    Broken = 2,

    /// <summary><c>call</c>: the gate or an operator refused; there was no effect. <c>policy check</c>: it would be refused.</summary>
    Denied = 3,

    /// <summary><c>call</c>: an operator has yet to decide. <c>policy check</c>: one would have to.</summary>
    PendingApproval = 4,

    /// <summary><c>call</c>, <c>approvals approve</c>: it was executed and has a receipt, but the provider reported a failure or the effect was not confirmed.</summary>
    Unconfirmed = 5,

    /// <summary><c>egress allowlist --check</c>: the file is not the list of this build and configuration.</summary>
    Drift = 6,

    /// <summary>The command line is wrong (<c>EX_USAGE</c> of sysexits.h).</summary>
    Usage = 64,
}
