using System.Text.Json;
using LatchGate.Actions;
using Microsoft.CodeAnalysis;

namespace LatchGate.Generators.Tests;

/// <summary>What the suite does not say: where a violation is, by which rule, and that no request makes checking it slow.</summary>
public sealed class SchemaJudgementTests
{
    private static readonly ActionSpec Spec = Compile("""
        type: object
        additionalProperties: false
        propertyNames: { maxLength: 12 }
        dependentRequired: { a: [b] }
        properties:
          a: {}
          b: { type: [string, "null"], minLength: 2, pattern: "^[a-z]+$" }
          list: { type: array, maxItems: 2, uniqueItems: true, contains: { const: 1 }, items: { type: integer } }
          n: { type: number, exclusiveMaximum: 10, multipleOf: 0.01 }
          mail: { format: email }
          pick: { oneOf: [{ type: string }, { maxLength: 3 }] }
          only: { enum: [x, z1] }
          deep: { type: object, properties: { "a/b~c": { const: true } }, minProperties: 1 }
        """);

    [Theory]
    [InlineData("[]", "must be of type object (type)")]
    [InlineData("""{"a":1}""", "must have the member 'b' (dependentRequired)")]
    [InlineData("""{"b":1}""", "/b: must be of type null or string (type)")]
    [InlineData("""{"b":"A"}""", "/b: must have at least 2 character(s) (minLength); /b: must match the pattern ^[a-z]+$ (pattern)")]
    [InlineData("""{"list":[1,1,"x"]}""", "/list: must have at most 2 item(s) (maxItems); /list: must not hold an item twice (uniqueItems); /list/2: must be of type integer (type)")]
    [InlineData("""{"list":[2]}""", "/list: must hold at least 1 item(s) that match (contains)")]
    [InlineData("""{"n":10}""", "/n: must be less than 10 (exclusiveMaximum)")]
    [InlineData("""{"n":0.001}""", "/n: must be a multiple of 0.01 (multipleOf)")]
    [InlineData("""{"mail":"a@b@c"}""", "/mail: must be of the format email (format)")]
    [InlineData("""{"pick":"ab"}""", "/pick: must match exactly one of the alternatives (oneOf)")]
    [InlineData("""{"only":"z"}""", "/only: must be one of the allowed values (enum)")]
    [InlineData("""{"deep":{}}""", "/deep: must have at least 1 member(s) (minProperties)")]
    [InlineData("""{"deep":{"a/b~c":false}}""", "/deep/a~1b~0c: must be the one allowed value (const)")]
    [InlineData("""{"unheard":1}""", "has the unknown member 'unheard' (additionalProperties)")]
    [InlineData("""{"much_too_long":1}""", "has the member 'much_too_long', whose name is not allowed (propertyNames); has the unknown member 'much_too_long' (additionalProperties)")]
    public void A_violation_names_place_and_rule_and_not_the_value(string request, string errors) => Assert.Equal(errors, Validate(Spec, request));

    [Fact]
    public void A_name_is_shown_cut_and_without_control_characters() =>
        Assert.Equal(
            $"has the unknown member 'a b{new string('x', 61)}' (additionalProperties)",
            Validate(Compile("{ type: object, additionalProperties: false }"), $$"""{"a\u001bb{{new string('x', 5000)}}":1}"""));

    [Theory]
    [InlineData("1e400")]
    [InlineData("-1e999999999999")]
    [InlineData("123456789012345678901234567890.5")]
    [InlineData("0.00000000000000000000000000000000000001")]
    public void A_huge_number_is_judged_exactly(string number)
    {
        var spec = Compile("{ minimum: -1000, maximum: 1000, type: integer }");
        Assert.Contains("(", Validate(spec, number), StringComparison.Ordinal);
    }

    // Each level asks two alternatives, each of which asks the level below again: 2^60 questions.
    [Fact]
    public void Work_that_grows_with_the_power_of_the_depth_is_refused()
    {
        var spec = Compile("""
            $ref: "#/$defs/n"
            $defs:
              n: { oneOf: [{ $ref: "#/$defs/m" }, { $ref: "#/$defs/m" }, { type: "null" }] }
              m: { type: object, properties: { n: { $ref: "#/$defs/n" } } }
            """);
        var nested = string.Concat(Enumerable.Repeat("{\"n\":", 60)) + "null" + new string('}', 60);
        Assert.Contains("takes too much work to check", Validate(spec, nested), StringComparison.Ordinal);
    }

    // The negation of what ran out of work must not pass for valid.
    [Fact]
    public void Running_out_of_work_below_a_negation_is_refused_too()
    {
        var spec = Compile("""
            not: { $ref: "#/$defs/n" }
            $defs:
              n: { oneOf: [{ $ref: "#/$defs/m" }, { $ref: "#/$defs/m" }, { type: "null" }] }
              m: { type: object, properties: { n: { $ref: "#/$defs/n" } } }
            """);
        var nested = string.Concat(Enumerable.Repeat("{\"n\":", 60)) + "null" + new string('}', 60);
        Assert.Contains("takes too much work to check", Validate(spec, nested), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")]
    [InlineData("^(a|aa)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")]
    [InlineData("^(([a-z])+.)+[A-Z]([a-z])+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_text_that_makes_a_backtracking_matcher_hang_is_refused_at_once(string pattern, string text) =>
        Assert.Equal($"must match the pattern {pattern} (pattern)", Validate(Compile($"{{ pattern: '{pattern}' }}"), JsonSerializer.Serialize(text)));

    [Theory]
    [InlineData("^.$", "\"\\ud83d\\ude00\"", true)]
    [InlineData("^..$", "\"e\\u0301\"", true)]
    [InlineData("^[a-z]+$", "\"\\u0061\"", true)]
    [InlineData("^[a-z]+$", "\"\\uff41\"", false)]
    [InlineData("^[a-z]+$", "\"a\\u0000\"", false)]
    [InlineData("^[a-z]+$", "\"\\u202eabc\"", false)]
    public void Texts_are_judged_by_code_points_however_they_are_written(string pattern, string json, bool valid) =>
        Assert.Equal(valid, Validate(Compile($"{{ pattern: '{pattern}' }}"), json).Length == 0);

    [Fact]
    public void Many_items_are_told_apart_by_value_and_not_by_spelling()
    {
        var spec = Compile("{ uniqueItems: true }");
        var many = string.Join(",", Enumerable.Range(0, 5000));
        Assert.Equal("", Validate(spec, $"[{many}]"));
        Assert.Contains("uniqueItems", Validate(spec, $"[{many},4.999e3]"), StringComparison.Ordinal);
        Assert.Contains("uniqueItems", Validate(spec, $$$"""[{{{many}}},{"a":1,"b":"\u0061"},{"b":"a","a":1.0}]"""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ $ref: 'https://example.com/schema.json' }", "LGM034")]
    [InlineData("{ $ref: '#/$defs/missing' }", "LGM034")]
    [InlineData("{ $ref: '#' }", "LGM035")]
    [InlineData("{ unevaluatedProperties: false }", "LGM031")]
    [InlineData("{ format: phone }", "LGM032")]
    [InlineData("{ $schema: 'http://json-schema.org/draft-04/schema#' }", "LGM032")]
    [InlineData("{ items: [{}] }", "LGM032")]
    [InlineData("{ $schema: 'http://json-schema.org/draft-07/schema#', prefixItems: [{}] }", "LGM031")]
    [InlineData("{ $schema: 'http://json-schema.org/draft-07/schema#', properties: { a: { $ref: '#/definitions/a', maxLength: 1 } }, definitions: { a: {} } }", "LGM031")]
    [InlineData("{ pattern: '(?<=a)b' }", "LGM033")]
    [InlineData("{ pattern: '(x|y)*x(x|y){14}' }", "LGM033")]
    [InlineData("{ properties: { a: { type: string, maxLength: 2, default: abc } } }", "LGM036")]
    [InlineData("{ properties: { a: { format: date, default: '2026-02-29' } } }", "LGM036")]
    [InlineData("{ properties: { a: { $ref: '#/$defs/a', default: 3 } }, $defs: { a: { multipleOf: 2 } } }", "LGM036")]
    [InlineData("{ properties: { a: { items: { enum: [1] }, default: [1, 2] } } }", "LGM036")]
    public void What_cannot_be_checked_stops_the_build(string schema, string id)
    {
        var found = Assert.Single(GeneratorHarness.Diagnose(GeneratorHarness.Modules, GeneratorHarness.Manifest(Manifest(schema))));
        Assert.Equal((id, DiagnosticSeverity.Error), (found.Id, found.Severity));
    }

    private static ActionSpec Compile(string schema) => GeneratorHarness.LoadOne(Manifest(schema));

    private static string Manifest(string schema) =>
        RepositoryFiles.Fixture("minimal.yaml") + "\nio:\n  request_schema:\n" + string.Join('\n', schema.Split('\n').Select(static line => "    " + line)) + "\n";

    private static string Validate(ActionSpec spec, string request)
    {
        using var document = JsonDocument.Parse(request);
        var errors = default(SchemaErrors);
        spec.ValidateRequest!(document.RootElement, ref errors);
        return errors.ToString();
    }
}
