using LatchGate.Learned;

namespace LatchGate.Tests.Learned;

public sealed class LearnedPathTests
{
    [Theory]
    [InlineData("src/**")]
    [InlineData("notes/*.md")]
    [InlineData("**/*.csproj")]
    [InlineData("a/b/c.txt")]
    [InlineData(".github/workflows/*.yml")]
    [InlineData(".envrc")]
    [InlineData("data/report-[0-9].csv")]
    [InlineData("weird\\[1\\].txt")]
    [InlineData("日本/*")]
    public void A_scoped_glob_can_be_learned(string glob)
    {
        Assert.True(LearnedPath.TryParse(glob, out var path, out var fault), fault);
        Assert.Equal(glob, path.Text);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" \n ", "empty")]
    [InlineData("/etc/passwd", "slash")]
    [InlineData("src/", "segment is empty")]
    [InlineData("src//a", "segment is empty")]
    [InlineData("../x", "'..'")]
    [InlineData("src/../x", "'..'")]
    [InlineData("src/\\.\\./x", "'..'")]
    [InlineData("./x", "'.'")]
    [InlineData("a\0b", "control")]
    [InlineData("a\tb", "control")]
    [InlineData("a\u007fb", "control")]
    [InlineData("*", "nearly everything")]
    [InlineData("**", "nearly everything")]
    [InlineData("**/*", "nearly everything")]
    [InlineData("*/**", "nearly everything")]
    [InlineData("*/*", "nearly everything")]
    [InlineData("?*/**", "nearly everything")]
    [InlineData("[a-z]*", "nearly everything")]
    [InlineData("*.*", "nearly everything")]
    [InlineData("src/a**", "stands alone")]
    [InlineData("src/{a,b}", "backslash")]
    [InlineData("src/[", "class")]
    [InlineData("src/[]", "class")]
    [InlineData("src/a\\", "backslash")]
    public void A_glob_that_leads_elsewhere_or_covers_everything_is_refused(string glob, string why)
    {
        Assert.False(LearnedPath.TryParse(glob, out _, out var fault));
        Assert.Contains(why, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".env")]
    [InlineData(".ENV")]
    [InlineData(".env.local")]
    [InlineData("src/.env")]
    [InlineData("**/.ssh/id_rsa")]
    [InlineData("a/b/.git/config")]
    [InlineData("home/.aws/**")]
    [InlineData("src/.e*")]
    [InlineData("src/.en?")]
    [InlineData("src/[.]env")]
    [InlineData("src/\\.env")]
    [InlineData(".env*")]
    [InlineData(".*/id_rsa")]
    [InlineData("x/.config/latchgate/key.pem")]
    [InlineData("x/.conf*/latch*")]
    public void D109_every_segment_of_a_glob_is_looked_at(string glob)
    {
        Assert.False(LearnedPath.TryParse(glob, out _, out var fault));
        Assert.Contains("credentials", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("src/[draft].md")]
    [InlineData("a*b?.txt")]
    [InlineData("x{1}.txt")]
    [InlineData("plain/name.txt")]
    public void D43_a_path_that_was_approved_is_learned_as_itself_and_nothing_else(string path)
    {
        Assert.True(LearnedPath.TryParse(PathGlob.Escape(path), out var learned, out var fault), fault);
        Assert.True(learned.Glob.Matches(path.Split('/')));
        Assert.False(learned.Glob.Matches(path.Replace("*", "zz", StringComparison.Ordinal).Replace("[draft]", "d", StringComparison.Ordinal)
            .Replace("{1}", "1", StringComparison.Ordinal).Replace("plain", "plai", StringComparison.Ordinal).Split('/')));
    }

    [Fact]
    public void A_glob_has_at_most_1024_bytes()
    {
        Assert.True(LearnedPath.TryParse(new string('a', 1024), out _, out _));
        Assert.False(LearnedPath.TryParse(new string('a', 1025), out _, out _));
        Assert.False(LearnedPath.TryParse(new string('ä', 513), out _, out _));
    }

    [Theory]
    [InlineData("src/**", "src/a", true)]
    [InlineData("src/**", "src/a/b/c", true)]
    [InlineData("src/**", "src", true)]
    [InlineData("src/**", "srcs/a", false)]
    [InlineData("src/*", "src/a/b", false)]
    [InlineData("**/x", "x", true)]
    [InlineData("**/x", "a/b/x", true)]
    [InlineData("**/x", "a/x/b", false)]
    [InlineData("a/**/x/**/y", "a/x/x/b/y", true)]
    [InlineData("a/**/x/**/y", "a/b/y", false)]
    [InlineData("*.md", "a.md", true)]
    [InlineData("*.md", "a.MD", false)]
    [InlineData("*.md", "d/a.md", false)]
    [InlineData("a*b*c", "axxbyyc", true)]
    [InlineData("a*b*c", "axxbyy", false)]
    [InlineData("r[0-9].csv", "r7.csv", true)]
    [InlineData("r[!0-9].csv", "r7.csv", false)]
    [InlineData("r[!0-9].csv", "rx.csv", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    public void A_glob_covers_what_it_says(string glob, string path, bool covers)
    {
        Assert.True(PathGlob.TryParse(glob, out var parsed, out var fault), fault);
        Assert.Equal(covers, parsed.Matches(path.Split('/')));
    }

    // Each star of such a pattern multiplies the work of a matcher that backtracks over all of them: 20 stars would not end.
    [Fact]
    public void Stars_without_number_do_not_multiply_the_work()
    {
        Assert.True(PathGlob.TryParse(string.Concat(Enumerable.Repeat("*a", 20)) + "b", out var glob, out _));
        Assert.False(glob.Matches([new string('a', 2000)]));
        Assert.True(PathGlob.TryParse(string.Join('/', Enumerable.Repeat("**/a", 20)) + "/b", out var deep, out _));
        Assert.False(deep.Matches([.. Enumerable.Repeat("a", 2000)]));
    }

    [Theory]
    [InlineData("src/a.cs", PathVerdict.Allowed)]
    [InlineData("notes/x.md", PathVerdict.Allowed)]
    [InlineData("src/secret/a.cs", PathVerdict.Denied)]
    [InlineData("notes/secret/x.md", PathVerdict.Denied)]
    [InlineData("README.md", PathVerdict.NotListed)]
    [InlineData("src/.env", PathVerdict.Sensitive)]
    [InlineData("src/x/.Env.Local", PathVerdict.Sensitive)]
    [InlineData("src/.git/config", PathVerdict.Sensitive)]
    [InlineData("src/.config/latchgate/x", PathVerdict.Sensitive)]
    [InlineData("src/../etc", PathVerdict.InvalidPath)]
    [InlineData("/src/a", PathVerdict.InvalidPath)]
    [InlineData("", PathVerdict.InvalidPath)]
    [InlineData("src//a", PathVerdict.InvalidPath)]
    [InlineData("src\\a", PathVerdict.InvalidPath)]
    [InlineData("C:/src/a", PathVerdict.InvalidPath)]
    [InlineData("src/a\n", PathVerdict.InvalidPath)]
    internal void Deny_wins_over_what_was_learned_and_nothing_opens_credentials(string path, PathVerdict expected)
    {
        var rules = new PathRules([Glob("src/**")], [Glob("**/secret/**")], [Glob("notes/*.md"), Glob("src/secret/a.cs")]);
        Assert.Equal(expected, rules.Judge(path));
    }

    private static PathGlob Glob(string text) =>
        PathGlob.TryParse(text, out var glob, out var fault) ? glob : throw new InvalidOperationException(fault);
}
