using LatchGate.Policy.Rego.Re2;

namespace LatchGate.Tests.Policy.Re2;

/// <summary>Matches as Go's <c>regexp</c> documents them: text, then start and end of the whole and of each group, match by match.</summary>
public sealed class Re2ExpressionTests
{
    [Theory]
    [InlineData("", "", "0 0")]
    [InlineData("a+", "baaab", "1 4")]
    [InlineData("abcd..", "abcdef", "0 6")]
    [InlineData("a*", "baaab", "0 0;1 4;5 5")]
    [InlineData(".*", "abcdef", "0 6")]
    [InlineData("^", "abcde", "0 0")]
    [InlineData("$", "abcde", "5 5")]
    [InlineData("^bcd", "abcdef", "")]
    [InlineData("[^a-z]+", "ab1234cd", "2 6")]
    [InlineData(@"[a\-\]z]+", "az]-bcz", "0 4;6 7")]
    [InlineData("[]a]+", "b]a]", "1 4")]
    [InlineData("[日本語]+", "x日本語日", "1 5")]
    [InlineData("()", "", "0 0 0 0")]
    [InlineData("(.)(.)", "😀a", "0 3 0 2 2 3")]
    [InlineData("(([^xyz]*)(d))", "abcd", "0 4 0 4 0 3 3 4")]
    [InlineData("(((a|b|c)*)(d))", "abcd", "0 4 0 4 0 3 2 3 3 4")]
    [InlineData("a*(|(b))c*", "aacc", "0 4 2 2 -1 -1")]
    [InlineData("(.*).*", "ab", "0 2 0 2")]
    [InlineData("(|a)*", "aa", "0 0 0 0;1 1 1 1;2 2 2 2")]
    [InlineData("(a){0}", "", "0 0 -1 -1")]
    [InlineData(@"\b", "x y", "0 0;1 1;2 2;3 3")]
    [InlineData(@"\B", "xx", "1 1")]
    [InlineData(@"\bä", "ä", "")]
    [InlineData("(?:A|(?:A|a))", "a", "0 1")]
    [InlineData("a??b*?c", "aabbc", "1 5")]
    [InlineData("(a(?i)+)b", "aab", "0 3 0 2")]
    [InlineData("(?U)a+", "aaa", "0 1;1 2;2 3")]
    [InlineData("(?s).", "\n", "0 1")]
    [InlineData(".", "\n", "")]
    [InlineData("(?m)^.$", "a\nb", "0 1;2 3")]
    [InlineData("a$", "a\n", "")]
    [InlineData("x{2,3}y{0}z{1,}", "xxxxzz", "1 6")]
    [InlineData("x{,2}", "x{,2}", "0 5")]
    [InlineData(@"\Q+|*?{[\E+", "+|*?{[[[", "0 8")]
    [InlineData(@"\x41\x{1F600}\101", "A😀A", "0 4")]
    [InlineData("(?i)straße", "STRAẞE", "0 6")]
    [InlineData("(?i)[k-l]+", "K\u212Al", "0 3")]
    [InlineData("(?i)a(?-i)b", "AB Ab", "3 5")]
    [InlineData(@"\p{Lu}\PL\p{^Nd}", "Ä-x", "0 3")]
    [InlineData("[[:^alpha:]_]+", "ab_1", "2 4")]
    [InlineData(@"[^\D5]", "x57", "2 3")]
    public void Matches_are_those_of_go(string pattern, string text, string expected) => Assert.Equal(expected, All(pattern, text));

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("a)")]
    [InlineData("[a")]
    [InlineData("*a")]
    [InlineData("a**")]
    [InlineData("{2}")]
    [InlineData("a|(?m){2}")]
    [InlineData("a{2}{3}")]
    [InlineData("a{1001}")]
    [InlineData("(a{100}){100}")]
    [InlineData("a{3,2}")]
    [InlineData("(?=a)")]
    [InlineData("(?<!a)b")]
    [InlineData("(?P<a>x)(?P<a>y)")]
    [InlineData("(?P<>x)")]
    [InlineData("(?P<a-b>x)")]
    [InlineData("(?z)")]
    [InlineData("(?i")]
    [InlineData("(?i-)")]
    [InlineData(@"\1")]
    [InlineData(@"\8")]
    [InlineData(@"\C")]
    [InlineData(@"\Z")]
    [InlineData(@"\x4")]
    [InlineData(@"\x{110000}")]
    [InlineData(@"\p{Nope}")]
    [InlineData(@"[z-a]")]
    [InlineData(@"[a-\d]")]
    [InlineData("[[:nope:]]")]
    [InlineData(@"a\")]
    public void What_is_no_pattern_is_refused(string pattern) => Assert.Null(Re2Expression.Compile(pattern));

    [Fact]
    public void Depth_and_size_are_bounded()
    {
        Assert.NotNull(Re2Expression.Compile(new string('(', 100) + new string(')', 100)));
        Assert.Null(Re2Expression.Compile(new string('(', 500) + new string(')', 500)));
        Assert.Null(Re2Expression.Compile(string.Concat(Enumerable.Repeat("(abcdef){1000}", 10))));
    }

    [Fact]
    public void A_pattern_that_is_exponential_elsewhere_costs_a_step_for_each_instruction_and_code_point()
    {
        var expression = Re2Expression.Compile("^(a?){30}(a+)+$")!;
        var matches = expression.In(new string('a', 2_000) + "b");
        Assert.Null(matches.Next());
        Assert.InRange(matches.Cost, 2_000, 2_002L * expression.Cost);
    }

    [Fact]
    public void Named_groups_have_their_numbers()
    {
        var expression = Re2Expression.Compile("(a)(?P<second>b)(?<third>c)")!;
        Assert.Equal(2, expression.Names["second"]);
        Assert.Equal(3, expression.Names["third"]);
        Assert.Equal(4, expression.Groups);
    }

    private static string All(string pattern, string text)
    {
        var matches = Re2Expression.Compile(pattern)!.In(text);
        var found = new List<string>();
        while (matches.Next() is { } match)
        {
            found.Add(string.Join(' ', Enumerable.Range(0, match.Groups).SelectMany(match.Place)));
        }

        return string.Join(';', found);
    }
}

internal static class Re2MatchPlaces
{
    /// <summary>Start and end of a group.</summary>
    internal static int[] Place(this Re2Match match, int group) => [match.StartOf(group), match.EndOf(group)];
}
