using System.Globalization;
using System.Text;
using System.Text.Json;
using LatchGate.Api;
using LatchGate.Pipeline;
using LatchGate.Tests.Http;

namespace LatchGate.Tests.Api;

public sealed class ErrorAnswerTests
{
    [Fact]
    public async Task Every_failure_is_told_in_the_same_form()
    {
        await using var server = ServerFixture.Start((exchange, _) =>
        {
            // What a handler wrote before it failed must not be told.
            exchange.Response.SetContentType("text/plain"u8);
            System.Buffers.BuffersExtensions.Write(exchange.Response.Body, "half an answer"u8);
            var failure = (GateFailure)int.Parse(Encoding.ASCII.GetString(exchange.Path[1..]), CultureInfo.InvariantCulture);
            ErrorAnswer.Write(exchange, new Denial(failure, "a \"reason\"", "a_word", "a-rule") { ReceiptId = "r" }, "t", "agent:p", "http_fetch");
            return ValueTask.CompletedTask;
        });
        using var client = await server.ConnectAsync();
        foreach (var failure in Enum.GetValues<GateFailure>())
        {
            await client.SendAsync($"GET /{(int)failure} HTTP/1.1\r\nHost: x\r\n\r\n");
            var answer = (await client.ReadAsync())!;
            var text = GateFailures.Describe(failure);
            Assert.Equal((text.Status, "application/json"), (answer.Status, answer.Headers["content-type"]));
            Assert.Equal(text.Status == 429, answer.Headers.ContainsKey("retry-after"));
            using var json = JsonDocument.Parse(answer.Body);
            var members = json.RootElement.EnumerateObject().ToArray();
            Assert.Equal(("error", text.Code), (members[0].Name, members[0].Value.GetString()));
            Assert.All(members, member => Assert.Equal(JsonValueKind.String, member.Value.ValueKind));
            Assert.Equal(members.Length, members.Select(member => member.Name).Distinct().Count());
            Assert.Equal("a \"reason\"", json.RootElement.GetProperty("deny_reason").GetString());
            Assert.Equal(failure is GateFailure.PolicyDenied or GateFailure.PrincipalNotFound, json.RootElement.TryGetProperty("principal", out _));
        }
    }

    [Fact]
    public async Task What_is_not_known_is_left_out_and_a_rule_may_set_the_status()
    {
        await using var server = ServerFixture.Start((exchange, _) =>
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.EgressDenied) { Status = 451 });
            return ValueTask.CompletedTask;
        });
        var answer = (await server.RoundTripAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))!;
        Assert.Equal(451, answer.Status);
        Assert.Equal(
            """{"error":"egress_denied","message":"The destination is not open to this action. Use a destination that the action lists, or ask the operator to open it."}""",
            answer.Body);
    }
}
