using LatchGate.Cli.Client;
using LatchGate.Crypto;
using LatchGate.Identity;

namespace LatchGate.Demo;

/// <summary>
/// An agent without credentials and network: a key pair in memory and the gate's socket are all it has. It makes its proofs by hand, so
/// that it can also misbehave.
/// </summary>
internal sealed class Agent(string socket) : IDisposable
{
    /// <summary>What proofs name (<c>htu</c>); over a Unix socket nothing listens there.</summary>
    private const string BaseUrl = "http://localhost";
    private const string Execute = "/v1/actions/http_fetch/execute";
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(20);

    private readonly GateHttp _http = new(socket);
    private readonly DpopProofFactory _proofs = new(P256SigningKey.Generate());
    private string _lease = "";

    /// <summary>The thumbprint of its key (RFC 7638), to which the lease is bound.</summary>
    internal string Thumbprint => _proofs.Thumbprint;

    /// <summary>Asks for a lease that is bound to its key, and uses it from now on.</summary>
    internal async Task<GateResponse> TakeLeaseAsync(CancellationToken cancellation)
    {
        var body = GateHttp.Json(json =>
        {
            json.WriteStartArray("scopes");
            json.WriteStringValue("tools:call");
            json.WriteEndArray();
            json.WritePropertyName("dpop_jwk");
            json.WriteRawValue(_proofs.PublicJwk);
        });
        var response = await _http.SendAsync(HttpMethod.Post, "/v1/leases", null, body, _timeout, cancellation);
        _lease = response.Text("lease_jwt") ?? "";
        return response;
    }

    /// <summary>The lease with a fresh proof for one <c>http_fetch</c> (RFC 9449 §4.2).</summary>
    internal DpopAuthorization Prove() => ProofFor("POST", Execute);

    /// <summary>Calls <c>http_fetch</c>.</summary>
    /// <param name="authorization">From <see cref="Prove"/>; good for one request only.</param>
    /// <param name="body">As it goes over the wire.</param>
    /// <param name="cancellation">Gives up.</param>
    internal Task<GateResponse> FetchAsync(DpopAuthorization authorization, ReadOnlyMemory<byte> body, CancellationToken cancellation) =>
        _http.SendAsync(HttpMethod.Post, Execute, authorization, body, _timeout, cancellation);

    internal Task<GateResponse> ReceiptAsync(string receipt, CancellationToken cancellation)
    {
        var path = $"/v1/receipts/{ResourceId.Checked(receipt)}";
        return _http.SendAsync(HttpMethod.Get, path, ProofFor("GET", path), null, _timeout, cancellation);
    }

    public void Dispose()
    {
        _http.Dispose();
        _proofs.Dispose();
    }

    private DpopAuthorization ProofFor(string method, string path) =>
        new(_lease, _proofs.Create(method, BaseUrl + path, _lease));
}
