using System.Collections.Generic;

namespace LatchGate.Generators.Model.Patterns;

/// <summary>Parses a class: <c>[</c>, an optional <c>^</c>, members and ranges, <c>]</c>.</summary>
internal sealed class ClassParser(string text)
{
    public CodePointSet Parse(ref int at)
    {
        at++;
        var negated = at < text.Length && text[at] == '^';
        at += negated ? 1 : 0;
        var ranges = new List<(int From, int To)>();
        while (true)
        {
            if (at >= text.Length)
            {
                throw new PatternException("a '[' is not closed");
            }

            if (text[at] == ']')
            {
                at++;
                var set = CodePointSet.Union(ranges);
                return negated ? set.Complement() : set;
            }

            var from = Member(ref at);
            if (at + 1 < text.Length && text[at] == '-' && text[at + 1] != ']')
            {
                at++;
                ranges.Add(Range(from, Member(ref at)));
            }
            else
            {
                ranges.AddRange(from.Ranges);
            }
        }
    }

    private static (int From, int To) Range(CodePointSet from, CodePointSet to)
    {
        if (from.Ranges.Count == 1 && to.Ranges.Count == 1 && from.Ranges[0] is var f && to.Ranges[0] is var t && f.From == f.To && t.From == t.To && f.From <= t.From)
        {
            return (f.From, t.From);
        }

        throw new PatternException("a range in a class has no plain ends in ascending order");
    }

    private CodePointSet Member(ref int at)
    {
        if (text[at] == '\\')
        {
            return Escapes.Read(text, ref at, inClass: true);
        }

        var point = Escapes.Literal(text, ref at);
        return CodePointSet.Of((point, point));
    }
}
