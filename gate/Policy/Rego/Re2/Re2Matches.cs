namespace LatchGate.Policy.Rego.Re2;

/// <summary>The matches of an expression in a text, one after another, without overlap; none is empty right after another.</summary>
internal sealed class Re2Matches(Re2Program program, string text)
{
    private int _at;
    private int _end = -1;

    /// <summary>What the search has cost so far: instructions times places looked at, at the most.</summary>
    internal long Cost { get; private set; }

    /// <summary>The next match; null when there is none.</summary>
    internal Re2Match? Next()
    {
        while (_at <= text.Length)
        {
            var places = new int[program.Slots];
            var found = Re2Matcher.Find(program, text, _at, places, out var read);
            Cost += (long)program.Instructions.Count * (read + 1);
            if (!found)
            {
                _at = text.Length + 1;
                return null;
            }

            var match = new Re2Match(text, places);
            var isFresh = match.End > _at || match.Start != _end;
            _at = match.End > _at ? match.End : _at + WidthAt(_at);
            _end = match.End;
            if (isFresh)
            {
                return match;
            }
        }

        return null;
    }

    private int WidthAt(int at)
    {
        if (at == text.Length)
        {
            return 1;
        }

        Re2Matcher.RuneAt(text, at, out var width);
        return width;
    }
}
