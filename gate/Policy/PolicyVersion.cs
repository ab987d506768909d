namespace LatchGate.Policy;

/// <summary>The <c>policy_version</c> that follows another (reference/wire.md §7.7).</summary>
/// <remarks>
/// <code>
/// ""          → v1
/// HEAD-DIGITS → HEAD-(DIGITS + 1), as wide as before:  m0-dev-001 → m0-dev-002
/// other       → other-1:                               v1 → v1-1
/// </code>
/// </remarks>
internal static class PolicyVersion
{
    /// <summary>Another version than <paramref name="version"/>, and never one that came before it.</summary>
    internal static string Next(string version)
    {
        if (version.Length == 0)
        {
            return "v1";
        }

        var digits = version.AsSpan(version.LastIndexOf('-') + 1);
        if (digits.Length == version.Length || digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return version + "-1";
        }

        // In decimal, because the number may have any length.
        var next = version.ToCharArray();
        for (var i = next.Length - 1; i >= version.Length - digits.Length; i--)
        {
            if (next[i] != '9')
            {
                next[i]++;
                return new string(next);
            }

            next[i] = '0';
        }

        return string.Concat(new string(next, 0, version.Length - digits.Length), "1", new string('0', digits.Length));
    }
}
