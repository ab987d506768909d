using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Spreads compact JSON over lines.</summary>
internal static class JsonIndent
{
    internal static RegoValue? Write(string compact, string prefix, string indent, Evaluation evaluation)
    {
        var text = new StringBuilder(prefix);
        var (depth, inString) = (0, false);
        for (var i = 0; i < compact.Length; i++)
        {
            var c = compact[i];
            if (inString)
            {
                text.Append(c);
                if (c == '\\')
                {
                    text.Append(compact[++i]);
                }

                inString = c != '"';
                continue;
            }

            switch (c)
            {
                case '{' or '[' when compact[i + 1] is '}' or ']':
                    text.Append(c).Append(compact[++i]);
                    break;
                case '{' or '[':
                    text.Append(c);
                    Line(++depth);
                    break;
                case '}' or ']':
                    Line(--depth);
                    text.Append(c);
                    break;
                case ',':
                    text.Append(c);
                    Line(depth);
                    break;
                case ':':
                    text.Append(": ");
                    break;
                default:
                    inString = c == '"';
                    text.Append(c);
                    break;
            }

            if (!evaluation.ChargeCells(1 + ((prefix.Length + (long)depth * indent.Length) >> 2)))
            {
                return null;
            }
        }

        return Strings.Made(text.ToString(), evaluation);

        void Line(int level)
        {
            text.Append('\n').Append(prefix);
            for (var i = 0; i < level; i++)
            {
                text.Append(indent);
            }
        }
    }
}
