using System.Text;
using System.Text.Json;
using LatchGate.Policy.Rego;
using LatchGate.Policy.Rego.Builtins;

namespace LatchGate.Tests.Policy;

public sealed class RegoValueTests
{
    [Fact]
    public void Values_sort_by_type_and_then_by_value()
    {
        // null < booleans < numbers < strings < arrays < objects < sets (openpolicyagent.org, "Comparison").
        RegoValue[] ordered =
        [
            RegoNull.Instance, RegoBoolean.False, RegoBoolean.True, Number("-1e30"), Number("-2"), Number("0.5"), Number("1"), Number("9223372036854775808"),
            Text(""), Text("Z"), Text("a"), Text("\uffee"), Text("\U0001f600"), Json("[]"), Json("[1]"), Json("[1,0]"), Json("[2]"),
            Json("{}"), Json("""{"a":1}"""), Json("""{"a":1,"b":0}"""), Json("""{"a":2}"""), new RegoSet(), RegoSet.Of([Text("x")]),
        ];

        for (var i = 0; i < ordered.Length; i++)
        {
            for (var j = 0; j < ordered.Length; j++)
            {
                Assert.Equal(i.CompareTo(j), Math.Sign(RegoOrder.Compare(ordered[i], ordered[j])));
                Assert.Equal(i == j, ordered[i].Equals(ordered[j]));
            }
        }
    }

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("1", "10e-1")]
    [InlineData("100", "1e2")]
    [InlineData("0", "-0")]
    [InlineData("0.5", "0.50")]
    public void Numbers_written_differently_are_equal_and_hash_alike(string a, string b)
    {
        Assert.Equal(Number(a), Number(b));
        Assert.Equal(Number(a).GetHashCode(), Number(b).GetHashCode());
    }

    [Theory]
    [InlineData("9007199254740993", "9007199254740992")]
    [InlineData("0.1", "0.10000000000000001")]
    [InlineData("9223372036854775807", "9223372036854775808")]
    public void Numbers_that_a_double_cannot_tell_apart_differ(string a, string b) => Assert.NotEqual(Number(a), Number(b));

    [Theory]
    [InlineData("0.1", "0.2", "0.3")]
    [InlineData("9223372036854775807", "1", "9223372036854775808")]
    [InlineData("1.5", "-1.5", "0")]
    [InlineData("1e30", "1", "1000000000000000000000000000001")]
    public void Sums_keep_64_bits_and_whole_numbers_all_of_them(string a, string b, string sum) =>
        Assert.Equal(sum, Call("plus", Number(a), Number(b))!.ToString());

    [Theory]
    [InlineData("*.com", "[\".\"]", "a.com", true)]
    [InlineData("*.com", "[\".\"]", "a.b.com", false)]
    [InlineData("**.com", "[\".\"]", "a.b.com", true)]
    [InlineData("*.com", "[]", "a.b.com", false)]
    [InlineData("*.com", "null", "a.b.com", true)]
    [InlineData("a?c", "[\"/\"]", "a/c", false)]
    [InlineData("a?c", "[\"/\"]", "a😀c", true)]
    [InlineData("[!x-z]1", "[]", "a1", true)]
    [InlineData("[!x-z]1", "[]", "y1", false)]
    [InlineData("{api,www}.{com,org}", "[]", "www.org", true)]
    [InlineData("{api,www}.{com,org}", "[]", "ftp.org", false)]
    [InlineData("a\\*b", "[]", "a*b", true)]
    [InlineData("a\\*b", "[]", "axb", false)]
    public void Globs_match_whole_texts(string pattern, string delimiters, string text, bool matches) =>
        Assert.Equal(RegoBoolean.Of(matches), Call("glob.match", Text(pattern), Json(delimiters), Text(text)));

    [Theory]
    [InlineData("{a")]
    [InlineData("a}")]
    [InlineData("[a")]
    [InlineData("a\\")]
    public void A_malformed_glob_is_undefined(string pattern) => Assert.Null(Call("glob.match", Text(pattern), Json("[]"), Text("a")));

    [Fact]
    public void A_glob_of_many_stars_takes_no_more_than_its_share_of_steps()
    {
        var evaluation = new Evaluation(EvaluationLimits.Default);
        var pattern = Text(string.Concat(Enumerable.Repeat("*a", 100)) + "b");
        var text = Text(new string('a', 10_000));

        Assert.Equal(RegoBoolean.False, BuiltinTable.Find("glob.match")!([pattern, Json("[]"), text], evaluation));
        Assert.InRange(evaluation.StepsTaken, 1, 10_000 * 201);
    }

    [Fact]
    public void A_brace_bomb_is_refused()
    {
        var evaluation = new Evaluation(EvaluationLimits.Default);
        var pattern = Text(string.Concat(Enumerable.Repeat("{a,b}", 40)));

        Assert.Null(BuiltinTable.Find("glob.match")!([pattern, Json("[]"), Text("a")], evaluation));
    }

    [Theory]
    [InlineData("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", false)]
    [InlineData("^[[:digit:]]+$", "12", true)]
    [InlineData("^\\d$", "١", false)]
    [InlineData("^a$", "a\n", false)]
    public void Expressions_mean_what_they_mean_in_re2(string pattern, string text, bool matches) =>
        Assert.Equal(RegoBoolean.Of(matches), Call("regex.match", Text(pattern), Text(text)));

    [Theory]
    [InlineData("(?=a)")]
    [InlineData("(a)\\1")]
    [InlineData("(?>a)")]
    [InlineData("(")]
    public void Expressions_that_re2_refuses_are_undefined(string pattern) => Assert.Null(Call("regex.match", Text(pattern), Text("a")));

    [Fact]
    public void A_string_that_grows_without_end_meets_the_memory_limit()
    {
        var evaluation = new Evaluation(new EvaluationLimits(Steps: 1_000, Cells: 1_000, Depth: 10));

        BuiltinTable.Find("replace")!([Text(new string('a', 500)), Text("a"), Text(new string('b', 500))], evaluation);

        Assert.Equal(EvaluationFault.MemoryLimit, evaluation.Fault);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1,]")]
    [InlineData("{\"a\":1,\"a\":1}")]
    [InlineData("\"\\udead\"")]
    [InlineData("1 2")]
    [InlineData("NaN")]
    public void Text_that_is_not_one_json_value_is_refused(string text) => Assert.ThrowsAny<JsonException>(() => Json(text));

    private static RegoValue? Call(string name, params RegoValue[] arguments) => BuiltinTable.Find(name)!(arguments, new Evaluation(EvaluationLimits.Default));

    private static RegoValue Json(string text) => RegoJson.Parse(Encoding.UTF8.GetBytes(text));

    private static RegoNumber Number(string text) => RegoNumber.Parse(text);

    private static RegoString Text(string text) => new(text);
}
