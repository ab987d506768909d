using System.Globalization;
using System.Numerics;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>A semantic version.</summary>
/// <remarks><c>version = number "." number "." number ["-" identifiers] ["+" identifiers]</c>; the build part does not order.</remarks>
internal readonly record struct SemVer(BigInteger Major, BigInteger Minor, BigInteger Patch, string PreRelease) : IComparable<SemVer>
{
    internal static bool TryParse(string text, out SemVer version)
    {
        version = default;
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        var core = plus < 0 ? text : text[..plus];
        var dash = core.IndexOf('-', StringComparison.Ordinal);
        var pre = dash < 0 ? "" : core[(dash + 1)..];
        var numbers = (dash < 0 ? core : core[..dash]).Split('.');
        if (text.Length > 256 || numbers.Length != 3 || !numbers.All(IsNumber) || (dash >= 0 && !AreIdentifiers(pre)) || (plus >= 0 && !AreIdentifiers(text[(plus + 1)..])))
        {
            return false;
        }

        version = new SemVer(Number(numbers[0]), Number(numbers[1]), Number(numbers[2]), pre);
        return true;
    }

    public int CompareTo(SemVer other)
    {
        var order = Major.CompareTo(other.Major);
        order = order != 0 ? order : Minor.CompareTo(other.Minor);
        order = order != 0 ? order : Patch.CompareTo(other.Patch);
        return order != 0 ? order : ComparePreRelease(PreRelease, other.PreRelease);
    }

    // A version without pre-release comes after one with; numbers before words, and fewer parts before more.
    private static int ComparePreRelease(string a, string b)
    {
        if (a.Length == 0 || b.Length == 0)
        {
            return (b.Length > 0 ? 1 : 0) - (a.Length > 0 ? 1 : 0);
        }

        var (x, y) = (a.Split('.'), b.Split('.'));
        for (var i = 0; i < Math.Min(x.Length, y.Length); i++)
        {
            var order = (x[i].All(char.IsAsciiDigit), y[i].All(char.IsAsciiDigit)) switch
            {
                (true, true) => Number(x[i]).CompareTo(Number(y[i])),
                (true, false) => -1,
                (false, true) => 1,
                _ => Math.Sign(string.CompareOrdinal(x[i], y[i])),
            };
            if (order != 0)
            {
                return order;
            }
        }

        return x.Length.CompareTo(y.Length);
    }

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    private static bool AreIdentifiers(string text) => text.Split('.').All(static part => part.Length > 0 && part.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-'));

    private static BigInteger Number(string digits) => BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
