using System.Collections.Immutable;
using LatchGate.Evidence;
using LatchGate.Json;

namespace LatchGate.Pipeline;

/// <summary>
/// Keeps what a verifier looked at. The outcome is verified only if something was looked at and everything held; the first rule that does
/// not hold ends the check.
/// </summary>
internal sealed class VerificationRecord
{
    private readonly ImmutableArray<string>.Builder _checked = ImmutableArray.CreateBuilder<string>();
    private string? _reason;

    /// <summary>The rule was looked at and holds.</summary>
    /// <param name="rule">Its word: <c>exchange</c>, <c>request</c>, <c>status</c>, <c>header:NAME</c>, <c>body</c>, …</param>
    internal void Holds(string rule) => _checked.Add(rule);

    /// <summary>The rule was looked at and does not hold.</summary>
    /// <param name="rule">Its word.</param>
    /// <param name="reason">What is wrong, without any value of request or response.</param>
    /// <returns>False.</returns>
    internal bool Fails(string rule, string reason)
    {
        _checked.Add(rule);
        _reason = reason;
        return false;
    }

    /// <summary>The rule was looked at; <paramref name="reason"/> is null where it holds.</summary>
    /// <returns>Whether it holds.</returns>
    internal bool Check(string rule, string? reason)
    {
        if (reason is not null)
        {
            return Fails(rule, reason);
        }

        Holds(rule);
        return true;
    }

    /// <summary>What came of it all.</summary>
    /// <param name="evidence">What the host saw; null has none.</param>
    internal VerificationOutcome Outcome(CanonicalBytes? evidence)
    {
        if (_checked.Count == 0)
        {
            throw new InvalidOperationException("Nothing was checked, so nothing is verified.");
        }

        return _reason is null
            ? new VerificationOutcome(VerificationStatus.Verified, evidence) { Checked = _checked.DrainToImmutable() }
            : new VerificationOutcome(VerificationStatus.VerificationFailed, Reason: _reason)
            {
                Failed = _checked[^1],
                Checked = _checked.DrainToImmutable(),
            };
    }
}
