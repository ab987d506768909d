using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using LatchGate.Policy.Rego;

namespace LatchGate.Tests.Policy;

/// <summary>Each expression gets the value that OPA gives it, undefined included: compiled by OPA, run by both.</summary>
public sealed class BuiltinDifferentialTests
{
    private static readonly string[] Expressions =
    [
        // Numbers.
        "0.1 + 0.2", "1 / 3", "10 / 4", "2 * 0.5", "1e400 * 2", "9223372036854775807 + 1", "-7 % 3", "7 % -3", "5.5 % 2", "1 / 0",
        "round(2.5)", "round(-2.5)", "ceil(1.2)", "floor(-1.2)", "abs(-3.7)", "1 == 1.0", "0.1 < 0.2", "1e2 == 100", "3.0", "1e21 * 1", "123456789012345678901234567890",
        "numbers.range(3, -2)", "numbers.range_step(0, 10, 3)", "bits.lsh(1, 70)", "bits.rsh(-5, 1)", "bits.negate(0)", "bits.xor(-1, 5)",
        "to_number(\"3.25\")", "to_number(\"x\")", "format_int(255, 16)", "format_int(-5.9, 2)", "sum([0.1, 0.2, 0.3])", "product([2, 3.5])", "max([1, \"a\", null])", "min([])",

        // Text.
        "sprintf(\"%d %5d|%-5d|%05d %x %X %o %b %c %q\", [1, 2, 3, 4, 255, 255, 8, 5, 65, \"a\\\"b\"])",
        "sprintf(\"%v %v %v %v\", [[1, \"a\"], {\"k\": {1, 2}}, null, true])", "sprintf(\"%s %d %f\", [1, \"x\", 2])", "sprintf(\"%s\", [])", "sprintf(\"x\", [1, \"y\"])",
        "sprintf(\"%.2f %8.3f %e %g %v\", [3.14159, 2.71828, 12345.678, 0.000012345, 1.5])", "sprintf(\"%10s|%-10s|%.3s\", [\"abc\", \"abc\", \"abcdef\"])", "sprintf(\"%% %t\", [true])",
        "sprintf(\"%v\", [\"ü\"])", "sprintf(\"%s\", [{\"ü\\n\"}])", "concat(\", \", {\"b\", \"a\"})", "split(\"a,b,,c\", \",\")", "split(\"añb\", \"\")", "substring(\"añb😀c\", 1, 3)", "substring(\"abc\", 5, 1)", "substring(\"abc\", -1, 1)",
        "indexof(\"añb\", \"b\")", "indexof_n(\"banana\", \"a\")", "lower(\"ÄB\")", "upper(\"äb\")", "trim(\"  x \", \" \")", "trim_left(\"xxabxx\", \"x\")", "trim_right(\"xxabxx\", \"x\")", "trim_prefix(\"abc\", \"ab\")", "trim_space(\"\\t a \\n\")",
        "replace(\"banana\", \"a\", \"o\")", "strings.replace_n({\"a\": \"1\", \"b\": \"a\"}, \"abc\")", "strings.reverse(\"añ😀\")", "strings.count(\"banana\", \"an\")", "startswith(\"abc\", \"ab\")", "count(\"añ😀\")", "\"ｱ\" < \"😀\"",

        // Collections.
        "{1, 2} | {2, 3}", "{1, 2} & {2, 3}", "{1, 2} - {2}", "union({{1}, {2}})", "intersection({{1, 2}, {2}})", "sort([3, \"a\", null, {1}, [2], {\"x\": 1}, true, 1.5])",
        "object.union({\"a\": {\"b\": 1}}, {\"a\": {\"c\": 2}})", "object.get({\"a\": {\"b\": 1}}, [\"a\", \"x\"], 9)", "object.remove({\"a\": 1, \"b\": 2}, {\"a\"})", "object.filter({\"a\": 1, \"b\": 2}, [\"a\"])", "object.subset({\"a\": [1, 2, 3]}, {\"a\": [2, 3]})",
        "array.slice([1, 2, 3], 1, 9)", "array.concat([1], [2])", "array.reverse([1, 2])", "json.patch({\"a\": [1]}, [{\"op\": \"add\", \"path\": \"/a/-\", \"value\": 2}])", "json.remove({\"a\": {\"b\": 1, \"c\": 2}}, [\"a/b\"])", "json.filter({\"a\": {\"b\": 1, \"c\": 2}}, [\"a/b\"])",
        "[x | walk({\"a\": [1, {2}]}, x)]", "graph.reachable({\"a\": [\"b\"], \"b\": [\"a\", \"c\"]}, {\"a\"})", "{1, 1.0, \"1\"}", "[1, 2] < [1, 3]", "{\"a\": 1} < {\"b\": 0}", "type_name(set())",

        // Encodings.
        "base64.encode(\"hi?>\")", "base64url.encode_no_pad(\"hi?>\")", "base64.decode(\"aGk/Pg==\")", "base64.decode(\"aGk/Pg\")", "base64url.decode(\"aGk_Pg\")", "hex.encode(\"az\")", "hex.decode(\"617a\")", "urlquery.encode(\"a b&c=ü/~\")", "urlquery.decode(\"a+b%26\")",
        "urlquery.encode_object({\"a\": [\"1\", \"2\"], \"b\": \"x y\"})", "urlquery.decode_object(\"a=1&a=2&b\")", "json.marshal({\"b\": [1, 2.50], \"a\": \"<&>\"})", "json.unmarshal(\"{\\\"a\\\": 1.0}\")", "json.unmarshal(\"{\")", "json.marshal({1, 2})",
        "crypto.sha256(\"abc\")", "crypto.md5(\"abc\")", "crypto.hmac.sha256(\"abc\", \"key\")",

        // Patterns.
        "regex.match(`^\\d+$`, \"١\")", "regex.match(`^a.c$`, \"a\\nc\")", "regex.match(`a$`, \"a\\n\")", "regex.match(`(?i)ABC`, \"xabcx\")", "regex.match(`[[:alpha:]_]+`, \"1_\")", "regex.match(`(?=a)`, \"a\")", "regex.match(`\\bfoo\\b`, \"a foo b\")",
        "regex.find_n(`a*`, \"baac\", -1)", "regex.split(`,+`, \"a,,b,c\")", "regex.replace(\"abcab\", `(?P<x>a)(b)`, \"${2}$x-\")", "regex.find_all_string_submatch_n(`(\\w)(\\d)?`, \"a1b\", -1)", "regex.is_valid(`(`)", "regex.template_match(\"urn:{[a-z]+}:x\", \"urn:abc:x\", \"{\", \"}\")",
        "glob.quote_meta(\"*.x\")", "semver.compare(\"1.0.0-rc.2\", \"1.0.0-rc.10\")", "semver.is_valid(\"1.0\")", "units.parse(\"1.5Ki\")", "units.parse(\"10m\")", "units.parse_bytes(\"2.5MiB\")",

        // Networks and calendar.
        "net.cidr_contains(\"10.0.0.0/8\", \"10.1.0.0/16\")", "net.cidr_contains(\"10.0.0.0/8\", \"11.0.0.1\")", "net.cidr_contains(\"2001:db8::/32\", \"2001:db8::1\")", "net.cidr_expand(\"192.0.2.0/30\")", "net.cidr_merge([\"192.0.2.0/25\", \"192.0.2.128/25\"])", "net.cidr_is_valid(\"1.2.3/8\")",
        "time.parse_rfc3339_ns(\"2020-02-29T23:59:59.5+01:00\")", "time.date(1582977600000000000)", "time.clock(1582977600123456789)", "time.weekday(1582977600000000000)", "time.add_date(1582977600000000000, 1, 0, 0)", "time.add_date(1580428800000000000, 0, 1, 0)", "time.parse_duration_ns(\"1h2m3.5s\")",
    ];

    private static readonly string[] Patterns =
    [
        "*", "**", "?", "a*", "*.com", "api.*.com", "**.com", "{a,b}.com", "{a*,*b}", "[a-c]?", "[!a]*", "a/**/b", "**/b", "a\\*", "{a,{b,c}}d", "a**", "*a*b*", "[abc].com", "a{,b}c",
    ];

    private static readonly string[] Texts = ["", "a", "b", "abc", "a.com", "api.x.com", "a.b.com", "b.com", "bd", "a/b", "a/x/y/b", "a*", "ac", "/b", "ab"];

    private static readonly string[] Delimiters = ["[]", "null", "[\"/\"]", "[\".\", \"/\"]"];

    [Fact]
    public void Built_ins_answer_as_opa_does()
    {
        Assert.SkipWhen(OpaTool.Path is null, OpaTool.Skipped);

        Compare(Expressions);
    }

    [Fact]
    public void Globs_match_what_opa_matches()
    {
        Assert.SkipWhen(OpaTool.Path is null, OpaTool.Skipped);

        Compare([.. from pattern in Patterns from delimiters in Delimiters from text in Texts select $"glob.match(`{pattern}`, {delimiters}, `{text}`)"]);
    }

    private static void Compare(string[] expressions)
    {
        var module = new StringBuilder("package sample\n\nimport rego.v1\n\n");
        for (var i = 0; i < expressions.Length; i++)
        {
            module.Append(System.Globalization.CultureInfo.InvariantCulture, $"all[{i}] := x if x := {expressions[i]}\n");
        }

        var folder = Directory.CreateTempSubdirectory("lg-builtins-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "sample.rego"), module.ToString());
            using var report = JsonDocument.Parse(OpaTool.Run(OpaTool.Path!, folder, null, "eval", "-d", "sample.rego", "[[i, v] | some i, v in data.sample.all]"));
            OpaTool.Run(OpaTool.Path!, folder, null, "build", "-t", "plan", "-e", "sample/all", "-o", "bundle.tar.gz", "sample.rego");
            var error = PlanReader.Read(Plan(Path.Combine(folder, "bundle.tar.gz")), "sample/all", out var plan, out var detail);
            Assert.True(error == PlanError.None, $"{error} {detail}");
            var evaluation = new Evaluation(EvaluationLimits.Default);
            Assert.Equal(EvaluationFault.None, evaluation.Run(plan!, new RegoObject(), new RegoObject()));

            var ours = ((RegoObject)evaluation.Results[0]).Get("result")!;
            var theirs = (RegoArray)RegoJson.Parse(Encoding.UTF8.GetBytes(
                report.RootElement.GetProperty("result")[0].GetProperty("expressions")[0].GetProperty("value").GetRawText()));
            var wanted = new RegoObject();
            foreach (var pair in theirs.Items)
            {
                wanted.Set(((RegoArray)pair)[0], ((RegoArray)pair)[1]);
            }

            var differences = new List<string>();
            for (var i = 0; i < expressions.Length; i++)
            {
                var (found, expected) = (ours.Get(RegoNumber.Of(i)), wanted.Get(RegoNumber.Of(i)));

                // A set reaches us as a JSON array, so ours goes the same way.
                found = found is null ? null : RegoJson.Parse(Encoding.UTF8.GetBytes(RegoText.ToJson(found)));
                if (!Equals(found, expected))
                {
                    differences.Add($"{expressions[i]}: OPA {expected}, here {found}");
                }
            }

            Assert.True(differences.Count == 0, string.Join('\n', differences));
            Assert.True(wanted.Count > expressions.Length / 2);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static byte[] Plan(string bundle)
    {
        using var tar = new TarReader(new GZipStream(File.OpenRead(bundle), CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name.TrimStart('/') == "plan.json")
            {
                using var copy = new MemoryStream();
                entry.DataStream!.CopyTo(copy);
                return copy.ToArray();
            }
        }

        throw new FileNotFoundException("plan.json is not in the bundle.");
    }
}
