using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;

namespace LatchGate.Generators.Tests;

/// <summary>Each place and mode of a template, with values that belong there and with values that try to leave it.</summary>
public sealed class TemplatePlaceTests
{
    private static readonly ActionSpec Url = Http("""
          method: GET
          url_template: "https://{{server:host}}:{{port}}/v1/{{rest:path}}/x-{{part}}?fixed=1"
          query:
            text: "{{text}}"
            mixed: "a {{text}}"
            flag: "{{flag:bool}}"
            csv: "{{list:csv}}"
            item: "{{list:repeat}}"
            deep: "{{deep:deep}}"
            json: "{{deep:json}}"
            b64: "{{text:base64}}"
            url: "{{text:base64url}}"
            "sp ace": 50
            "...": "{{more}}"
          headers: { X-Text: "v {{text}}", X-List: "{{list:csv}}", X-B64: "{{text:base64}}" }
        """, "server, port, rest, part", """
          server: { type: string }
          port: { type: integer }
          rest: { type: string }
          part: { type: [string, integer] }
          text: { type: string }
          flag: { type: boolean }
          list: { type: array }
          deep: { type: [object, array] }
          more: { type: object }
        """);

    private static readonly ActionSpec Json = Http("""
          method: POST
          url_template: "https://example.com/"
          body_template:
            kind: constant
            name: "{{who.name}}"
            nested: { name: "{{who.nick}}", deeper: [{ n: "{{who.nick}}" }] }
            kept: { a: 1, n: "{{who.nick}}" }
            value: "{{value}}"
            sentence: "Dear {{who.name}}, {{value:json}}"
            line: "{{text:line}}"
            word: "{{text:word}}"
            xml: "<a>{{text:xml}}</a>"
            raw: { $base64url: "S: {{text:word}}\r\n\r\n{{text}}" }
            parts: { $base64: ["A: 1\n", "B: {{who.nick}}\n", "C: {{who.name}} {{who.nick}}\n", "D: {{who.name}}"] }
            b64: "{{text:base64}}"
            "...": "{{more}}"
        """, "who", """
          who:
            type: object
            additionalProperties: false
            required: [name]
            properties: { name: { type: string }, nick: { type: string } }
          value: {}
          text: { type: string }
          more: { type: object }
        """);

    private static readonly ActionSpec Form = Http("""
          method: POST
          url_template: "https://example.com/"
          body_mode: form
          body_template: { "meta[a]": "{{text}}", flag: "{{flag}}", "e[]": "{{list:repeat}}", metadata: "{{deep:deep}}", "...": "{{more}}" }
        """, "", """
          text: { type: string }
          flag: { type: boolean }
          list: { type: array }
          deep: { type: object }
          more: { type: object }
        """);

    private static readonly ActionSpec Multipart = Http("""
          method: POST
          url_template: "https://example.com/"
          body_mode: multipart
          body_template:
            note: "n={{text}}"
            file: { content_base64: "{{file}}", filename: "{{name}}", content_type: "{{type}}" }
            fixed: 1
        """, "", """
          text: { type: string }
          file: { type: string }
          name: { type: string }
          type: { type: string }
        """);

    private static readonly ActionSpec Bytes = Http("""
          method: PUT
          url_template: "https://example.com/"
          body_mode: base64
          headers: { Content-Type: "{{type}}" }
          body_template: "{{file}}"
        """, "file", """
          file: { type: string }
          type: { type: string }
        """);

    [Theory]
    [InlineData("", "https://a.example:8443/v1/b/c/x-1?fixed=1&sp%20ace=50")]
    [InlineData(",\"text\":\"a b&c=é\"", "https://a.example:8443/v1/b/c/x-1?fixed=1&text=a%20b%26c%3D%C3%A9&mixed=a%20a%20b%26c%3D%C3%A9&b64=YSBiJmM9w6k%3D&url=YSBiJmM9w6k&sp%20ace=50", "X-Text")]
    [InlineData(",\"flag\":false", "https://a.example:8443/v1/b/c/x-1?fixed=1&flag=false&sp%20ace=50")]
    [InlineData(",\"list\":[\"a/b\",2]", "https://a.example:8443/v1/b/c/x-1?fixed=1&csv=a%2Fb,2&item=a%2Fb&item=2&sp%20ace=50")]
    [InlineData(",\"list\":[]", "https://a.example:8443/v1/b/c/x-1?fixed=1&sp%20ace=50")]
    [InlineData(",\"deep\":{\"a\":[1,{\"b c\":null,\"d\":true}]}", "https://a.example:8443/v1/b/c/x-1?fixed=1&deep%5Ba%5D%5B0%5D=1&deep%5Ba%5D%5B1%5D%5Bd%5D=true&json=%7B%22a%22%3A%5B1%2C%7B%22b%20c%22%3Anull%2C%22d%22%3Atrue%7D%5D%7D&sp%20ace=50")]
    [InlineData(",\"more\":{\"q\":\"x&y\",\"n\":null,\"l\":[1,2],\"t\":true}", "https://a.example:8443/v1/b/c/x-1?fixed=1&sp%20ace=50&q=x%26y&l=1&l=2&t=true")]
    public void A_query_holds_what_has_a_value(string more, string url, string? refusedHeader = null)
    {
        var request = "{\"server\":\"a.example\",\"port\":8443,\"rest\":\"b/c\",\"part\":1" + more + "}";
        if (refusedHeader is not null)
        {
            // The same value does not fit the header.
            Assert.Equal(TemplateFault.InvalidHeaderValue, Refused(Url, request).Fault);
            return;
        }

        Assert.Equal(url, Render(Url, request).GetProperty("url").GetString());
    }

    [Theory]
    [InlineData("\"server\":\"a..example\"", TemplateFault.InvalidHostLabel, "/server")]
    [InlineData("\"server\":\"\"", TemplateFault.InvalidHostLabel, "/server")]
    [InlineData("\"server\":\"a.example.\"", TemplateFault.InvalidHostLabel, "/server")]
    [InlineData("\"server\":\"a@evil.example\"", TemplateFault.InvalidHostLabel, "/server")]
    [InlineData("\"server\":\"evil.example/x\"", TemplateFault.InvalidHostLabel, "/server")]
    [InlineData("\"server\":\"evil.example:80\"", TemplateFault.InvalidHostLabel, "/server")]
    [InlineData("\"server\":\"\\u2468.example\"", TemplateFault.InvalidHostLabel, "/server")]
    [InlineData("\"server\":\"a\\u3002example\"", TemplateFault.InvalidHostLabel, "/server")]
    [InlineData("\"port\":0", TemplateFault.InvalidPort, "/port")]
    [InlineData("\"port\":65536", TemplateFault.InvalidPort, "/port")]
    [InlineData("\"port\":-1", TemplateFault.InvalidPort, "/port")]
    [InlineData("\"port\":1e300", TemplateFault.InvalidPort, "/port")]
    [InlineData("\"rest\":\"..\"", TemplateFault.DotSegment, "/rest")]
    [InlineData("\"rest\":\"a/./b\"", TemplateFault.DotSegment, "/rest")]
    [InlineData("\"rest\":\"/etc\"", TemplateFault.DotSegment, "/rest")]
    [InlineData("\"rest\":\"\"", TemplateFault.DotSegment, "/rest")]
    [InlineData("\"text\":\"a\\r\\nHost: evil\"", TemplateFault.InvalidHeaderValue, "/text")]
    [InlineData("\"text\":\"a\\u0000\"", TemplateFault.InvalidHeaderValue, "/text")]
    [InlineData("\"text\":\"a \"", TemplateFault.InvalidHeaderValue, "/text")]
    [InlineData("\"text\":\"\\u2028\"", TemplateFault.InvalidHeaderValue, "/text")]
    [InlineData("\"list\":[\"a,b\"]", TemplateFault.CommaInItem, "/list")]
    [InlineData("\"list\":[\"\"]", TemplateFault.CommaInItem, "/list")]
    [InlineData("\"list\":[[1]]", TemplateFault.InvalidItem, "/list")]
    [InlineData("\"list\":[null]", TemplateFault.InvalidItem, "/list")]
    [InlineData("\"more\":{\"fixed\":2}", TemplateFault.NameTaken, "/more/fixed")]
    [InlineData("\"more\":{\"text\":2}", TemplateFault.NameTaken, "/more/text")]
    [InlineData("\"more\":{\"sp ace\":2}", TemplateFault.NameTaken, "/more/sp ace")]
    [InlineData("\"more\":{\"item\":2}", TemplateFault.NameTaken, "/more/item")]
    [InlineData("\"more\":{\"deep[a]\":2}", TemplateFault.NameTaken, "/more/deep[a]")]
    [InlineData("\"more\":{\"a/b~\":{}}", TemplateFault.InvalidItem, "/more/a~1b~0")]
    public void A_value_that_would_leave_its_place_is_refused_by_pointer_and_rule(string member, TemplateFault fault, string pointer)
    {
        var fields = new Dictionary<string, string> { ["server"] = "\"a.example\"", ["port"] = "1", ["rest"] = "\"r\"", ["part"] = "\"p\"" };
        using var given = JsonDocument.Parse("{" + member + "}");
        foreach (var property in given.RootElement.EnumerateObject())
        {
            fields[property.Name] = property.Value.GetRawText();
        }

        var refusal = Refused(Url, "{" + string.Join(",", fields.Select(static field => $"\"{field.Key}\":{field.Value}")) + "}");
        Assert.Equal((fault, pointer), (refusal.Fault, refusal.Pointer));
        Assert.StartsWith(pointer + ": ", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_holds_what_has_a_value_and_constants_stay()
    {
        Equal("""{"kind":"constant","name":"5","kept":{"a":1},"parts":"QTogMQpEOiA1"}""", Render(Json, """{"who":{"name":"5"}}""").GetProperty("body"));
        Equal(
            """{"kind":"constant","name":"N","nested":{"name":"x","deeper":[{"n":"x"}]},"kept":{"a":1,"n":"x"},"value":"{\"a\":1}","sentence":"Dear N, \"{\\\"a\\\":1}\"","parts":"QTogMQpCOiB4CkM6IE4geApEOiBO","z":[1]}""",
            Render(Json, """{"who":{"name":"N","nick":"x"},"value":"{\"a\":1}","more":{"z":[1]}}""").GetProperty("body"));
    }

    [Fact]
    public void Text_of_a_body_is_written_as_its_mode_says()
    {
        var body = Render(Json, """{"who":{"name":"N"},"text":"a<b>&\"'é"}""").GetProperty("body");
        Assert.Equal("a<b>&\"'é", body.GetProperty("line").GetString());
        Assert.Equal("=?UTF-8?B?YTxiPiYiJ8Op?=", body.GetProperty("word").GetString());
        Assert.Equal("<a>a&lt;b&gt;&amp;&quot;&#39;é</a>", body.GetProperty("xml").GetString());
        Assert.Equal(Convert.ToBase64String(Encoding.UTF8.GetBytes("a<b>&\"'é")), body.GetProperty("b64").GetString());
        var raw = "S: =?UTF-8?B?YTxiPiYiJ8Op?=\r\n\r\na<b>&\"'é";
        Assert.Equal(Convert.ToBase64String(Encoding.UTF8.GetBytes(raw)).TrimEnd('=').Replace('+', '-').Replace('/', '_'), body.GetProperty("raw").GetString());
    }

    [Theory]
    [InlineData("""{"who":{"name":"N"}}""", "A: 1\nD: N")]
    [InlineData("""{"who":{"name":"N","nick":"x"}}""", "A: 1\nB: x\nC: N x\nD: N")]
    public void An_encoded_list_leaves_out_the_texts_that_lack_a_value(string request, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(Render(Json, request).GetProperty("body").GetProperty("parts").GetBytesFromBase64()));

    [Fact]
    public void A_long_word_is_folded_between_characters()
    {
        // 45 bytes hold 22 characters of two bytes; each line is at most 76 characters (RFC 2047 section 2).
        var text = new string('é', 50);
        var word = Render(Json, $$$"""{"who":{"name":"N"},"text":"{{{text}}}"}""").GetProperty("body").GetProperty("word").GetString()!;
        var lines = word.Split("\r\n ");
        Assert.Equal(3, lines.Length);
        Assert.All(lines, static line => Assert.InRange(line.Length, 1, 75));
        Assert.Equal(text, string.Concat(lines.Select(static line => Encoding.UTF8.GetString(Convert.FromBase64String(line["=?UTF-8?B?".Length..^2])))));
    }

    [Theory]
    [InlineData("a\\r\\nBcc: all", TemplateFault.InvalidLine)]
    [InlineData("a\\u0085Bcc: all", TemplateFault.InvalidLine)]
    [InlineData("a\\u007f", TemplateFault.InvalidLine)]
    public void No_line_ends_in_a_value_of_one_line(string text, TemplateFault fault) =>
        Assert.Equal(new TemplateRefusal(fault, "/text"), Refused(Json, $$$"""{"who":{"name":"N"},"text":"{{{text}}}"}"""));

    [Theory]
    [InlineData("kind")]
    [InlineData("value")]
    [InlineData("nested")]
    public void A_spread_member_never_replaces_one_of_the_template(string name) =>
        Assert.Equal(new TemplateRefusal(TemplateFault.NameTaken, "/more/" + name), Refused(Json, $$$"""{"who":{"name":"N"},"more":{"ok":1,"{{{name}}}":1}}"""));

    [Fact]
    public void A_form_takes_lists_and_brackets()
    {
        var task = Render(Form, """{"text":"1+1","flag":true,"list":["a","b c"],"deep":{"k&":"v"},"more":{"x":1}}""");
        Assert.Equal("meta%5Ba%5D=1%2B1&flag=true&e%5B%5D=a&e%5B%5D=b%20c&metadata%5Bk%26%5D=v&x=1", task.GetProperty("body_text").GetString());
        Assert.Equal("", Render(Form, "{}").GetProperty("body_text").GetString());
        Assert.Equal(TemplateFault.NameTaken, Refused(Form, """{"more":{"metadata[admin]":1}}""").Fault);
        Assert.Equal(TemplateFault.NameTaken, Refused(Form, """{"more":{"e[]":1}}""").Fault);
    }

    [Fact]
    public void A_multipart_body_is_the_same_for_the_same_request()
    {
        const string request = """{"text":"x","file":"AP8K","name":"a\"b é.bin","type":"image/png"}""";
        var task = Render(Multipart, request);
        var type = task.GetProperty("headers").GetProperty("Content-Type").GetString()!;
        var boundary = type["multipart/form-data; boundary=".Length..];
        var body = task.GetProperty("body_base64").GetBytesFromBase64();
        byte[] expected =
        [
            .. Encoding.UTF8.GetBytes($"--{boundary}\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nn=x\r\n"),
            .. Encoding.UTF8.GetBytes($"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b é.bin\"\r\nContent-Type: image/png\r\n\r\n"),
            0x00, 0xFF, 0x0A,
            .. Encoding.UTF8.GetBytes($"\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"fixed\"\r\n\r\n1\r\n--{boundary}--\r\n"),
        ];
        Assert.Equal(expected, body);
        Assert.Equal(task.GetRawText(), Render(Multipart, request).GetRawText());

        // The boundary is the digest of the body with zeros in its place.
        var zeros = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(body).Replace(boundary, new string('0', 32), StringComparison.Ordinal));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(zeros))[..32], boundary);
    }

    [Theory]
    [InlineData("""{"text":"x","file":"AP8K"}""", 3)]
    [InlineData("""{"text":"x"}""", 2)]
    [InlineData("{}", 1)]
    public void A_part_without_a_value_is_left_out(string request, int parts)
    {
        var body = Encoding.Latin1.GetString(Render(Multipart, request).GetProperty("body_base64").GetBytesFromBase64());
        Assert.Equal(parts, body.Split("Content-Disposition").Length - 1);
    }

    [Theory]
    [InlineData("""{"file":"AP8K","name":"a\r\nX: 1"}""", TemplateFault.InvalidLine, "/name")]
    [InlineData("""{"file":"AP8K","type":"a\r\nX: 1"}""", TemplateFault.InvalidHeaderValue, "/type")]
    [InlineData("""{"file":"AP8"}""", TemplateFault.InvalidBase64, "/file")]
    [InlineData("""{"file":"AP 8K"}""", TemplateFault.InvalidBase64, "/file")]
    [InlineData("""{"file":"AP\n8K"}""", TemplateFault.InvalidBase64, "/file")]
    [InlineData("""{"file":"AP-_"}""", TemplateFault.InvalidBase64, "/file")]
    public void A_part_that_would_leave_its_place_is_refused(string request, TemplateFault fault, string pointer) =>
        Assert.Equal(new TemplateRefusal(fault, pointer), Refused(Multipart, request));

    [Fact]
    public void Bytes_are_handed_on_as_base64_with_their_type()
    {
        var task = Render(Bytes, """{"file":"AP8K","type":"image/png"}""");
        Assert.Equal("AP8K", task.GetProperty("body_base64").GetString());
        Assert.Equal("image/png", task.GetProperty("headers").GetProperty("Content-Type").GetString());
        Assert.Equal(new TemplateRefusal(TemplateFault.InvalidBase64, "/file"), Refused(Bytes, """{"file":"!","type":"a/b"}"""));
    }

    [Fact]
    public void A_text_that_outgrows_its_first_buffer_is_kept_whole()
    {
        var text = string.Concat(Enumerable.Repeat("<ä>", 20_000));
        var body = Render(Json, $$$"""{"who":{"name":"N"},"text":"{{{text}}}"}""").GetProperty("body");
        Assert.Equal($"<a>{string.Concat(Enumerable.Repeat("&lt;ä&gt;", 20_000))}</a>", body.GetProperty("xml").GetString());
        Assert.Equal(Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), body.GetProperty("b64").GetString());
    }

    [Fact]
    public void A_secret_of_the_path_leaves_its_place_in_the_template()
    {
        var spec = GeneratorHarness.LoadOne("""
            action_id: bot
            version: 1.0.0
            description: A token in the path.
            provider_module_digest: builtin:http_api
            required_imports: [latchgate:io/http, latchgate:io/log]
            io: { request_schema: { type: object, additionalProperties: false } }
            template: { method: GET, url_template: "https://api.example.com/bot{{secret:BOT_TOKEN}}/getMe" }
            egress:
              profile: proxy_allowlist
              allow:
                - { name: api, hosts: [api.example.com], schemes: [https], ports: [443], methods: [GET], credentials: [{ target: path, secret: BOT_TOKEN }] }
            """);
        Assert.Equal("https://api.example.com/botlatchgate-injected/getMe", Render(spec, "{}").GetProperty("url").GetString());
        Assert.Equal(new SecretSpec("BOT_TOKEN", true), Assert.Single(spec.Secrets));
        Assert.Equal(LatchGate.Egress.CredentialTarget.Path, Assert.Single(Assert.Single(spec.Egress.Allow).Credentials).Target);
    }

    private static ActionSpec Http(string template, string required, string properties) => GeneratorHarness.LoadOne($$"""
        action_id: place
        version: 1.0.0
        description: Places of a template.
        provider_module_digest: builtin:http_api
        required_imports: [latchgate:io/http, latchgate:io/log]
        io:
          request_schema:
            type: object
            additionalProperties: false
            required: [{{required}}]
            properties:
        {{Indent(properties, 6)}}
        template:
        {{template}}
        egress: { allow_learning: true }
        """);

    private static string Indent(string text, int by) => string.Join("\n", text.Split('\n').Select(line => new string(' ', by) + line));

    private static void Equal(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, actual), actual.GetRawText());

    private static TemplateRefusal Refused(ActionSpec spec, string request)
    {
        using var writer = new Utf8JsonWriter(new ArrayBufferWriter<byte>());
        var refusal = spec.Template!(Valid(spec, request), writer);
        Assert.NotNull(refusal);
        return refusal;
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
        spec.ValidateRequest?.Invoke(value, ref errors);
        Assert.True(errors.None, errors.ToString());
        return value;
    }
}
