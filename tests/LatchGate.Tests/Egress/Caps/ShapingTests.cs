using System.Text;
using LatchGate.Egress.Caps;
using LatchGate.Tests.Http;

namespace LatchGate.Tests.Egress.Caps;

/// <summary>Rates, and what requests and answers of models say about tokens.</summary>
public sealed class ShapingTests
{
    [Fact]
    public void A_bucket_lets_the_burst_pass_then_the_rate()
    {
        var time = new ManualTime();
        var bucket = new TokenBucket(1000, 500, time);

        Assert.Equal(TimeSpan.Zero, bucket.Take(500));
        Assert.Equal(TimeSpan.FromSeconds(1), bucket.Take(1000));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromMilliseconds(100), bucket.Take(100));

        // A long rest fills it to the burst, not beyond.
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.Zero, bucket.Take(500));
        Assert.Equal(TimeSpan.FromMilliseconds(1), bucket.Take(1));
    }

    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}""", 3, 4)]
    [InlineData("""{"usage":{"input_tokens":3,"output_tokens":4,"cache_read_input_tokens":10}}""", 13, 4)]
    [InlineData("""{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4,"thoughtsTokenCount":5}}""", 3, 9)]
    [InlineData("  \n{\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}", 1, 2)]
    [InlineData(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n"
        + "event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":15}}\n\n",
        25,
        15)]
    [InlineData("data: {\"choices\":[],\"usage\":null}\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":9}}\ndata: [DONE]\n", 2, 9)]
    public void Usage_is_read_from_answers_and_streams(string body, long input, long output)
    {
        Assert.True(TokenUsage.TryRead(Encoding.UTF8.GetBytes(body), out var usage));
        Assert.Equal(new TokenUsage(input, output), usage);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"usage\":{\"input_tokens\":-5}}")]
    [InlineData("{\"usage\":{\"input_tokens\":1.5}}")]
    [InlineData("{\"usage\":[1]}")]
    [InlineData("{\"usage\"")]
    [InlineData("data: nonsense\ndata:")]
    public void An_answer_without_usage_reports_none(string body)
    {
        Assert.False(TokenUsage.TryRead(Encoding.UTF8.GetBytes(body), out _));
    }

    [Theory]
    [InlineData("""{"model":"m","max_tokens":5}""", "m", 5L)]
    [InlineData("""{"model":"m","max_tokens":5,"max_completion_tokens":9}""", "m", 9L)]
    [InlineData("""{"model":"m","max_output_tokens":5,"n":3}""", "m", 15L)]
    [InlineData("""{"generationConfig":{"maxOutputTokens":5}}""", "", 5L)]
    [InlineData("""{"model":7}""", "", null)]
    [InlineData("""{"max_tokens":-4}""", "", 0L)]
    public void A_request_says_what_it_may_use(string body, string model, long? output)
    {
        var estimate = SpendEstimate.Of(Encoding.UTF8.GetBytes(body));

        Assert.Equal(new SpendEstimate(model, (body.Length + 2) / 3, output), estimate);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{")]
    [InlineData("name=value")]
    public void What_is_no_JSON_object_is_no_model_call(string body)
    {
        Assert.Null(SpendEstimate.Of(Encoding.UTF8.GetBytes(body)));
    }
}
