using System.Globalization;
using System.Numerics;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Arithmetic, bits and numbers. Whole numbers are exact; others have OPA's 64 bits of precision.</summary>
internal static class Arithmetic
{
    // A shift makes at most this many bits.
    private const int MaxBits = 65_536;

    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["plus"] = static (a, e) => Numbers(a, e, out var x, out var y) ? Plus(x, y) : null;
        table["mul"] = static (a, e) => Numbers(a, e, out var x, out var y) ? Multiply(x, y) : null;
        table["minus"] = Minus;
        table["div"] = static (a, e) => Numbers(a, e, out var x, out var y) ? Divide(x, y, e) : null;
        table["rem"] = Remainder;
        table["abs"] = static (a, e) => Number(a[0], e, out var x) ? x.ToBigFloat().Sign < 0 ? Negate(x) : x : null;
        table["floor"] = static (a, e) => Number(a[0], e, out var x) ? RegoNumber.Of(x.ToBigFloat().Floor()) : null;
        table["ceil"] = static (a, e) => Number(a[0], e, out var x) ? RegoNumber.Of(-BigFloat.Negate(x.ToBigFloat()).Floor()) : null;
        table["round"] = static (a, e) => Number(a[0], e, out var x) ? Round(x.ToBigFloat()) : null;
        table["bits.and"] = static (a, e) => Integers(a, e, out var x, out var y) ? RegoNumber.Of(x & y) : null;
        table["bits.or"] = static (a, e) => Integers(a, e, out var x, out var y) ? RegoNumber.Of(x | y) : null;
        table["bits.xor"] = static (a, e) => Integers(a, e, out var x, out var y) ? RegoNumber.Of(x ^ y) : null;
        table["bits.negate"] = static (a, e) => Integer(a[0], e, out var x) ? RegoNumber.Of(-x - 1) : null;
        table["bits.lsh"] = static (a, e) => Shift(a, e, left: true);
        table["bits.rsh"] = static (a, e) => Shift(a, e, left: false);
        table["numbers.range"] = static (a, e) => Range(a[0], a[1], null, e);
        table["numbers.range_step"] = static (a, e) => Range(a[0], a[1], a[2], e);
        table["to_number"] = ToNumber;
        table["format_int"] = FormatInt;
    }

    internal static RegoNumber Plus(RegoNumber x, RegoNumber y) =>
        x.TryGetInteger(out var a) && y.TryGetInteger(out var b) ? RegoNumber.Of(a + b) : BigFloat.Add(x.ToBigFloat(), y.ToBigFloat()).ToNumber();

    internal static RegoNumber Multiply(RegoNumber x, RegoNumber y) =>
        x.TryGetInteger(out var a) && y.TryGetInteger(out var b) ? RegoNumber.Of(a * b) : BigFloat.Multiply(x.ToBigFloat(), y.ToBigFloat()).ToNumber();

    internal static bool Number(RegoValue value, Evaluation evaluation, out RegoNumber number)
    {
        number = (value as RegoNumber)!;
        if (number is null)
        {
            evaluation.Fail(BuiltinError.Type);
        }

        return number is not null;
    }

    internal static bool Integer(RegoValue value, Evaluation evaluation, out BigInteger integer)
    {
        integer = default;
        if (!Number(value, evaluation, out var number))
        {
            return false;
        }

        if (!number.TryGetInteger(out integer))
        {
            evaluation.Fail(BuiltinError.Type);
            return false;
        }

        return true;
    }

    private static bool Numbers(ReadOnlySpan<RegoValue> args, Evaluation evaluation, out RegoNumber x, out RegoNumber y)
    {
        y = null!;
        return Number(args[0], evaluation, out x) && Number(args[1], evaluation, out y);
    }

    private static bool Integers(ReadOnlySpan<RegoValue> args, Evaluation evaluation, out BigInteger x, out BigInteger y)
    {
        y = default;
        return Integer(args[0], evaluation, out x) && Integer(args[1], evaluation, out y);
    }

    private static RegoNumber Negate(RegoNumber x) =>
        x.TryGetInteger(out var integer) ? RegoNumber.Of(-integer) : BigFloat.Negate(x.ToBigFloat()).ToNumber();

    private static RegoValue? Minus(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is RegoSet a && args[1] is RegoSet b)
        {
            return Sets.Difference(a, b, evaluation);
        }

        return Numbers(args, evaluation, out var x, out var y) ? Plus(x, Negate(y)) : null;
    }

    private static RegoValue? Divide(RegoNumber x, RegoNumber y, Evaluation evaluation)
    {
        var divisor = y.ToBigFloat();
        if (divisor.IsZero)
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        if (x.TryGetInteger(out var a) && y.TryGetInteger(out var b))
        {
            var quotient = BigInteger.DivRem(a, b, out var rest);
            if (rest.IsZero)
            {
                return RegoNumber.Of(quotient);
            }
        }

        return BigFloat.Divide(x.ToBigFloat(), divisor).ToNumber();
    }

    private static RegoValue? Remainder(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Numbers(args, evaluation, out var x, out var y))
        {
            return null;
        }

        if (!x.TryGetInteger(out var a) || !y.TryGetInteger(out var b) || b.IsZero)
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        return RegoNumber.Of(BigInteger.Remainder(a, b));
    }

    // Half away from zero.
    private static RegoNumber Round(BigFloat x)
    {
        var half = BigFloat.OfDecimal(5, -1);
        return x.Sign < 0
            ? RegoNumber.Of(-BigFloat.Add(BigFloat.Negate(x), half).Floor())
            : RegoNumber.Of(BigFloat.Add(x, half).Floor());
    }

    private static RegoValue? Shift(ReadOnlySpan<RegoValue> args, Evaluation evaluation, bool left)
    {
        if (!Integers(args, evaluation, out var value, out var count))
        {
            return null;
        }

        if (count.Sign < 0 || (left && count + value.GetBitLength() > MaxBits))
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        return RegoNumber.Of(left ? value << (int)count : value >> (int)BigInteger.Min(count, MaxBits));
    }

    private static RegoValue? Range(RegoValue from, RegoValue to, RegoValue? by, Evaluation evaluation)
    {
        var step = BigInteger.One;
        if (!Integer(from, evaluation, out var a) || !Integer(to, evaluation, out var b) || (by is not null && !Integer(by, evaluation, out step)))
        {
            return null;
        }

        if (step.Sign <= 0)
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        var range = new RegoArray();
        for (var x = a; a <= b ? x <= b : x >= b; x += a <= b ? step : -step)
        {
            if (!evaluation.ChargeCells(1) || !evaluation.ChargeSteps(1))
            {
                return null;
            }

            range.Append(RegoNumber.Of(x));
        }

        return range;
    }

    private static RegoValue? ToNumber(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        switch (args[0])
        {
            case RegoNull:
                return RegoNumber.Of(0);
            case RegoBoolean boolean:
                return RegoNumber.Of(boolean.Value ? 1 : 0);
            case RegoNumber number:
                return number;
            case RegoString text when IsNumber(text.Value):
                return RegoNumber.Parse(text.Value.TrimStart('+'));
            case RegoString:
                return evaluation.Fail(BuiltinError.Value);
            default:
                return evaluation.Fail(BuiltinError.Type);
        }
    }

    // Go's float grammar, less hexadecimal, infinities and underscores, which no OPA number can hold.
    private static bool IsNumber(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value)
        && text.AsSpan().ContainsAnyInRange('0', '9');

    private static RegoValue? FormatInt(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Number(args[0], evaluation, out var number) || !Number(args[1], evaluation, out var radix))
        {
            return null;
        }

        if (!radix.TryGetInt64(out var r) || r is not (2 or 8 or 10 or 16))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var value = number.ToBigFloat();
        var truncated = value.Sign < 0 ? -BigFloat.Negate(value).Floor() : value.Floor();
        return new RegoString(ToRadix(truncated, (int)r));
    }

    internal static string ToRadix(BigInteger value, int radix)
    {
        if (radix == 10)
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }

        if (value.IsZero)
        {
            return "0";
        }

        var bits = value.GetBitLength();
        ValueWork.Spend(bits * bits >> 10);
        var digits = new Stack<char>();
        for (var rest = BigInteger.Abs(value); !rest.IsZero; rest /= radix)
        {
            digits.Push("0123456789abcdef"[(int)(rest % radix)]);
        }

        return (value.Sign < 0 ? "-" : "") + new string([.. digits]);
    }
}
