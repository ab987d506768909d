using LatchGate.Crypto;

namespace LatchGate.Policy;

/// <summary>Why a change of the policy data was not made. In each case file, engine and ledger are as they were.</summary>
internal enum PolicyDataFault
{
    /// <summary>It was made, or there was nothing to change.</summary>
    None,

    /// <summary>What the change takes away is not there.</summary>
    NotFound,

    /// <summary>The file cannot be read.</summary>
    Unreadable,

    /// <summary>The file was edited by hand into something that the gate would not start with.</summary>
    Invalid,

    /// <summary>The bundle sets what the change would set: its data are not the gate's to change.</summary>
    Refused,

    /// <summary>Another process holds the file's lock.</summary>
    Locked,

    /// <summary>The file cannot be written.</summary>
    NotWritable,

    /// <summary>The ledger does not take the event, so the change was undone.</summary>
    NotRecorded,
}

/// <summary>What a change did.</summary>
/// <param name="Edit">What was asked for.</param>
/// <param name="Plan">What it came to.</param>
/// <param name="VersionBefore">The version that was in force.</param>
/// <param name="VersionAfter">The version now in force; the same when nothing changed.</param>
internal sealed record PolicyDataChange(PolicyEdit Edit, PolicyEditPlan Plan, string VersionBefore, string VersionAfter)
{
    /// <summary>Whether anything changed.</summary>
    internal bool HasEffect => VersionBefore != VersionAfter;

    /// <summary>Digest of the document that was in force.</summary>
    internal Sha256Digest DigestBefore { get; init; }

    /// <summary>Digest of the document as the file held it; another than <see cref="DigestBefore"/> when somebody edited it by hand.</summary>
    internal Sha256Digest DigestFound { get; init; }

    /// <summary>Digest of the document now in force.</summary>
    internal Sha256Digest DigestAfter { get; init; }

    /// <summary>The document now in force.</summary>
    internal required PolicyData Data { get; init; }
}

/// <summary>The answer to a request for a change.</summary>
/// <param name="Fault">Why it was not made.</param>
/// <param name="Change">What it did; null with a fault.</param>
/// <param name="Detail">More about a fault, without any path; null when there is none.</param>
internal readonly record struct PolicyDataResult(PolicyDataFault Fault, PolicyDataChange? Change, string? Detail = null);
