using System.Text;
using LatchGate.Actions;
using LatchGate.Json;

namespace LatchGate.Generators.Tests;

/// <summary>Defaults: what is hashed is what was sent, what is executed has them.</summary>
public sealed class DefaultsTests
{
    private static readonly ActionSpec Plain = Compile("""
        type: object
        additionalProperties: false
        properties:
          mode: { type: string, enum: [create, replace], default: create }
          deep:
            type: object
            default: {}
            properties:
              size: { type: integer, default: 10 }
              inner: { $ref: "#/$defs/inner" }
          list: { type: array, items: { $ref: "#/$defs/inner" } }
          tree: { $ref: "#/$defs/tree" }
          either: { anyOf: [{ properties: { x: { default: 1 } } }, { properties: { x: { default: 2 } } }] }
          both: { allOf: [{ properties: { y: { type: integer } } }, { properties: { y: { default: 3 } } }] }
        $defs:
          inner: { type: object, properties: { "na\"me": { type: string, default: "é\"" } } }
          tree: { type: object, properties: { leaf: { default: null }, next: { $ref: "#/$defs/tree" } } }
        """);

    [Theory]
    [InlineData("{}", """{"deep":{},"mode":"create"}""")]
    [InlineData("""{"mode":"replace","deep":{}}""", """{"deep":{"size":10},"mode":"replace"}""")]
    [InlineData("""{"mode":"replace","deep":{"inner":{},"size":1}}""", """{"deep":{"inner":{"na\"me":"é\""},"size":1},"mode":"replace"}""")]
    [InlineData("""{"mode":"replace","deep":{"size":1},"list":[{},{"na\"me":"b"}]}""", """{"deep":{"size":1},"list":[{"na\"me":"é\""},{"na\"me":"b"}],"mode":"replace"}""")]
    [InlineData("""{"mode":"replace","deep":{"size":1},"tree":{"next":{"next":{}}}}""", """{"deep":{"size":1},"mode":"replace","tree":{"leaf":null,"next":{"leaf":null,"next":{"leaf":null}}}}""")]
    [InlineData("""{"mode":"replace","deep":{"size":1},"either":{},"both":{}}""", """{"both":{"y":3},"deep":{"size":1},"either":{},"mode":"replace"}""")]
    [InlineData("""{"deep":{"size":1},"mode":"replace"}""", """{"deep":{"size":1},"mode":"replace"}""")]
    public void What_is_left_out_is_filled_in_where_it_is_clear_by_what(string sent, string executed)
    {
        Assert.True(ValidatedRequest.TryCreate(Plain, Encoding.UTF8.GetBytes(sent), out var request, out var reason), reason);
        using (request)
        {
            Assert.Equal(Jcs.Canonicalize(Encoding.UTF8.GetBytes(sent), JsonLimits.Evidence).Digest, request.Canonical.Digest);
            Assert.Equal(executed, request.Effective.ToString());
            Assert.Equal(executed, request.Root.GetRawText());
        }
    }

    [Fact]
    public void Defaults_that_make_a_request_invalid_are_refused()
    {
        var spec = Compile("""
            type: object
            properties: { a: { default: 1 }, b: {} }
            dependentRequired: { a: [b] }
            """);
        Assert.False(ValidatedRequest.TryCreate(spec, "{}"u8.ToArray(), out _, out var reason));
        Assert.Equal("schema validation failed with the defaults of the schema: must have the member 'b' (dependentRequired)", reason);
        Assert.True(ValidatedRequest.TryCreate(spec, """{"b":1}"""u8.ToArray(), out var request, out _));
        request.Dispose();
    }

    [Fact]
    public void An_action_whose_template_puts_its_defaults_in_needs_nothing_filled_in()
    {
        var spec = GeneratorHarness.LoadOne(RepositoryFiles.Fixture("base.yaml"));
        Assert.NotNull(spec.Template);
        Assert.Null(spec.Defaults);
    }

    private static ActionSpec Compile(string schema) => GeneratorHarness.LoadOne(
        RepositoryFiles.Fixture("minimal.yaml") + "\nio:\n  request_schema:\n" + string.Join('\n', schema.Split('\n').Select(static line => "    " + line)) + "\n");
}
