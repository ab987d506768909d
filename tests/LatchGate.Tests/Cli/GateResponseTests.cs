using System.Text;
using LatchGate.Cli.Client;

namespace LatchGate.Tests.Cli;

public sealed class GateResponseTests
{
    [Theory]
    [InlineData("""{"error":"draining","message":"The gate is stopping. Come later."}""", "draining: The gate is stopping. Come later")]
    [InlineData("""{"error":"policy_denied","deny_reason":"no grant","message":"Policy says no."}""", "policy_denied: no grant")]
    [InlineData("""{"error":"not_found"}""", "not_found")]
    [InlineData("", "http_503")]
    public void An_error_in_words_has_no_full_stop_so_that_a_sentence_can_end_with_one(string body, string expected) =>
        Assert.Equal(expected, new GateResponse(503, Encoding.UTF8.GetBytes(body)).ErrorText);

    [Fact]
    public async Task A_socket_that_does_not_exist_is_told_as_such()
    {
        using var client = new AgentClient("/nonexistent/gate.sock", "http://localhost:3000", TimeProvider.System);
        var e = await Assert.ThrowsAsync<GateUnreachableException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));
        Assert.Equal("No gate answers at /nonexistent/gate.sock: there is no such socket.", e.Message);
    }
}
