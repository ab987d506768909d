using LatchGate.Crypto;
using LatchGate.Identity;

namespace LatchGate.Cli.Client;

/// <summary>
/// An agent: takes a lease that is bound to a key of its own, and calls actions with it (reference/wire.md §3, §5). One at a time;
/// not for use by several threads.
/// </summary>
/// <param name="socket">Path of the gate's client socket.</param>
/// <param name="publicBaseUrl">The gate's <c>public_base_url</c>, which proofs name.</param>
/// <param name="time">Clock of the proofs.</param>
public sealed class AgentClient(string socket, string publicBaseUrl, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan ShortTimeout = TimeSpan.FromSeconds(30);

    // The longest action runs 300 seconds; the rest is for the gate's own work.
    private static readonly TimeSpan ExecuteTimeout = TimeSpan.FromSeconds(330);

    private readonly GateHttp _http = new(socket);
    private readonly DpopProofFactory _proofs = new(P256SigningKey.Generate(), time);
    private readonly string _base = publicBaseUrl.TrimEnd('/');
    private string? _lease;

    /// <summary>POST <c>/v1/leases</c>; on success the lease is used from now on.</summary>
    /// <exception cref="GateUnreachableException">Nothing answers at the socket.</exception>
    public async Task<GateResponse> ConnectAsync(CancellationToken cancellation, int? maxCalls = null, string? fsRoot = null)
    {
        var body = GateHttp.Json(json =>
        {
            json.WriteStartArray("scopes");
            json.WriteStringValue("tools:call");
            json.WriteEndArray();
            json.WritePropertyName("dpop_jwk");
            json.WriteRawValue(_proofs.PublicJwk);
            if (maxCalls is { } calls)
            {
                json.WriteStartObject("budgets");
                json.WriteNumber("max_calls", calls);
                json.WriteEndObject();
            }

            if (fsRoot is not null)
            {
                json.WriteString("fs_root", fsRoot);
            }
        });
        var response = await _http.SendAsync(HttpMethod.Post, "/v1/leases", null, body, ShortTimeout, cancellation).ConfigureAwait(false);
        if (response.IsSuccess)
        {
            _lease = response.Text("lease_jwt");
        }

        return response;
    }

    /// <summary>POST <c>/v1/actions/ACTION/execute</c> with the request as JSON.</summary>
    /// <exception cref="InvalidOperationException">There is no lease.</exception>
    /// <exception cref="GateUnreachableException">Nothing answers at the socket.</exception>
    public Task<GateResponse> ExecuteAsync(string action, ReadOnlyMemory<byte> request, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, $"/v1/actions/{ResourceId.Checked(action)}/execute", request, ExecuteTimeout, cancellation);

    /// <summary>GET <c>/v1/approvals/ID/poll</c>.</summary>
    /// <inheritdoc cref="ExecuteAsync"/>
    public Task<GateResponse> PollAsync(string approval, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, $"/v1/approvals/{ResourceId.Checked(approval)}/poll", null, ShortTimeout, cancellation);

    /// <summary>GET <c>/v1/receipts/ID</c>.</summary>
    /// <inheritdoc cref="ExecuteAsync"/>
    public Task<GateResponse> ReceiptAsync(string receipt, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, $"/v1/receipts/{ResourceId.Checked(receipt)}", null, ShortTimeout, cancellation);

    /// <summary>GET <c>/v1/actions</c>, or <c>/v1/actions/ID</c>; needs no lease.</summary>
    /// <exception cref="GateUnreachableException">Nothing answers at the socket.</exception>
    public Task<GateResponse> ActionsAsync(string? action, CancellationToken cancellation) =>
        _http.SendAsync(HttpMethod.Get, action is null ? "/v1/actions" : $"/v1/actions/{ResourceId.Checked(action)}", null, null, ShortTimeout, cancellation);

    /// <summary>GET <c>/healthz</c>; needs no lease.</summary>
    /// <exception cref="GateUnreachableException">Nothing answers at the socket.</exception>
    public Task<GateResponse> HealthAsync(CancellationToken cancellation) =>
        _http.SendAsync(HttpMethod.Get, "/healthz", null, null, TimeSpan.FromSeconds(5), cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _proofs.Dispose();
    }

    private Task<GateResponse> SendAsync(HttpMethod method, string path, ReadOnlyMemory<byte>? body, TimeSpan timeout, CancellationToken cancellation)
    {
        var lease = _lease ?? throw new InvalidOperationException("There is no lease yet.");
        var proof = _proofs.Create(method.Method, _base + path, lease);
        return _http.SendAsync(method, path, new DpopAuthorization(lease, proof), body, timeout, cancellation);
    }
}
