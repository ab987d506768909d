using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LatchGate.Tests.Identity;

namespace LatchGate.Tests.Api;

/// <summary>
/// An agent that sends anything: requests are made with the base library and the tests' own proofs, not with the gate's code.
/// </summary>
internal sealed class WireAgent : IDisposable
{
    private readonly string _baseUrl;
    private readonly HttpClient _http;

    internal WireAgent(string socket, string baseUrl, TestKey? key = null)
    {
        Key = key ?? new TestKey();
        _baseUrl = baseUrl;
        Key = key ?? new TestKey();
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                return new NetworkStream(connection, ownsSocket: true);
            },
        })
        { BaseAddress = new Uri("http://localhost") };
    }

    internal TestKey Key { get; }

    internal string Lease { get; set; } = "";

    /// <summary>Header fields that go with every request.</summary>
    internal Dictionary<string, string> Headers { get; } = [];

    public void Dispose()
    {
        _http.Dispose();
        Key.Dispose();
    }

    internal async Task<WireAnswer> SendAsync(string method, string target, string? body = null, string? contentType = "application/json", string? authorization = null, string? proof = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        if (proof is not null)
        {
            request.Headers.TryAddWithoutValidation("DPoP", proof);
        }

        foreach (var (name, value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        }

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new WireAnswer((int)response.StatusCode, text, response.Content.Headers.ContentType?.ToString(), [.. response.Content.Headers.Allow]);
    }

    /// <summary>Takes a lease for this agent's key and keeps it.</summary>
    internal async Task<WireAnswer> LeaseAsync(string budgets = "null", string? jwk = null)
    {
        var answer = await SendAsync("POST", "/v1/leases", $$"""{"scopes":["tools:call"],"dpop_jwk":{{jwk ?? Key.Jwk}},"budgets":{{budgets}}}""");
        if (answer.Status == 200)
        {
            Lease = answer.Text("lease_jwt")!;
        }

        return answer;
    }

    /// <summary>A proof as RFC 9449 wants it, but for what is given.</summary>
    internal string Proof(string method, string path, string? lease = null, string? htu = null, string? jti = null, long offset = 0, TestKey? key = null) =>
        (key ?? Key).Sign((key ?? Key).Header, TestProofs.Payload(
            jti ?? Guid.NewGuid().ToString(), method, htu ?? _baseUrl + path, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + offset, lease ?? Lease));

    /// <summary>A request with the lease and a good proof.</summary>
    internal Task<WireAnswer> AuthorizedAsync(
        string method, string path, string? body = null, string query = "", string? contentType = "application/json") =>
        SendAsync(method, path + query, body, contentType, authorization: $"DPoP {Lease}", proof: Proof(method, path));

    internal Task<WireAnswer> ExecuteAsync(string action, string body) => AuthorizedAsync("POST", $"/v1/actions/{action}/execute", body);
}

/// <summary>An answer as it came.</summary>
internal sealed record WireAnswer(int Status, string Content, string? ContentType, string[] Allow)
{
    internal JsonElement Json => JsonDocument.Parse(Content).RootElement;

    internal string? Error => Text("error");

    internal string? Text(string member) => Json.TryGetProperty(member, out var value) ? value.GetString() : null;

    /// <summary>Asserts status, code, and the form that every refusal has (reference/wire.md §2.1).</summary>
    internal WireAnswer Refused(int status, string code)
    {
        Assert.Equal((status, code), (Status, Error));
        Assert.Equal("application/json", ContentType);
        Assert.Equal("error", Json.EnumerateObject().First().Name);
        Assert.All(Json.EnumerateObject(), member =>
        {
            Assert.Equal(JsonValueKind.String, member.Value.ValueKind);
            Assert.DoesNotContain(member.Value.GetString()!, char.IsControl);
        });
        Assert.NotEmpty(Text("message")!);
        return this;
    }
}
