namespace LatchGate.Policy.Rego.Re2;

/// <content>Groups and flags.</content>
internal sealed partial class Re2Parser
{
    private Re2Node? Group()
    {
        _at++;
        var outer = _flags;
        var group = 0;
        if (Take("?P<") || Take("?<"))
        {
            var end = _pattern.IndexOf('>', _at);
            if (end <= _at || !IsName(_pattern.AsSpan(_at, end - _at)) || !Names.TryAdd(_pattern[_at..end], group = ++_groups))
            {
                return null;
            }

            _at = end + 1;
        }
        else if (Take('?'))
        {
            if (!TakeFlags(out var isGroup) || !isGroup)
            {
                return null;
            }
        }
        else
        {
            group = ++_groups;
        }

        if (Alternation() is not { } inner || !Take(')'))
        {
            return null;
        }

        _flags = outer;
        return group == 0 ? inner : new Re2Node(Re2Kind.Group) { Group = group, Children = [inner] };
    }

    // Flags without a colon hold until the group around them ends.
    private bool TakeFlags()
    {
        var (at, flags) = (_at, _flags);
        if (Take("(?") && TakeFlags(out var isGroup) && !isGroup)
        {
            return true;
        }

        (_at, _flags) = (at, flags);
        return false;
    }

    private bool TakeFlags(out bool isGroup)
    {
        isGroup = false;
        var flags = _flags;
        var clears = false;
        var hasAny = false;
        for (; _at < _pattern.Length; _at++)
        {
            var flag = _pattern[_at] switch
            {
                'i' => Re2Flags.IgnoreCase,
                'm' => Re2Flags.MultiLine,
                's' => Re2Flags.DotAll,
                'U' => Re2Flags.Ungreedy,
                _ => Re2Flags.None,
            };
            if (flag != Re2Flags.None)
            {
                flags = clears ? flags & ~flag : flags | flag;
                hasAny = true;
                continue;
            }

            switch (_pattern[_at])
            {
                case '-' when !clears:
                    (clears, hasAny) = (true, false);
                    break;
                case ':' or ')':
                    isGroup = _pattern[_at++] == ':';
                    _flags = flags;
                    return hasAny || !clears;
                default:
                    return false;
            }
        }

        return false;
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        return true;
    }

    [Flags]
    private enum Re2Flags
    {
        None = 0,
        IgnoreCase = 1,
        MultiLine = 2,
        DotAll = 4,
        Ungreedy = 8,
    }
}
