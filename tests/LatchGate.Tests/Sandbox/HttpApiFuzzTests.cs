using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LatchGate.Sandbox;

namespace LatchGate.Tests.Sandbox;

/// <summary>The provider's JSON reader and writer against System.Text.Json, on random text. Seeds are fixed; a failure names its input.</summary>
public sealed class HttpApiFuzzTests : IDisposable
{
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\u0000", "\\n", "\\q", "true", "false", "null", "tru", "0", "-", "-0", "01",
        "1.5", "1.", ".5", "1e5", "1e", "1E+2", "+1", " ", "\t", "\n", "\r", "\u0001", "\u007f", "a", "é", "€", "😀", "\"a\"", "\"a\":", "{\"a\":1}", "[1,2]", "//",
    ];

    private readonly SandboxHost _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task It_accepts_as_a_body_exactly_what_is_json(int seed)
    {
        var random = new Random(seed);
        var (valid, invalid) = (0, 0);
        for (var i = 0; i < 1500; i++)
        {
            var bytes = i % 2 == 0 ? Jumble(random) : Mutate(random, Encoding.UTF8.GetBytes(RandomValue(random, 4)!.ToJsonString()));
            var isJson = IsJson(bytes);
            var (request, output) = await RunAsync([.. "{\"url\":\"https://e.example/\",\"body\":"u8, .. bytes, .. "}"u8]);

            // Text such as `1,"method":"PUT"` would make another valid task of it: what counts is the whole.
            var whole = Whole(bytes);
            Assert.True(whole == (request is not null), $"{(whole ? "refused" : "accepted")}: {Convert.ToHexString(bytes)}");
            if (isJson && !IsNull(bytes))
            {
                Assert.Equal(Encoding.UTF8.GetString(bytes).Trim(' ', '\t', '\r', '\n'), (string?)request!["body_text"]);
                valid++;
            }
            else if (!whole)
            {
                Assert.Equal("invalid_task", (string?)output["error"]!["code"]);
                invalid++;
            }
        }

        Assert.True(valid > 200 && invalid > 200, $"{valid} valid, {invalid} invalid: the inputs are too alike");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task It_hands_on_any_text_unchanged_and_parses_it_when_it_is_json(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 800; i++)
        {
            var bytes = i % 2 == 0 ? Jumble(random) : Encoding.UTF8.GetBytes(RandomValue(random, 4)?.ToJsonString() ?? "null");
            var text = Encoding.UTF8.GetString(bytes); // Jumble gives valid UTF-8
            var answer = random.Next(2) == 0
                ? new JsonObject { ["status"] = 200, ["body_text"] = text }
                : new JsonObject { ["status"] = 200, ["body_base64"] = Convert.ToBase64String(bytes) };
            var (_, output) = await RunAsync("""{"url":"https://e.example/"}"""u8.ToArray(), answer.ToJsonString());
            var data = output["data"]!.AsObject();

            Assert.Equal(text, (string?)data["body"]);
            Assert.True(IsJson(bytes) == data.ContainsKey("json"), Convert.ToHexString(bytes));
            if (IsJson(bytes))
            {
                Assert.True(JsonNode.DeepEquals(JsonNode.Parse(bytes), data["json"]), Convert.ToHexString(bytes));
            }
        }
    }

    [Fact]
    public async Task Random_bytes_from_the_host_never_stop_it()
    {
        var random = new Random(6);
        for (var i = 0; i < 1000; i++)
        {
            var bytes = Mutate(random, """{"status":200,"headers":{"a":"b"},"body_base64":"aGk=","url":"https://e.example/"}"""u8.ToArray());
            var host = new ScriptedHost((_, _) => ValueTask.FromResult(new HostAnswer(random.Next(4) != 0, bytes)));
            var result = await ExecuteAsync("""{"url":"https://e.example/"}"""u8.ToArray(), host);

            Assert.True(result.Trap == TrapReason.None, $"{result.Trap}: {Convert.ToHexString(bytes)}");
        }
    }

    /// <summary>What the provider takes as JSON: RFC 8259 in valid UTF-8, no unpaired surrogate. That is ResultJson's rule too, at another depth.</summary>
    private static bool IsJson(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return new UTF8Encoding(false, true).GetString(bytes).Length > 0 && HasText(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Reads every string, which throws for an unpaired surrogate.</summary>
    private static bool HasText(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString() is not null,
        JsonValueKind.Array => element.EnumerateArray().All(HasText),
        JsonValueKind.Object => element.EnumerateObject().All(p => p.Name is not null && HasText(p.Value)),
        _ => true,
    };

    private static bool IsNull(byte[] bytes) => Encoding.UTF8.GetString(bytes).Trim(' ', '\t', '\r', '\n') == "null";

    private static bool Whole(byte[] body)
    {
        byte[] task = [.. "{\"url\":\"https://e.example/\",\"body\":"u8, .. body, .. "}"u8];
        if (!IsJson(task))
        {
            return false;
        }

        using var document = JsonDocument.Parse(task);
        return document.RootElement.EnumerateObject().Count() == 2;
    }

    private static byte[] Jumble(Random random) =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pieces[random.Next(Pieces.Length)])));

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        if (bytes.Length > 0 && random.Next(2) == 0)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }

    private static JsonNode? RandomValue(Random random, int depth) => random.Next(depth == 0 ? 4 : 6) switch
    {
        0 => JsonValue.Create(random.Next()),
        1 => JsonValue.Create(random.NextDouble() * Math.Pow(10, random.Next(-20, 20))),
        2 => JsonValue.Create(random.Next(2) == 0),
        3 => JsonValue.Create(string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => RandomRune(random).ToString()))),
        4 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => RandomValue(random, depth - 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(4)).Select(i => KeyValuePair.Create($"{RandomRune(random)}{i}", RandomValue(random, depth - 1)))),
    };

    private static Rune RandomRune(Random random) => random.Next(4) switch
    {
        0 => new Rune(random.Next(0x20)),
        1 => new Rune(random.Next(0x20, 0x80)),
        2 => new Rune(random.Next(0x80, 0xd800)),
        _ => new Rune(random.Next(0xe000, 0x110000)),
    };

    private async Task<(JsonNode? Request, JsonNode Output)> RunAsync(byte[] task, string answer = """{"status":200}""")
    {
        var host = new ScriptedHost((_, _) => ValueTask.FromResult(ScriptedHost.Ok(answer)));
        var result = await ExecuteAsync(task, host);
        Assert.True(result.Trap == TrapReason.None, $"{result.Trap}: {Convert.ToHexString(task)}");
        return (host.Calls.Count == 0 ? null : JsonNode.Parse(host.Calls[0].Request), JsonNode.Parse(result.Output.Span)!);
    }

    private ValueTask<SandboxResult> ExecuteAsync(byte[] task, IHostCalls host) => _sandbox.ExecuteAsync(
        SandboxModule.Find("http_api")!, HostImports.Http, task, HostileModules.Limits, host, CancellationToken.None);
}
