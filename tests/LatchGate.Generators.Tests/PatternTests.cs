using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LatchGate.Actions;
using LatchGate.Generators.Emit.Image;
using LatchGate.Generators.Model;
using LatchGate.Generators.Model.Patterns;

namespace LatchGate.Generators.Tests;

/// <summary>Compiled patterns against the base library's engine, on patterns that mean the same to both.</summary>
public sealed class PatternTests
{
    private static readonly string[] Patterns =
    [
        "", "a", "^a", "a$", "^a$", "^$", "^", "$", "a|b", "^(a|bc)*$", "^a{2,3}$", "a{0}b", "^a{2,}$", "^(?:ab?)+c$", "[a-c]+x", "^[^a-c]$",
        "^[a-]$", "^[\\]\\-]$", "\\d+\\.\\d", "^\\w+@\\w+$", "^a.b$", "(a|aa)(b|bb)$", "^(a|b)*a(a|b)$", "a^b", "a$b", "^a*?b$", "x|^y|z$", "^(|a)b",
        "^(a*)*$", "(^a|b$)", "^[A-Fa-f0-9]{4}$", "[\\d_]x", "^\\u0061\\x62$", "^[\\s]$",
    ];

    private static readonly string[] Texts =
    [
        "", "a", "b", "c", "x", "y", "z", "ab", "aab", "abb", "aabb", "aa", "aaa", "aaaa", "bc", "abc", "abcbc", "acb", "a-c", "-", "]", "ax", "dx", "1.5", "12.34",
        "me@home", "a.b", "a\nb", "a\n", "abac", "zz", "xyz", "bab", "ababab", "00fF", "12345", "_x", "5x", " ", "\t", "\u00a0", "é",
    ];

    [Fact]
    public void A_pattern_finds_what_the_library_finds()
    {
        Assert.All(Patterns, static pattern =>
        {
            var dfa = DfaBuilder.Build(pattern, PatternParser.Parse(pattern));

            // \z for $: the library's $ also stands before a last line feed, ECMA-262's does not.
            var oracle = new Regex(pattern.Replace("$", "\\z", StringComparison.Ordinal).Replace("\\d", "[0-9]", StringComparison.Ordinal).Replace("[[0-9]_]", "[0-9_]", StringComparison.Ordinal));
            foreach (var text in Texts)
            {
                Assert.True(oracle.IsMatch(text) == Matches(dfa, text), $"{pattern} on {JsonSerializer.Serialize(text)}");
            }
        });
    }

    [Theory]
    [InlineData("^.$", "\ud83d\ude00", true)]
    [InlineData("^..$", "\ud83d\ude00", false)]
    [InlineData("^[\ud83d\ude00-\ud83d\ude02]$", "\ud83d\ude01", true)]
    [InlineData("^\\u{1F600}$", "\ud83d\ude00", true)]
    [InlineData("^\\ud83d\\ude00$", "\ud83d\ude00", true)]
    [InlineData("^\\W$", "\ud83d\ude00", true)]
    [InlineData("^\\w$", "é", false)]
    public void Code_points_are_the_unit(string pattern, string text, bool found) =>
        Assert.Equal(found, Matches(DfaBuilder.Build(pattern, PatternParser.Parse(pattern)), text));

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("[a")]
    [InlineData("[b-a]")]
    [InlineData("*a")]
    [InlineData("a**")]
    [InlineData("a{2,1}")]
    [InlineData("a{9999}")]
    [InlineData("{")]
    [InlineData("(?=a)")]
    [InlineData("(?<n>a)")]
    [InlineData("(a)\\1")]
    [InlineData("\\bword")]
    [InlineData("\\p{L}")]
    [InlineData("^*")]
    [InlineData("a\\")]
    [InlineData("(a|b)*a(a|b){20}")]
    public void What_an_automaton_cannot_do_is_refused(string pattern) =>
        Assert.Throws<PatternException>(() => DfaBuilder.Build(pattern, PatternParser.Parse(pattern)));

    private static bool Matches(DfaModel dfa, string text)
    {
        // Its tables stand behind others in the image.
        byte[] image = [1, 2, 3, .. PatternWriter.Write(dfa).Bytes];
        Assert.DoesNotContain(image, static octet => octet > 127);
        var tables = new PatternTables(image, 3);
        var asText = tables.Matches(text);
        Assert.Equal(asText, tables.Matches(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(text))[1..^1]));
        Assert.Equal(asText, DfaRun.Matches(dfa, text));
        return asText;
    }
}
