using System.Diagnostics.CodeAnalysis;
using System.Text;
using LatchGate.Egress;

namespace LatchGate.Learned;

/// <summary>
/// A host that an operator may add to an action's list, in the one spelling that is stored, compared and removed (D-107). Only
/// <see cref="TryParse"/> makes one.
/// </summary>
/// <remarks>
/// <code>
/// domain  = ["*."] name / IPv4 / IPv6 / "[" IPv6 "]"       blanks around it, upper case and one last dot are taken away
/// name    = label 1*("." label)                            ASCII; other scripts as A-labels (RFC 5890)
/// "*." name                                                exactly one label more; name has at least two dots, or one when wide
/// </code>
/// A name is exact: it does not open what is below it. Neither a public suffix nor one label below a public suffix can be learned
/// (<see cref="PublicSuffixes"/>); addresses must be public. Source: reference/wire.md §7.6, reference/kernel.md §11.2.
/// </remarks>
internal sealed class LearnedDomain
{
    private LearnedDomain(HostPattern pattern) =>
        (Pattern, Text) = (pattern, pattern.Kind == HostPatternKind.OneLabel ? "*." + pattern.Value : pattern.Value);

    /// <summary>What it covers.</summary>
    internal HostPattern Pattern { get; }

    /// <summary>The stored spelling.</summary>
    internal string Text { get; }

    /// <summary>Reads what an operator wrote.</summary>
    /// <param name="input">As it came.</param>
    /// <param name="wide">Takes <c>*.example.com</c> too; else the name after <c>*.</c> needs two dots.</param>
    /// <param name="domain">The domain, when true is returned.</param>
    /// <param name="fault">What is wrong with it, in one sentence; empty when nothing is.</param>
    internal static bool TryParse(string input, bool wide, [NotNullWhen(true)] out LearnedDomain? domain, out string fault)
    {
        domain = null;
        var text = input.Trim();
        fault = FaultOf(text);
        if (fault.Length > 0)
        {
            return false;
        }

        var isWildcard = text.StartsWith("*.", StringComparison.Ordinal);
        var name = isWildcard ? text[2..] : text;
        if (name.Contains('*'))
        {
            fault = "a wildcard is one leading '*.' and nothing else";
            return false;
        }

        // An address in brackets and one without are the same; a URL has the former.
        if (!CanonicalHost.TryParse(name.Contains(':') && name[0] != '[' ? $"[{name}]" : name, out var host, out _))
        {
            fault = "it is neither a name of letters, digits, hyphens and dots, nor an address in its usual form";
            return false;
        }

        fault = host.Address is { } address ? FaultOf(address, isWildcard) : FaultOf(host.Text, isWildcard, wide);
        domain = fault.Length > 0 ? null : new LearnedDomain(new HostPattern(isWildcard ? HostPatternKind.OneLabel : HostPatternKind.Exact, host.Text));
        return domain is not null;
    }

    private static string FaultOf(string text)
    {
        if (text.Length == 0)
        {
            return "it is empty";
        }

        if (!Ascii.IsValid(text))
        {
            return "it has characters beyond ASCII; write the A-label (xn--…)";
        }

        foreach (var c in text)
        {
            if (c <= ' ' || c == 0x7F)
            {
                return "it has a blank or a control character";
            }
        }

        return "";
    }

    private static string FaultOf(System.Net.IPAddress address, bool isWildcard) =>
        isWildcard ? "an address has no wildcard"
        : AddressClassifier.Classify(address, []).Tier != AddressTier.Public ? "it is a private or reserved address; only public ones can be learned"
        : "";

    private static string FaultOf(string name, bool isWildcard, bool wide)
    {
        var dots = name.AsSpan().Count('.');
        if (name == "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal))
        {
            return "localhost cannot be learned";
        }

        if (dots == 0)
        {
            return "it needs at least one dot";
        }

        if (PublicSuffixes.Contains(name))
        {
            return $"anybody can have a name below {name}, as below a public suffix";
        }

        return isWildcard && dots < 2 && !wide ? "the name after '*.' needs at least two dots, or force" : "";
    }
}
