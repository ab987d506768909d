using System.Globalization;
using System.Numerics;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>units.parse, units.parse_bytes, and semantic versions (semver.org 2.0.0).</summary>
internal static class Units
{
    private static readonly string[] Prefixes = ["k", "m", "g", "t", "p", "e"];

    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["units.parse"] = Parse;
        table["units.parse_bytes"] = ParseBytes;
        table["semver.is_valid"] = static (a, e) => RegoBoolean.Of(a[0] is RegoString text && SemVer.TryParse(text.Value, out _));
        table["semver.compare"] = static (a, e) =>
            !Strings.Texts(a, e, out var x, out var y) ? null
            : SemVer.TryParse(x, out var v) && SemVer.TryParse(y, out var w) ? RegoNumber.Of(v.CompareTo(w))
            : e.Fail(BuiltinError.Value);
    }

    // Lower-case m is milli and upper-case M is mega; the other letters are read in either case.
    private static RegoValue? Parse(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!TrySplit(args[0], evaluation, out var amount, out var unit))
        {
            return null;
        }

        if (unit == "m")
        {
            return BigFloat.Divide(amount, BigFloat.Of(1000)).ToNumber();
        }

        return Scale(unit.ToLowerInvariant()) is { } scale ? BigFloat.Multiply(amount, BigFloat.Of(scale)).ToNumber() : evaluation.Fail(BuiltinError.Value);
    }

    private static RegoValue? ParseBytes(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!TrySplit(args[0], evaluation, out var amount, out var unit))
        {
            return null;
        }

        unit = unit.ToLowerInvariant();
        unit = unit.EndsWith('b') && unit.Length > 1 ? unit[..^1] : unit;
        return Scale(unit) is { } scale ? RegoNumber.Of(BigFloat.Multiply(amount, BigFloat.Of(scale)).Floor()) : evaluation.Fail(BuiltinError.Value);
    }

    private static BigInteger? Scale(string unit)
    {
        if (unit.Length == 0)
        {
            return BigInteger.One;
        }

        var power = Array.IndexOf(Prefixes, unit[..1]) + 1;
        return (power, unit[1..]) switch
        {
            (0, _) => null,
            (_, "") => BigInteger.Pow(1000, power),
            (_, "i") => BigInteger.Pow(1024, power),
            _ => null,
        };
    }

    private static bool TrySplit(RegoValue value, Evaluation evaluation, out BigFloat amount, out string unit)
    {
        amount = default;
        unit = "";
        if (!Strings.Text(value, evaluation, out var text))
        {
            return false;
        }

        text = text.Replace("\"", "", StringComparison.Ordinal);
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is '.' or '-' or '+' || IsExponent(text, end)))
        {
            end++;
        }

        if (text.Contains(' ', StringComparison.Ordinal)
            || !decimal.TryParse(text.AsSpan(0, end), NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        {
            evaluation.Fail(BuiltinError.Value);
            return false;
        }

        amount = RegoNumber.Parse(text[..end].TrimStart('+')).ToBigFloat();
        unit = text[end..];
        return true;
    }

    // e or E is an exponent only where digits follow, so that 1E is an exa.
    private static bool IsExponent(string text, int at) =>
        at > 0 && text[at] is 'e' or 'E' && at + 1 < text.Length
        && (char.IsAsciiDigit(text[at + 1]) || (text[at + 1] is '-' or '+' && at + 2 < text.Length && char.IsAsciiDigit(text[at + 2])));
}
