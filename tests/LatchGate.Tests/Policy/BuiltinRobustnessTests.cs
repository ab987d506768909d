using System.Text;
using LatchGate.Policy.Rego;
using static LatchGate.Tests.Policy.BuiltinCalls;

namespace LatchGate.Tests.Policy;

/// <summary>No text makes a built-in throw, hang or use more than an evaluation may.</summary>
public sealed class BuiltinRobustnessTests
{
    private const string Certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBcDCCARagAwIBAgIJAMZmuGSIfvgzMAoGCCqGSM49BAMCMBMxETAPBgNVBAMM
        CHdoYXRldmVyMB4XDTE4MDgxMDE0Mjg1NFoXDTE4MDkwOTE0Mjg1NFowEzERMA8G
        A1UEAwwId2hhdGV2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATPwn3WCEXL
        mjp/bFniDwuwsfu7bASlPae2PyWhqGeWwe23Xlyx+tSqxlkXYe4pZ23BkAAscpGj
        yn5gXHExyDlKo1MwUTAdBgNVHQ4EFgQUElRjSoVgKjUqY5AXz2o74cLzzS8wHwYD
        VR0jBBgwFoAUElRjSoVgKjUqY5AXz2o74cLzzS8wDwYDVR0TAQH/BAUwAwEB/zAK
        BggqhkjOPQQDAgNIADBFAiEA4yQ/88ZrUX68c6kOe9G11u8NUaUzd8pLOtkKhniN
        OHoCIHmNX37JOqTcTzGn2u9+c8NlnvZ0uDvsd1BmKPaUmjmm
        -----END CERTIFICATE-----
        """;

    private const string Schema = "type Query { a(b: [Int!] = [1], c: In): Query d: String } input In { e: Int! f: In } union U = Query enum E { A B } directive @x(y: Int) on FIELD";
    private const string Query = "query q($v: Int! = 3) { a(b: [$v, 2], c: {e: 1}) @x(y: 2) { ...f ... on Query { d } } } fragment f on Query { d @skip(if: true) }";

    private const string Marks = "{}[]()\"'\\:,.-#$@!&|=\n \ud800";

    private static readonly (string Name, string[] Args)[] Seeds =
    [
        ("graphql.is_valid", [Query, Schema]),
        ("graphql.parse_schema", [Schema]),
        ("yaml.unmarshal", ["a: 1\nb:\n- x\n- c: 'it''s'\n  d: {e: [1, \"two\\n\"], f: ~}\n# end\n"]),
        ("json.match_schema", ["{\"a\":[1,\"b\",{\"c\":null}]}",
            "{\"type\":\"object\",\"properties\":{\"a\":{\"items\":{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1},{\"pattern\":\"^b\"},{\"$ref\":\"#\"}]}}},\"required\":[\"a\"]}"]),
        ("io.jwt.decode", ["eyJhbGciOiJIUzI1NiIsImN0eSI6IkpXVCJ9.eyJhbGciOiJIUzI1NiJ9.e30"]),
        ("io.jwt.verify_es256", ["eyJhbGciOiJFUzI1NiJ9.e30.AAAA", Certificate]),
        ("crypto.x509.parse_certificates", [Certificate]),
        ("crypto.parse_private_keys", [Certificate.Replace("CERTIFICATE", "PRIVATE KEY", StringComparison.Ordinal)]),
        ("regex.globs_match", ["[a-z]+x*.\\[[0-9]+", "b.*[^]+"]),
        ("uuid.parse", ["urn:uuid:000003e8-48b9-21ee-b200-325096b39f47"]),
    ];

    public static TheoryData<string> Names => [.. Seeds.Select(seed => seed.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Mutated_text_is_answered_or_undefined(string name)
    {
        var args = Array.Find(Seeds, seed => seed.Name == name).Args;
        var random = new Random(20_211_001);
        var answers = 0;
        for (var round = 0; round < 3_000; round++)
        {
            var mutated = Array.ConvertAll(args, RegoValue (arg) => Text(Mutate(arg, random)));
            var evaluation = new Evaluation(EvaluationLimits.Default);
            var answer = BuiltinCalls.Call(evaluation, name, mutated);
            Assert.Equal(EvaluationFault.None, evaluation.Fault);

            // An answer is a value that can be written.
            answers += answer is null || Value(RegoText.ToJson(answer)) is not null ? 1 : 0;
        }

        Assert.Equal(3_000, answers);
    }

    [Theory]
    [InlineData("der")]
    [InlineData("keys")]
    public void Mutated_der_is_answered_or_undefined(string kind)
    {
        var der = Convert.FromBase64String(string.Concat(Certificate.Split('\n').Where(line => !line.StartsWith('-')).Select(line => line.Trim())));
        var random = new Random(5280);
        var answered = 0;
        for (var round = 0; round < 3_000; round++)
        {
            var copy = (byte[])der.Clone();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                copy[random.Next(copy.Length)] = (byte)random.Next(256);
            }

            var text = Convert.ToBase64String(copy);
            var answer = kind == "der"
                ? BuiltinCalls.Call("crypto.x509.parse_certificates", Text(text))
                : BuiltinCalls.Call("crypto.x509.parse_keypair", Text(text), Text(text));
            answered += answer is null ? 0 : 1;
        }

        // Most changes fall into numbers and times, which stay well-formed.
        Assert.True(kind == "keys" ? answered == 0 : answered > 300, $"{answered}");
    }

    [Theory]
    [InlineData("graphql.parse_query", "{ ", "a ", " }")]
    [InlineData("graphql.parse_query", "{ a(x: [", "1 ", "]) }")]
    [InlineData("graphql.parse_query", "# ", "x", "\n{ a }")]
    [InlineData("graphql.parse_schema", "type A { ", "\"\"\"d\"\"\" b: Int ", " }")]
    [InlineData("yaml.unmarshal", "", "- a: [1, 2]\n", "")]
    [InlineData("json.verify_schema", "{\"enum\":[", "1,", "1]}")]
    [InlineData("crypto.x509.parse_certificates", "", "-----BEGIN A-----\n", "")]
    [InlineData("io.jwt.decode", "", "eyJhbGciOiJub25lIn0", ".e30.")]
    public void A_megabyte_stays_within_the_limits(string name, string head, string unit, string tail)
    {
        var text = new StringBuilder(head);
        while (text.Length < 1 << 20)
        {
            text.Append(unit);
        }

        var evaluation = new Evaluation(EvaluationLimits.Default);
        var answer = BuiltinCalls.Call(evaluation, name, Text(text.Append(tail).ToString()));
        Assert.True(answer is null || evaluation.Fault == EvaluationFault.None);
        Assert.True(evaluation.StepsTaken > 0 || evaluation.Fault != EvaluationFault.None);
    }

    [Theory]
    [InlineData("graphql.parse_query", "{a", "}")]
    [InlineData("graphql.parse_query", "{a(x:[", "])}")]
    [InlineData("graphql.parse_schema", "type A{a:[", "]}")]
    [InlineData("yaml.unmarshal", "[", "]")]
    [InlineData("yaml.unmarshal", "- ", "")]
    [InlineData("json.verify_schema", "{\"not\":", "}")]
    [InlineData("regex.globs_match", ".*", "")]
    public void Deep_nesting_is_undefined_and_overflows_no_stack(string name, string open, string close)
    {
        var text = Text(string.Concat(Enumerable.Repeat(open, 50_000)) + string.Concat(Enumerable.Repeat(close, 50_000)));
        var answer = name == "regex.globs_match" ? BuiltinCalls.Call(name, text, text) : BuiltinCalls.Call(name, text);

        Assert.True(answer is null || answer is RegoArray pair && pair[0].Equals(RegoBoolean.False), $"{answer}");
    }

    [Fact]
    public void Fields_that_overlap_many_times_over_stop_at_the_step_limit()
    {
        var query = "{ d }";
        for (var i = 0; i < 24; i++)
        {
            query = $"{{ a {query} a {query[..Math.Min(query.Length, 40_000)]} }}";
            if (query.Length > 200_000)
            {
                break;
            }
        }

        var evaluation = new Evaluation(EvaluationLimits.Default);
        Assert.NotEqual(RegoBoolean.True, BuiltinCalls.Call(evaluation, "graphql.is_valid", Text(query), Text(Schema)));
        Assert.True(evaluation.StepsTaken <= EvaluationLimits.Default.Steps + 100_000);
    }

    [Fact]
    public void Members_in_the_worst_order_are_sorted_once()
    {
        var text = new StringBuilder("{");
        for (var i = 99_999; i >= 0; i--)
        {
            text.Append(i == 99_999 ? "" : ",").Append(System.Globalization.CultureInfo.InvariantCulture, $"\"{i:D5}\":{i}");
        }

        var members = Assert.IsType<RegoObject>(BuiltinCalls.Call("json.unmarshal", Text(text.Append('}').ToString())));
        Assert.Equal(100_000, members.Count);
        Assert.Equal(RegoNumber.Of(7), members.Get(Text("00007")));
        Assert.Equal(members, BuiltinCalls.Call("yaml.unmarshal", Text(text.ToString().Replace("\":", "\": ", StringComparison.Ordinal))));
        Assert.Null(BuiltinCalls.Call("json.unmarshal", Text("""{"b":1,"a":2,"b":3}""")));
    }

    [Fact]
    public void A_certificate_of_huge_numbers_is_undefined()
    {
        // SEQUENCE { NULL, SEQUENCE { OID of 40,000 octets in one arc }, BIT STRING }
        var arc = new byte[40_000];
        Array.Fill(arc, (byte)0xFF);
        arc[^1] = 0x7F;
        byte[] oid = [0x06, 0x82, 0x9C, 0x40, .. arc];
        byte[] algorithm = [0x30, 0x82, 0x9C, 0x44, .. oid];
        byte[] certificate = [0x30, 0x82, 0x9C, 0x4E, 0x05, 0x00, .. algorithm, 0x03, 0x02, 0x00, 0x01];

        Assert.Null(BuiltinCalls.Call("crypto.x509.parse_certificates", Text(Convert.ToBase64String(certificate))));
    }

    [Fact]
    public void A_schema_that_refers_to_itself_without_end_is_undefined()
    {
        Assert.Null(BuiltinCalls.Call("json.match_schema", "{}", """{"$ref":"#"}"""));
        Assert.Null(BuiltinCalls.Call("json.match_schema", "{}", """{"allOf":[{"$ref":"#"}]}"""));
    }

    private static string Mutate(string text, Random random)
    {
        var result = new StringBuilder(text);
        for (var i = random.Next(1, 6); i > 0 && result.Length > 0; i--)
        {
            var at = random.Next(result.Length);
            switch (random.Next(5))
            {
                case 0:
                    result.Remove(at, Math.Min(random.Next(1, 5), result.Length - at));
                    break;
                case 1:
                    result.Insert(at, text);
                    break;
                case 2:
                    result.Insert(at, text.Substring(Math.Min(at, text.Length - 1), Math.Min(8, text.Length - Math.Min(at, text.Length - 1))));
                    break;
                case 3:
                    result[at] = (char)random.Next(1, 0x2100);
                    break;
                default:
                    result[at] = Marks[random.Next(Marks.Length)];
                    break;
            }
        }

        return result.ToString();
    }
}
