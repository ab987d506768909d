using System.Buffers;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;

namespace LatchGate.Generators.Tests;

/// <summary>What compiled templates make of requests.</summary>
public sealed class TemplateTests
{
    private static readonly ActionSpec Url = GeneratorHarness.LoadOne("""
        action_id: url
        version: 1.0.0
        description: Each place of a URL.
        provider_module_digest: builtin:http_api
        required_imports: [latchgate:io/http, latchgate:io/log]
        io:
          request_schema:
            type: object
            additionalProperties: false
            required: [segment, rest]
            properties:
              label: { type: string, default: eu }
              segment: { type: string }
              rest: { type: string }
              q: { type: string }
              n: { type: integer }
        template:
          method: get
          url_template: https://{{label}}.example.com/a/{{segment}}/{{rest:path}}?q={{q}}&n={{n}}
          headers: { X-Q: "q={{q}}", Accept: text/plain }
        egress: { allow_learning: true }
        """);

    private static readonly ActionSpec Body = GeneratorHarness.LoadOne("""
        action_id: body
        version: 1.0.0
        description: Each kind of body value.
        provider_module_digest: builtin:http_api
        required_imports: [latchgate:io/http, latchgate:io/log]
        io:
          request_schema:
            type: object
            additionalProperties: false
            properties: { s: { type: string }, v: {}, n: { type: number } }
        template:
          method: POST
          url_template: https://example.com/
          body_template: { s: "{{s}}", list: ["{{v}}", 2], text: "n={{n}}", inner: { v: "{{v}}" }, "null": null }
        egress: { allow_learning: true }
        """);

    private static readonly ActionSpec Note = GeneratorHarness.LoadOne("""
        action_id: note
        version: 1.0.0
        description: Writes a note.
        provider_module_digest: builtin:fs
        required_imports: [latchgate:io/fs]
        verifier_kind: fs_hash
        io:
          request_schema:
            type: object
            additionalProperties: false
            required: [topic, content]
            properties:
              topic: { type: string }
              content: { type: string }
              mode: { type: string, default: create }
              before: { type: string }
        template:
          operation: write
          path: "notes/{{topic}}.md"
          content_base64: "{{content}}"
          mode: "{{mode}}"
          expected_before_hash: "{{before}}"
        fs:
          allowed_operations: [create, overwrite]
          allowed_paths: ["notes/*.md"]
          denied_paths: ["**/Private*"]
          max_file_bytes: 4096
          create_parents: true
        """);

    [Theory]
    [InlineData("""{"topic":"a","content":"YWJj"}""", """{"operation":"write","path":"notes/a.md","content_base64":"YWJj","mode":"create"}""")]
    [InlineData(
        """{"topic":"../x","content":"","mode":"overwrite","before":"sha256:00"}""",
        """{"operation":"write","path":"notes/../x.md","content_base64":"","mode":"overwrite","expected_before_hash":"sha256:00"}""")]
    public void A_file_task_is_what_the_template_says_and_its_path_is_judged_whole(string request, string task) => Assert.Equal(task, Render(Note, request).GetRawText());

    [Fact]
    public void An_fs_block_becomes_the_bounds_of_the_action()
    {
        var files = Note.Files!;
        Assert.Equal((FileOperations.Create | FileOperations.Overwrite, 4096, 4096, true, false), (files.Operations, files.MaxFileBytes, files.MaxTotalBytes, files.CreateParents, files.AllowLearning));
        Assert.Equal(VerifierKind.FsHash, Note.Verification.Kind);
        Assert.Equal(LatchGate.Sandbox.HostImports.Fs, Note.Imports);

        // 4,096 bytes are 5,464 in base64, and a path, hashes and names take 9 KiB at most.
        Assert.Equal(5464 + 9216, Note.Io.MaxRequestBytes);
        Assert.Equal(1048576, Note.Io.MaxResponseBytes);
    }

    private static readonly ActionSpec Form = GeneratorHarness.LoadOne("""
        action_id: form
        version: 1.0.0
        description: A form.
        provider_module_digest: builtin:http_api
        required_imports: [latchgate:io/http, latchgate:io/log]
        io:
          request_schema:
            type: object
            additionalProperties: false
            required: [a]
            properties: { a: { type: string }, b: { type: boolean } }
        template:
          method: PUT
          url_template: https://example.com/
          body_mode: form
          body_template: { "a b": "x {{a}}", b: "{{b}}", c: 1 }
        egress: { allow_learning: true }
        """);

    [Theory]
    [InlineData("""{"segment":"s","rest":"x/y"}""", "https://eu.example.com/a/s/x/y")]
    [InlineData("""{"segment":"a/b ?#%@é","rest":"x"}""", "https://eu.example.com/a/a%2Fb%20%3F%23%25%40%C3%A9/x")]
    [InlineData("""{"segment":"\u00e9\"\ud83d\ude00","rest":"x"}""", "https://eu.example.com/a/%C3%A9%22%F0%9F%98%80/x")]
    [InlineData("""{"segment":"s","rest":"x","q":"a&b=c"}""", "https://eu.example.com/a/s/x?q=a%26b%3Dc")]
    [InlineData("""{"segment":"s","rest":"x","n":1e2}""", "https://eu.example.com/a/s/x?n=100")]
    [InlineData("""{"segment":"s","rest":"x","q":"","n":-7.0,"label":"US-1"}""", "https://US-1.example.com/a/s/x?q=&n=-7")]
    [InlineData("""{"segment":"...","rest":"x/..."}""", "https://eu.example.com/a/.../x/...")]
    public void A_value_is_encoded_for_the_place_it_stands_in(string request, string url) =>
        Assert.Equal(url, Render(Url, request).GetProperty("url").GetString());

    [Theory]
    [InlineData("""{"segment":"..","rest":"x"}""", TemplateFault.DotSegment)]
    [InlineData("""{"segment":".","rest":"x"}""", TemplateFault.DotSegment)]
    [InlineData("""{"segment":"","rest":"x"}""", TemplateFault.DotSegment)]
    [InlineData("""{"segment":"s","rest":"x/../y"}""", TemplateFault.DotSegment)]
    [InlineData("""{"segment":"s","rest":"/x"}""", TemplateFault.DotSegment)]
    [InlineData("""{"segment":"s","rest":"x//y"}""", TemplateFault.DotSegment)]
    [InlineData("""{"segment":"s","rest":"x/"}""", TemplateFault.DotSegment)]
    [InlineData("""{"segment":"s","rest":"x","label":"evil.example"}""", TemplateFault.InvalidHostLabel)]
    [InlineData("""{"segment":"s","rest":"x","label":"evil.org/"}""", TemplateFault.InvalidHostLabel)]
    [InlineData("""{"segment":"s","rest":"x","label":"a@b"}""", TemplateFault.InvalidHostLabel)]
    [InlineData("""{"segment":"s","rest":"x","label":""}""", TemplateFault.InvalidHostLabel)]
    [InlineData("""{"segment":"s","rest":"x","q":"a\r\nX-Evil: 1"}""", TemplateFault.InvalidHeaderValue)]
    [InlineData("""{"segment":"s","rest":"x","q":"a\u0000"}""", TemplateFault.InvalidHeaderValue)]
    [InlineData("""{"segment":"s","rest":"x","q":"é"}""", TemplateFault.InvalidHeaderValue)]
    public void A_value_that_would_leave_its_place_is_refused(string request, TemplateFault fault)
    {
        using var writer = new Utf8JsonWriter(new ArrayBufferWriter<byte>());
        Assert.Equal(fault, Url.Template!(Valid(Url, request), writer)?.Fault);
    }

    [Fact]
    public void A_header_without_value_is_left_out()
    {
        Assert.Equal("""{"Accept":"text/plain"}""", Render(Url, """{"segment":"s","rest":"x"}""").GetProperty("headers").GetRawText());
        Assert.Equal("""{"X-Q":"q=ok","Accept":"text/plain"}""", Render(Url, """{"segment":"s","rest":"x","q":"ok"}""").GetProperty("headers").GetRawText());
    }

    [Theory]
    [InlineData("""{}""", """{"list":[2],"null":null}""")]
    [InlineData("""{"s":"42"}""", """{"s":"42","list":[2],"null":null}""")]
    [InlineData("""{"s":"{\"a\":1}","v":{"a":[1.50,true]},"n":0.5}""", """{"s":"{\"a\":1}","list":[{"a":[1.50,true]},2],"text":"n=0.5","inner":{"v":{"a":[1.50,true]}},"null":null}""")]
    [InlineData("""{"v":null}""", """{"list":[null,2],"inner":{"v":null},"null":null}""")]
    [InlineData("""{"v":false}""", """{"list":[false,2],"inner":{"v":false},"null":null}""")]
    public void A_body_value_keeps_its_type_and_an_absent_one_is_left_out(string request, string body)
    {
        var task = Render(Body, request);
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(body).RootElement, task.GetProperty("body")), task.GetRawText());
        Assert.Equal("application/json", task.GetProperty("headers").GetProperty("Content-Type").GetString());
    }

    [Fact]
    public void A_form_is_text_with_each_field_encoded()
    {
        var task = Render(Form, """{"a":"1&2=é","b":true}""");
        Assert.Equal("a%20b=x%201%262%3D%C3%A9&b=true&c=1", task.GetProperty("body_text").GetString());
        Assert.Equal("application/x-www-form-urlencoded", task.GetProperty("headers").GetProperty("Content-Type").GetString());
        Assert.Equal("PUT", task.GetProperty("method").GetString());
        Assert.Equal("a%20b=x%20&c=1", Render(Form, """{"a":""}""").GetProperty("body_text").GetString());
    }

    [Fact]
    public void A_value_larger_than_the_first_buffer_is_kept_whole()
    {
        var large = new string('ä', 5_000);
        Assert.EndsWith("/" + string.Concat(Enumerable.Repeat("%C3%A4", 5_000)) + "/x", Render(Url, $$"""{"segment":"{{large}}","rest":"x"}""").GetProperty("url").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"segment\":\"\\ud800\",\"rest\":\"x\"}")]
    [InlineData("{\"segment\":\"\\udc00\\ud800\",\"rest\":\"x\"}")]
    [InlineData("{\"\\ud800\":1}")]
    public void Half_of_a_surrogate_pair_is_a_violation_and_not_a_crash(string request)
    {
        var errors = default(SchemaErrors);
        Url.ValidateRequest!(JsonDocument.Parse(request).RootElement, ref errors);
        Assert.Contains("surrogate", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_UTF_8_is_a_violation_and_not_a_crash()
    {
        byte[] request = [.. "{\"segment\":\""u8, 0xC3, 0x28, .. "\",\"rest\":\"x\"}"u8];
        var errors = default(SchemaErrors);
        Url.ValidateRequest!(JsonDocument.Parse(request).RootElement, ref errors);
        Assert.Contains("UTF-8", errors.ToString(), StringComparison.Ordinal);
    }

    private static JsonElement Render(ActionSpec spec, string request)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Assert.Null(spec.Template!(Valid(spec, request), writer));
        }

        return JsonDocument.Parse(Encoding.UTF8.GetString(buffer.WrittenSpan)).RootElement;
    }

    private static JsonElement Valid(ActionSpec spec, string request)
    {
        var value = JsonDocument.Parse(request).RootElement;
        var errors = default(SchemaErrors);
        spec.ValidateRequest!(value, ref errors);
        Assert.True(errors.None, errors.ToString());
        return value;
    }
}
