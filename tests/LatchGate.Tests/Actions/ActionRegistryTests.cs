using System.Buffers;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Actions;

public sealed class ActionRegistryTests
{
    [Fact]
    public void The_build_holds_the_actions_of_its_manifests_in_order_of_their_ids()
    {
        var ids = ActionRegistry.OfThisBuild().Actions.Select(static action => action.Id).ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Contains("http_fetch", ids);
        Assert.Contains("http_post", ids);
        Assert.Contains("http_delete", ids);
    }

    [Fact]
    public void A_configuration_narrows_the_actions_and_the_digest_still_names_the_build()
    {
        var registry = ActionRegistry.OfThisBuild(["http_fetch"]);
        Assert.Equal("http_fetch", Assert.Single(registry.Actions).Id);
        Assert.True(registry.TryFind("http_fetch", out _));
        Assert.False(registry.TryFind("http_post", out _));
        Assert.False(registry.TryFind("HTTP_FETCH", out _));
        Assert.Equal(ActionRegistry.OfThisBuild().ManifestSetDigest, registry.ManifestSetDigest);
    }

    [Fact]
    public void A_configuration_cannot_enable_what_was_not_built()
    {
        var exception = Assert.Throws<StartupException>(static () => ActionRegistry.OfThisBuild(["http_fetch", "rm_rf"]));
        Assert.Equal(StartupError.RegistryLoadFailed, exception.Error);
        Assert.Contains("rm_rf", exception.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Risk_decides_what_an_action_must_check()
    {
        Assert.All(ActionRegistry.OfThisBuild().Actions.Where(static action => action.Risk >= RiskLevel.High), static action =>
        {
            // What the host saw of a file is compared byte for byte: there is nothing left for a schema to check.
            if (action.Files is not null)
            {
                Assert.Equal(VerifierKind.FsHash, action.Verification.Kind);
                return;
            }

            Assert.NotEqual(VerifierKind.None, action.Verification.Kind);
            Assert.NotNull(action.ValidateResponse);
            if (!action.SideEffects.All(static effect => effect.EndsWith("_read", StringComparison.Ordinal)))
            {
                Assert.True(action.Verification is { RequiredFields.Length: > 0 } or { ReadsBody: true } or { Headers.Length: > 0 } or { BodyHash: not null }, action.Id);
            }
        });
        Assert.Equal(RiskLevel.High, Find("http_delete").Risk);
    }

    [Fact]
    public void Generic_actions_open_private_addresses_by_one_rule_over_plain_http_alone()
    {
        Assert.All(["http_delete", "http_fetch", "http_post"], static id =>
        {
            var rule = Assert.Single(Find(id).Egress.Allow, static rule => rule.AllowPrivateTargets);
            Assert.Equal("loopback-by-operator", rule.Name);
            Assert.Equal(EgressSchemes.Http, rule.Schemes);
            Assert.Equal(["localhost", "127.0.0.1", "::1"], rule.Hosts.Select(static host => host.Value));
        });
    }

    [Fact]
    public void Actions_with_files_are_those_of_the_catalogue_and_have_no_way_out()
    {
        var actions = ActionRegistry.OfThisBuild().Actions.Where(static action => action.Files is not null).ToArray();
        Assert.Equal(
            [
                ("fs_delete", RiskLevel.Critical, FileOperations.Delete, "fs_delete", 10485760L),
                ("fs_read", RiskLevel.Low, FileOperations.Read, "fs_read", 10485760L),
                ("fs_write", RiskLevel.High, FileOperations.Create | FileOperations.Overwrite, "fs_write", 1048576L),
            ],
            actions.Select(static a => (a.Id, a.Risk, a.Files!.Operations, Assert.Single(a.SideEffects), a.Files.MaxFileBytes)));
        Assert.All(actions, static action =>
        {
            Assert.Equal(EgressProfile.None, action.Egress.Profile);
            Assert.Equal(LatchGate.Sandbox.HostImports.Fs | LatchGate.Sandbox.HostImports.Log, action.Imports);
            Assert.Empty(action.Secrets);
        });
    }

    [Theory]
    [InlineData("""{"url":"https://httpbin.org/get"}""", "")]
    [InlineData("""{"url":"http://127.0.0.1:8080/x"}""", "")]
    [InlineData("""{}""", "must have the member 'url' (required)")]
    [InlineData("""[]""", "must be of type object (type)")]
    [InlineData("""{"url":"file:///etc/passwd"}""", "/url: must match the pattern ^https?:// (pattern)")]
    [InlineData("""{"url":7}""", "/url: must be of type string (type)")]
    [InlineData("""{"url":"https://a.example/","body":{}}""", "has the unknown member 'body' (additionalProperties)")]
    [InlineData("""{"url":"https://a.example/","url":7}""", "/url: must be of type string (type)")]
    public void A_fetch_request_is_judged(string request, string errors) => Assert.Equal(errors, Validate("http_fetch", request));

    [Fact]
    public void The_length_of_a_URL_is_bounded()
    {
        Assert.Equal("", Validate("http_fetch", $$"""{"url":"https://{{new string('a', 2040)}}"}"""));
        Assert.Equal("/url: must have at most 2048 character(s) (maxLength)", Validate("http_fetch", $$"""{"url":"https://{{new string('a', 2041)}}"}"""));
    }

    [Fact]
    public void A_post_carries_its_document_unchanged()
    {
        using var request = JsonDocument.Parse("""{"url":"https://httpbin.org/post","body":{"n":1.50,"s":"42","l":[null]}}""");
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Assert.Null(Find("http_post").Template!(request.RootElement, writer));
        }

        Assert.Equal(
            """{"url":"https://httpbin.org/post","method":"POST","headers":{"Content-Type":"application/json"},"body":{"n":1.50,"s":"42","l":[null]}}""",
            Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    [Theory]
    [InlineData("""{"ok":true,"data":{"status_code":204,"headers":{},"body":"","url":"https://httpbin.org/delete"}}""", true)]
    [InlineData("""{"ok":false,"error":{"code":"dns_failed","message":"no such host"}}""", true)]
    [InlineData("""{"ok":true}""", false)]
    [InlineData("""{"ok":false}""", false)]
    [InlineData("""{"ok":true,"data":{"status_code":999,"url":"https://httpbin.org/"}}""", false)]
    [InlineData("""{"ok":"true"}""", false)]
    public void The_answer_to_a_deletion_is_judged(string answer, bool valid)
    {
        using var document = JsonDocument.Parse(answer);
        var errors = default(SchemaErrors);
        Find("http_delete").ValidateResponse!(document.RootElement, ref errors);
        Assert.Equal(valid, errors.None);
    }

    // A schema without a pattern: unoptimised code, which tests run, allocates a handle for each constant table that optimised code does not.
    [Fact]
    public void A_valid_answer_is_judged_without_an_allocation()
    {
        using var request = JsonDocument.Parse("""{"ok":true,"data":{"status_code":200,"url":"https://httpbin.org/caf\u00e9"}}""");
        var validate = Find("http_delete").ValidateResponse!;
        var errors = default(SchemaErrors);
        validate(request.RootElement, ref errors);
        var before = GC.GetAllocatedBytesForCurrentThread();
        validate(request.RootElement, ref errors);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(errors.None);
    }

    private static ActionSpec Find(string id)
    {
        Assert.True(ActionRegistry.OfThisBuild().TryFind(id, out var action));
        return action;
    }

    private static string Validate(string id, string request)
    {
        using var document = JsonDocument.Parse(request);
        var errors = default(SchemaErrors);
        Find(id).ValidateRequest!(document.RootElement, ref errors);
        return errors.ToString();
    }
}
