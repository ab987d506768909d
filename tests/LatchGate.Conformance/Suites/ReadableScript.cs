using System.Text.RegularExpressions;

namespace LatchGate.Conformance.Suites;

/// <summary>
/// Converts a script with wast2json. Where it holds syntax of a later specification than the tool knows, the top-level forms with
/// that syntax are left out and reported, each module together with the assertions on it.
/// </summary>
internal static partial class ReadableScript
{
    /// <summary>The JSON file, or null when nothing of the script can be read.</summary>
    internal static string? Convert(string script, string directory, Action<(string Place, string Why)> skipped)
    {
        var text = File.ReadAllText(script);
        var forms = Split(text);
        var copy = Path.Combine(directory, "script.wast");
        var json = Path.Combine(directory, "script.json");
        while (true)
        {
            File.WriteAllText(copy, text);
            var (exitCode, _, errors) = WasmSuite.Execute(directory, "wast2json", copy, "-o", json);
            if (exitCode == 0)
            {
                return json;
            }

            var lines = ErrorLine().Matches(errors).Select(m => (Line: int.Parse(m.Groups[1].ValueSpan, null), Why: m.Groups[2].Value)).ToList();
            var bad = forms.FindIndex(f => lines.Any(l => l.Line >= f.FirstLine && l.Line <= f.LastLine));
            void Leave(Form form, string why)
            {
                skipped(($":{form.FirstLine}", why));
                text = Blank(text, form);
                forms.Remove(form);
            }

            if (bad < 0)
            {
                skipped(("", $"wast2json cannot read the script: {errors.Split('\n')[0]}"));
                return null;
            }

            var module = forms[bad];
            Leave(module, "newer than WebAssembly 1.0: " + lines.First(l => l.Line >= module.FirstLine && l.Line <= module.LastLine).Why);

            // The actions behind a module are on that module.
            var next = module.Kind == FormKind.Module ? forms.FindIndex(bad, f => f.Kind == FormKind.Module) : bad;
            var actions = forms[bad..(next < 0 ? forms.Count : next)].Where(f => f.Kind == FormKind.Action).ToList();
            actions.ForEach(f => Leave(f, $"on the module in line {module.FirstLine}"));
            if (forms.Count == 0)
            {
                return null;
            }
        }
    }

    private enum FormKind
    {
        Module,
        Action,
        Other,
    }

    private readonly record struct Form(int Start, int End, int FirstLine, int LastLine, FormKind Kind);

    /// <summary>The top-level parenthesised forms. Grammar: strings with escapes, <c>;; line</c> and nested <c>(; block ;)</c> comments.</summary>
    private static List<Form> Split(string text)
    {
        var forms = new List<Form>();
        var (depth, start, line, firstLine) = (0, 0, 1, 1);
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\n':
                    line++;
                    break;
                case '"':
                    for (i++; text[i] != '"'; i++)
                    {
                        i += text[i] == '\\' ? 1 : 0;
                    }

                    break;
                case ';' when i + 1 < text.Length && text[i + 1] == ';':
                    i = text.IndexOf('\n', i) is var end and >= 0 ? end - 1 : text.Length;
                    break;
                case '(' when i + 1 < text.Length && text[i + 1] == ';':
                    var nested = 1;
                    for (i += 2; nested > 0; i++)
                    {
                        nested += text.AsSpan(i).StartsWith("(;") ? 1 : text.AsSpan(i).StartsWith(";)") ? -1 : 0;
                        line += text[i] == '\n' ? 1 : 0;
                    }

                    break;
                case '(':
                    if (depth++ == 0)
                    {
                        (start, firstLine) = (i, line);
                    }

                    break;
                case ')':
                    if (--depth == 0)
                    {
                        forms.Add(new Form(start, i, firstLine, line, KindOf(text.AsSpan(start))));
                    }

                    break;
                default:
                    break;
            }
        }

        return forms;
    }

    private static FormKind KindOf(ReadOnlySpan<char> form) =>
        form.StartsWith("(module") ? FormKind.Module
        : form.StartsWith("(assert_return") || form.StartsWith("(assert_trap") || form.StartsWith("(assert_exhaustion") || form.StartsWith("(invoke")
            ? FormKind.Action
            : FormKind.Other;

    /// <summary>Overwrites a form with spaces, so that the lines of the others stay what they are.</summary>
    private static string Blank(string text, Form form) => string.Create(text.Length, (text, form), static (to, from) =>
    {
        from.text.CopyTo(to);
        var hole = to[from.form.Start..(from.form.End + 1)];
        for (var i = 0; i < hole.Length; i++)
        {
            hole[i] = hole[i] == '\n' ? '\n' : ' ';
        }
    });

    [GeneratedRegex(@"script\.wast:(\d+):\d+: error: ([^\n]*)")]
    private static partial Regex ErrorLine();
}
