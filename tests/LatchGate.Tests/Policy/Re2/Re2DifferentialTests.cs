using System.Text;
using System.Text.Json;
using LatchGate.Policy.Rego.Re2;

namespace LatchGate.Tests.Policy.Re2;

/// <summary>Generated patterns over generated texts: each is valid, and matches, as a real OPA says.</summary>
public sealed class Re2DifferentialTests
{
    private const int Cases = 4_000;

    private static readonly string[] Atoms =
    [
        "a", "b", "c", "-", " ", "é", "K", ".", "^", "$", "[ab]", "[^a]", "[a-c-]", "[[:digit:]b]", @"[\w-]", @"\d", @"\W", @"\s", @"\b", @"\B", @"\A", @"\z", @"\pL", @"\p{^Lu}", @"\x61", @"\.", @"\-",
        "(?i)", "(?s)", "(?m)", "(?U)", "(?i:k)", "()", @"\Qa.\E", "x{", "}", "]",
    ];

    private static readonly string[] Repetitions = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,1}?", "{2,}", "{0}"];

    private static readonly string[] Letters = ["a", "b", "c", "1", "-", " ", "\n", "é", "k", "K", "\u212A", "😀", "_", "x{"];

    [Fact]
    public void Generated_patterns_do_what_a_real_opa_does_with_them()
    {
        Assert.SkipWhen(OpaTool.Path is null, OpaTool.Skipped);
        var random = new Random(20_26);
        var cases = Enumerable.Range(0, Cases).Select(_ => (Pattern: Pattern(random, 3), Text: Text(random))).ToArray();
        var folder = Directory.CreateTempSubdirectory("re2-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "input.json"), JsonSerializer.Serialize(cases.Select(static c => new { p = c.Pattern, t = c.Text })));
            File.WriteAllText(
                Path.Combine(folder, "q.rego"),
                """
                package q
                answer contains [i, regex.find_all_string_submatch_n(c.p, c.t, -1)] if { some i, c in input; regex.is_valid(c.p) }
                """);
            var answer = OpaTool.Run(OpaTool.Path, folder, null, "eval", "-d", "q.rego", "-i", "input.json", "data.q.answer");
            var expected = new string?[Cases];
            var value = JsonDocument.Parse(answer).RootElement.GetProperty("result")[0].GetProperty("expressions")[0].GetProperty("value");
            foreach (var pair in value.EnumerateArray())
            {
                expected[pair[0].GetInt32()] = string.Join('|', pair[1].EnumerateArray().Select(static m => string.Join(',', m.EnumerateArray().Select(static g => g.GetString()))));
            }

            Assert.InRange(expected.Count(static e => e is not null), Cases / 2, Cases - 1);
            for (var i = 0; i < Cases; i++)
            {
                Assert.True(expected[i] == Ours(cases[i].Pattern, cases[i].Text), $"/{cases[i].Pattern}/ on '{cases[i].Text}': OPA says {expected[i] ?? "no pattern"}, we say {Ours(cases[i].Pattern, cases[i].Text) ?? "no pattern"}");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string? Ours(string pattern, string text)
    {
        if (Re2Expression.Compile(pattern) is not { } expression)
        {
            return null;
        }

        var all = new List<string>();
        var matches = expression.In(text);
        while (matches.Next() is { } match)
        {
            all.Add(string.Join(',', Enumerable.Range(0, match.Groups).Select(match.Group)));
        }

        return string.Join('|', all);
    }

    private static string Pattern(Random random, int depth)
    {
        var pattern = new StringBuilder();
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            var part = depth > 0 && random.Next(4) == 0
                ? random.Next(3) switch { 0 => $"({Pattern(random, depth - 1)})", 1 => $"(?:{Pattern(random, depth - 1)})", _ => $"({Pattern(random, depth - 1)}|{Pattern(random, depth - 1)})" }
                : Atoms[random.Next(Atoms.Length)];
            pattern.Append(part).Append(random.Next(3) == 0 ? Repetitions[random.Next(Repetitions.Length)] : "");
        }

        return pattern.ToString();
    }

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => Letters[random.Next(Letters.Length)]));
}
