using System.Globalization;

namespace LatchGate.Policy.Rego.Re2;

/// <content>Repetitions.</content>
internal sealed partial class Re2Parser
{
    private Re2Node? Repeated(Re2Node atom)
    {
        var seen = false;
        while (_at < _pattern.Length)
        {
            int min, max;
            switch (_pattern[_at])
            {
                case '*':
                    (min, max) = (0, Re2Node.Unbounded);
                    _at++;
                    break;
                case '+':
                    (min, max) = (1, Re2Node.Unbounded);
                    _at++;
                    break;
                case '?':
                    (min, max) = (0, 1);
                    _at++;
                    break;
                case '{':
                    if (!TakeBounds(out min, out max))
                    {
                        // A brace that bounds nothing is itself.
                        return atom;
                    }

                    if (min > MaxRepeat || max > MaxRepeat || (max >= 0 && min > max))
                    {
                        return null;
                    }

                    break;
                default:
                    return atom;
            }

            // a** would be a repetition of a repetition, which Perl and RE2 refuse.
            if (seen)
            {
                return null;
            }

            seen = true;
            atom = new Re2Node(Re2Kind.Repetition) { Min = min, Max = max, IsGreedy = Take('?') == Has(Re2Flags.Ungreedy), Children = [atom] };
        }

        return atom;
    }

    private bool TakeBounds(out int min, out int max)
    {
        var start = _at++;
        max = 0;
        if (TakeNumber(out min))
        {
            max = min;
            var isPair = Take(',');
            if (isPair && !TakeNumber(out max))
            {
                max = Re2Node.Unbounded;
            }

            if (Take('}'))
            {
                return true;
            }
        }

        _at = start;
        return false;
    }

    private bool TakeNumber(out int number)
    {
        var from = _at;
        while (_at < _pattern.Length && char.IsAsciiDigit(_pattern[_at]))
        {
            _at++;
        }

        number = 0;

        // As Go: no leading zeros.
        if (_at == from || (_pattern[from] == '0' && _at - from > 1))
        {
            return false;
        }

        if (!int.TryParse(_pattern.AsSpan(from, _at - from), NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            number = int.MaxValue;
        }

        return true;
    }

    // Repetitions within repetitions multiply.
    private static bool RepeatsWithin(Re2Node node, int most)
    {
        if (node.Kind == Re2Kind.Repetition)
        {
            var times = node.Max == Re2Node.Unbounded ? node.Min : node.Max;
            if (times > most)
            {
                return false;
            }

            most = times > 0 ? most / times : most;
        }

        foreach (var child in node.Children)
        {
            if (!RepeatsWithin(child, most))
            {
                return false;
            }
        }

        return true;
    }
}
