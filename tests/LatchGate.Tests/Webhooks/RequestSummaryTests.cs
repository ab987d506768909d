using System.Buffers;
using System.Text;
using System.Text.Json;
using LatchGate.Webhooks;

namespace LatchGate.Tests.Webhooks;

/// <summary>What a message shows of a request: less than an operator sees, and bounded.</summary>
public sealed class RequestSummaryTests
{
    private static JsonElement Of(string task)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, LatchGate.Json.JsonOutput.Options))
        {
            RequestSummary.Write(json, Encoding.UTF8.GetBytes(task), []);
        }

        return JsonDocument.Parse(text.WrittenMemory).RootElement;
    }

    private static JsonElement BodyLess(string body) => Of($$"""{"method":"POST","url":"https://api.example.com/","body":{{body}}}""");

    private static JsonElement BodyOf(string body) =>
        Of($$"""{"method":"POST","url":"https://api.example.com/x","headers":{},"body":{{body}}}""").GetProperty("body");

    [Theory]
    [InlineData("password")]
    [InlineData("DB_PASSWD")]
    [InlineData("clientSecret")]
    [InlineData("tokenValue")]
    [InlineData("api_key")]
    [InlineData("keyMaterial")]
    [InlineData("credentials_file")]
    [InlineData("authBlob")]
    [InlineData("private_part")]
    [InlineData("bearerThing")]
    [InlineData("cookies")]
    [InlineData("sessionId")]
    [InlineData("card_pin")]
    [InlineData("CVV")]
    [InlineData("ssn")]
    public void A_value_under_a_delicate_name_is_left_out_whatever_it_is(string name)
    {
        foreach (var value in (string[])["\"open sesame\"", "12345", "[\"open sesame\"]", """{"a":"open sesame"}"""])
        {
            var text = BodyOf($$"""{"{{name}}":{{value}},"note":"kept"}""");
            Assert.DoesNotContain("sesame", text.GetRawText(), StringComparison.Ordinal);
            Assert.DoesNotContain("12345", text.GetRawText(), StringComparison.Ordinal);
            Assert.Equal("kept", text.GetProperty("note").GetString());
        }
    }

    [Fact]
    public void A_long_text_is_cut_and_a_short_one_is_not()
    {
        var body = BodyOf($$"""{"long":"{{new string('x', 257)}}","short":"{{new string('y', 256)}}"}""");
        Assert.Equal(new string('x', 200) + "…", body.GetProperty("long").GetString());
        Assert.Equal(new string('y', 256), body.GetProperty("short").GetString());
    }

    [Fact]
    public void A_long_list_a_deep_object_and_many_members_are_cut()
    {
        var list = BodyOf("[" + string.Join(',', Enumerable.Range(0, 100)) + "]");
        Assert.Equal(11, list.GetArrayLength());
        Assert.Equal("…", list[10].GetString());

        var deep = BodyOf(string.Concat(Enumerable.Repeat("{\"a\":", 20)) + "1" + new string('}', 20));
        Assert.Equal("""{"a":{"a":{"a":{"a":"…"}}}}""", deep.GetRawText());

        var wide = BodyOf("{" + string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"m{i}\":{i}")) + "}");
        Assert.Equal(41, wide.EnumerateObject().Count());
    }

    [Fact]
    public void A_request_of_any_size_makes_a_small_message()
    {
        Assert.Equal("too large to be shown here", BodyLess(Members(40, 10, 100)).GetString());
        Assert.InRange(BodyLess(Members(100, 100, 500)).GetRawText().Length, 1, 16 * 1024);

        static string Members(int count, int items, int length) => "{" + string.Join(
            ',', Enumerable.Range(0, count).Select(i => $"\"m{i}\":[{string.Join(',', Enumerable.Repeat($"\"{new string('z', length)}\"", items))}]")) + "}";
    }
}
