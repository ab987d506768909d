using System.Text;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Identity;

namespace LatchGate.Bench.EndToEnd;

/// <summary>One agent: a key, a lease, a connection, and requests whose proofs are signed before the clock runs.</summary>
internal sealed class Agent : IDisposable
{
    private readonly P256SigningKey _key = P256SigningKey.Generate();
    private readonly DpopProofFactory _proofs;
    private readonly string _lease;

    internal Agent(string socket)
    {
        _proofs = new DpopProofFactory(_key);
        Connection = new RawConnection(socket);
        var body = $$"""{"scopes":["tools:call"],"dpop_jwk":{{_proofs.PublicJwk}}}""";
        var status = Connection.Exchange(Encoding.ASCII.GetBytes(
            $"POST /v1/leases HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {body.Length}\r\n\r\n{body}"));
        if (status != 200)
        {
            throw new InvalidOperationException($"The gate gave no lease: {status} {Encoding.UTF8.GetString(Connection.Body)}");
        }

        using var answer = JsonDocument.Parse(Connection.Body.ToArray());
        _lease = answer.RootElement.GetProperty("lease_jwt").GetString()!;
    }

    internal RawConnection Connection { get; }

    /// <summary>Whole requests, each with a proof of its own; good for a minute.</summary>
    internal byte[][] Sign(Call call, int count)
    {
        var requests = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            var proof = _proofs.Create("POST", "http://localhost" + call.Path, _lease);
            requests[i] = Encoding.ASCII.GetBytes(
                $"POST {call.Path} HTTP/1.1\r\nhost: localhost\r\nauthorization: DPoP {_lease}\r\ndpop: {proof}\r\n"
                + $"content-type: application/json\r\ncontent-length: {call.Body.Length}\r\n\r\n{call.Body}");
        }

        return requests;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Connection.Dispose();
        _key.Dispose();
    }
}

/// <summary>A kind of call.</summary>
/// <param name="Name">In the report.</param>
/// <param name="Path">Of the request.</param>
/// <param name="Body">JSON, ASCII.</param>
/// <param name="Status">What the gate must answer; anything else ends the bench.</param>
internal sealed record Call(string Name, string Path, string Body, int Status)
{
    /// <summary>Passes every check up to the policy, which refuses it: nothing is granted, recorded or run on its path.</summary>
    internal static Call DecisionOnly(int port) =>
        new("decision only", "/v1/actions/http_post/execute", $$$"""{"url":"http://127.0.0.1:{{{port}}}/","body":{"hello":"world"}}""", 403);

    /// <summary>Two durable commits around one upstream request.</summary>
    internal static Call FullDurable(int port) =>
        new("full durable", "/v1/actions/http_fetch/execute", $$$"""{"url":"http://127.0.0.1:{{{port}}}/"}""", 200);
}
