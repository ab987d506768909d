using System.Net;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Generators.Emit.Image;
using LatchGate.Sandbox;

namespace LatchGate.Generators.Tests;

/// <summary>What comes out of the table is what the manifest says.</summary>
public sealed class CompiledTableTests
{
    [Fact]
    public void Every_member_of_a_manifest_comes_back()
    {
        var spec = GeneratorHarness.Load(
            GeneratorHarness.Modules,
            GeneratorHarness.File("manifests/a/everything.yaml", RepositoryFiles.Fixture("everything.yaml")),
            GeneratorHarness.File("manifests/a/schemas/answer.json", RepositoryFiles.Fixture("answer.json"))).All.Single();
        Assert.Equal(("issue-search", "2.1.0-beta.1", RiskLevel.Critical), (spec.Id, spec.Version, spec.Risk));
        Assert.Equal(("builtin:http_api", "http_api", "sha256:" + GeneratorHarness.ModuleDigest), (spec.ProviderReference, spec.ProviderName, spec.ModuleDigest.ToString()));
        Assert.Equal(HostImports.Http | HostImports.Log, spec.Imports);
        Assert.Equal(new ResourceLimits(10, 11, 12, 13, 14), spec.Limits);
        Assert.Equal(new IoLimits(1000, 2000), spec.Io);
        Assert.Equal(VerifierKind.HttpStatus, spec.Verification.Kind);
        Assert.Equal([200, 204], spec.Verification.ExpectedStatus);
        Assert.Equal(["/data/status_code"], spec.Verification.RequiredFields);
        Assert.Equal(["http_read", "http_write"], spec.SideEffects);
        Assert.Equal(["tools:call", "issues:search"], spec.RequiredScopes);
        Assert.Equal(["team", "coding"], spec.Tags);
        Assert.StartsWith("{\"$defs\":{\"label\"", Encoding.UTF8.GetString(spec.RequestSchema.Span), StringComparison.Ordinal);
        Assert.NotNull(spec.ValidateResponse);
        Assert.NotNull(spec.Template);

        Assert.Equal(["allowed-domains", "eu"], spec.Egress.Allow.Select(static rule => rule.Name));
        var rule = spec.Egress.Allow[1];
        Assert.Equal(
            [new HostPattern(HostPatternKind.Suffix, "example.com"), new HostPattern(HostPatternKind.OneLabel, "example.net"), new HostPattern(HostPatternKind.Exact, "2606:4700::1")],
            rule.Hosts);
        Assert.Equal([new Cidr(IPAddress.Parse("93.184.216.0"), 24), new Cidr(IPAddress.Parse("10.0.0.0"), 8)], rule.Cidrs);
        Assert.Equal([new PortRange(443, 443), new PortRange(8000, 8099)], rule.Ports);
        Assert.Equal((EgressSchemes.Https, true, true), (rule.Schemes, rule.AllowPrivateTargets, rule.Resolve));
        Assert.Equal(new DateTimeOffset(2030, 12, 31, 0, 0, 0, TimeSpan.Zero), rule.Expires);
        var deny = Assert.Single(spec.Egress.Deny);
        Assert.Equal(("no-admin", 451, "closed"), (deny.Name, deny.Status, deny.Message));
        Assert.True(spec.Egress.AllowLearning);
        Assert.Equal(new EgressLimits(1, 2, 3, 4), spec.Egress.Limits);
    }

    [Fact]
    public void Numbers_stand_for_the_members_that_they_were_written_for()
    {
        Assert.Equal(Enum.GetNames<RiskLevel>(), EnumNames.RiskLevel);
        Assert.Equal(Enum.GetNames<VerifierKind>(), EnumNames.VerifierKind);
        Assert.Equal(Enum.GetNames<HostPatternKind>(), EnumNames.HostPatternKind);
        Assert.Equal(Enum.GetNames<CredentialTarget>(), EnumNames.CredentialTarget);
        Assert.Equal((1, 2, 4), ((int)HostImports.Http, (int)HostImports.Fs, (int)HostImports.Log));
        Assert.Equal((1, 2, 4, 8), ((int)FileOperations.Read, (int)FileOperations.Create, (int)FileOperations.Overwrite, (int)FileOperations.Delete));
        Assert.Equal((1, 2), ((int)EgressSchemes.Https, (int)EgressSchemes.Http));
    }

    [Fact]
    public void Actions_are_in_the_order_of_their_ids_whatever_that_of_their_files()
    {
        static string Named(string id) => RepositoryFiles.Fixture("minimal.yaml").Replace("minimal", id, StringComparison.Ordinal);
        var all = GeneratorHarness.Load(
            GeneratorHarness.Modules,
            GeneratorHarness.File("manifests/1.yaml", Named("b")),
            GeneratorHarness.File("manifests/2.yaml", Named("C")),
            GeneratorHarness.File("manifests/3.yaml", Named("a"))).All;
        Assert.Equal(["C", "a", "b"], all.Select(static action => action.Id));
    }

    [Fact]
    public void A_valid_value_is_checked_without_an_allocation()
    {
        var spec = GeneratorHarness.LoadOne(RepositoryFiles.Fixture("minimal.yaml") + """

            io:
              request_schema:
                type: object
                additionalProperties: false
                required: [id, when, tags]
                minProperties: 1
                propertyNames: { maxLength: 20 }
                patternProperties: { "^x-": { type: string } }
                dependentRequired: { id: [when] }
                properties:
                  id: { type: string, minLength: 1, maxLength: 20, pattern: "^[a-zé\n]+$" }
                  when: { type: string, format: date-time }
                  tags: { type: array, uniqueItems: true, minItems: 1, items: { enum: [a, b, { c: [1, "d"] }] }, contains: { const: { c: [1, d] } } }
                  size: { oneOf: [{ type: integer, minimum: 0, multipleOf: 0.5 }, { type: "null" }] }
                  next: { $ref: "#/$defs/node" }
                  mail: { if: { type: string }, then: { format: email }, else: { not: { type: object } } }
                $defs:
                  node: { type: object, properties: { next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } } }
            """);
        using var request = JsonDocument.Parse(
            """{"id":"abc\u00e9\n","mail":"a@b.example","next":{"next":{"next":null}},"size":4,"tags":["a",{"c":[1,"d"]},"b"],"when":"2026-01-02T03:04:05\u005a","x-y":"z"}""");
        var validate = spec.ValidateRequest!;
        var errors = default(SchemaErrors);
        for (var i = 0; i < 100; i++)
        {
            validate(request.RootElement, ref errors);
        }

        Assert.Equal("", errors.ToString());
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            validate(request.RootElement, ref errors);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(errors.None);
    }
}
