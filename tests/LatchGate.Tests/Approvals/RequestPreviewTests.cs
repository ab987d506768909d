using System.Buffers;
using System.Text;
using System.Text.Json;
using LatchGate.Approvals;

namespace LatchGate.Tests.Approvals;

public sealed class RequestPreviewTests
{
    private const string GitHubToken = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

    [Fact]
    public void A_request_is_shown_as_it_will_be_sent_but_for_credentials()
    {
        var preview = Show(
            $$"""
            {"method":"POST","url":"https://user:pass@api.example.com/v1/items?page=2&api_key=abcdef&q=a%20b#top",
             "headers":{"Authorization":"Bearer {{GitHubToken}}","X-Api-Key":"k","Accept":"text/plain","X-Note":"Bearer {{GitHubToken}} rest"},
             "body":{"title":"hello","password":"hunter2","nested":[{"client_secret":"s3","n":12345678901234567890,"note":"use {{GitHubToken}} now"}],"my_secret_name":"x"} }
            """);
        Assert.Equal("POST", preview.GetProperty("method").GetString());
        Assert.Equal("https://[redacted 9 chars]@api.example.com/v1/items?page=2&api_key=[redacted 6 chars]&q=a%20b#top", preview.GetProperty("url").GetString());
        var headers = preview.GetProperty("headers");
        Assert.Equal("[redacted 47 chars]", headers.GetProperty("Authorization").GetString());
        Assert.Equal("[redacted 1 chars]", headers.GetProperty("X-Api-Key").GetString());
        Assert.Equal("text/plain", headers.GetProperty("Accept").GetString());
        Assert.Equal("Bearer [redacted 40 chars] rest", headers.GetProperty("X-Note").GetString());
        var body = preview.GetProperty("body");
        Assert.Equal(("hello", "[redacted 7 chars]"), (body.GetProperty("title").GetString(), body.GetProperty("password").GetString()));
        var nested = body.GetProperty("nested")[0];
        Assert.Equal("[redacted 2 chars]", nested.GetProperty("client_secret").GetString());
        Assert.Equal("12345678901234567890", nested.GetProperty("n").GetRawText());
        Assert.Equal("use [redacted 40 chars] now", nested.GetProperty("note").GetString());
        Assert.Equal("[redacted 1 chars]", body.GetProperty("my_secret_name").GetString());
        Assert.Equal("json", preview.GetProperty("body_encoding").GetString());
        Assert.False(preview.GetProperty("truncated").GetBoolean());
        Assert.DoesNotContain(GitHubToken, preview.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain words and a sentence", "plain words and a sentence")]
    [InlineData("550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000")]
    [InlineData("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    [InlineData("a token of thanks", "a token of thanks")]
    [InlineData("x=Qm9yZGVyT2ZSYW5kb20xMjM0NTY3ODkwQUJDREVG", "x=Qm9yZGVyT2ZSYW5kb20xMjM0NTY3ODkwQUJDREVG", true)]
    [InlineData("Basic dXNlcjpwYXNzd29yZA==", "Basic [redacted 20 chars]")]
    [InlineData("AKIAIOSFODNN7EXAMPLE", "[redacted 20 chars]")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9", "[redacted 20 chars]")]
    public void Credentials_are_left_out_of_text_and_what_is_none_is_not(string text, string expected, bool redacted = false)
    {
        var scrubbed = Redaction.Scrub(text);
        if (redacted)
        {
            Assert.Contains("[redacted", scrubbed, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(expected, scrubbed);
        }
    }

    [Theory]
    [InlineData("X-Auth-Key")]
    [InlineData("X-Auth-Token")]
    [InlineData("X-Auth")]
    [InlineData("Api-Key")]
    [InlineData("DD-APPLICATION-KEY")]
    [InlineData("Ocp-Apim-Subscription-Key")]
    [InlineData("x-functions-key")]
    [InlineData("x-ms-master-key")]
    [InlineData("X-Vault-Token")]
    [InlineData("X-Amz-Security-Token")]
    public void A_header_that_services_take_a_credential_in_is_left_out(string name)
    {
        var preview = Show($$"""{"url":"https://x.example/?{{name}}=short-one","headers":{"{{name}}":"short-one"} }""");
        Assert.DoesNotContain("short-one", preview.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Idempotency-Key")]
    [InlineData("X-Partition-Key")]
    [InlineData("X-Auth-Email")]
    [InlineData("Authority")]
    public void A_header_that_only_sounds_like_one_is_shown(string name)
    {
        var preview = Show($$"""{"url":"https://x.example/","headers":{"{{name}}":"order-17"} }""");
        Assert.Equal("order-17", preview.GetProperty("headers").GetProperty(name).GetString());
    }

    [Fact]
    public void A_form_is_looked_at_by_its_names_and_bytes_are_shown_as_what_they_are()
    {
        var form = Show("""{"url":"https://x.example/","headers":{"content-type":"application/x-www-form-urlencoded"},"body_text":"a=1&password=p%40ss&b=2"}""");
        Assert.Equal("a=1&password=[redacted 6 chars]&b=2", form.GetProperty("body").GetString());
        Assert.Equal("text", form.GetProperty("body_encoding").GetString());

        var bytes = Show("""{"url":"https://x.example/","body_base64":"AAEC/w=="}""");
        Assert.Equal(("AAEC/w==", "base64", 4), (bytes.GetProperty("body").GetString(), bytes.GetProperty("body_encoding").GetString(), bytes.GetProperty("body_bytes").GetInt32()));

        // "{"password":"x"}"
        var json = Show("""{"url":"https://x.example/","body_base64":"eyJwYXNzd29yZCI6IngifQ=="}""");
        Assert.Equal("[redacted 1 chars]", json.GetProperty("body").GetProperty("password").GetString());
    }

    [Fact]
    public void A_large_body_is_cut_and_says_so()
    {
        var preview = Show($$"""{"url":"https://x.example/","body":{"text":"{{new string('é', 100_000)}}"} }""");
        Assert.True(preview.GetProperty("truncated").GetBoolean());
        Assert.Equal(200_000 + 11, preview.GetProperty("body_bytes").GetInt32());
        Assert.InRange(Encoding.UTF8.GetByteCount(preview.GetProperty("body").GetString()!), RequestPreview.LargestBody - 1, RequestPreview.LargestBody);
    }

    [Fact]
    public void What_the_task_holds_besides_is_shown_too()
    {
        var preview = Show("""{"url":"https://x.example/","timeout_ms":5,"path":"a/b","token":"t"}""");
        var input = preview.GetProperty("input");
        Assert.Equal((5, "a/b", "[redacted 1 chars]"), (input.GetProperty("timeout_ms").GetInt32(), input.GetProperty("path").GetString(), input.GetProperty("token").GetString()));
        Assert.Equal("GET", preview.GetProperty("method").GetString());
    }

    [Fact]
    public void A_file_task_is_shown_as_what_it_does_with_its_content_in_clear()
    {
        var preview = Show("{\"operation\":\"write\",\"path\":\"src/a.txt\",\"mode\":\"create\",\"content_base64\":\"bmV3IHRleHQ=\",\"method\":\"x\"}");
        Assert.Equal(
            """{"operation":"write","path":"src/a.txt","body":"new text","body_encoding":"text","body_bytes":8,"input":{"mode":"create","method":"x"},"truncated":false}""",
            preview.GetRawText());
        Assert.Equal("/wA=", Show("{\"operation\":\"write\",\"path\":\"a\",\"content_base64\":\"/wA=\"}").GetProperty("body").GetString());
        Assert.False(Show("{\"operation\":\"read\",\"path\":\"a\"}").TryGetProperty("body", out _));
    }

    private static JsonElement Show(string task)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            RequestPreview.Write(json, Encoding.UTF8.GetBytes(task), ["MY_SECRET_NAME"]);
        }

        return JsonDocument.Parse(buffer.WrittenMemory).RootElement;
    }
}
