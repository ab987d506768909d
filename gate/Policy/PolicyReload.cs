namespace LatchGate.Policy;

/// <summary>What became of a reload.</summary>
/// <param name="Reloaded">Whether the policy that was read is in force; the earlier one stays otherwise.</param>
/// <param name="PolicyVersion">The version of the data in force.</param>
/// <param name="Revision">The revision of the bundle in force; empty for the built-in policy and for a bundle that names none.</param>
/// <param name="Refusal">Why the new one was refused, without any path; null when it was not.</param>
public sealed record PolicyReload(bool Reloaded, string PolicyVersion, string Revision, string? Refusal);
