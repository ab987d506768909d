using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Budgets;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Egress.Caps;
using LatchGate.Evidence;
using LatchGate.HostIo;
using LatchGate.Identity;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Sandbox;
using LatchGate.Secrets;
using LatchGate.Telemetry;
using LatchGate.Tests.Evidence;
using LatchGate.Tests.Policy;

namespace LatchGate.Tests.Pipeline;

/// <summary>Executions as the gate makes them: real sandbox, real ledger, and a world that the test plays.</summary>
internal sealed class ExecutionRig : IDisposable
{
    private readonly SandboxHost _sandbox = new(4);
    private readonly HttpHost _http;

    internal ExecutionRig(
        IHttpTransport world, ActionRegistry? actions = null, Ed25519Signer? receiptKey = null, IHostResolver? resolver = null, ISecretSource? secrets = null,
        DateTimeOffset? auditUntil = null)
    {
        Actions = actions ?? ActionRegistry.OfThisBuild();
        _http = new HttpHost(resolver ?? new TableOfNothing(), world, TimeProvider.System, secrets);
        var ceiling = new EgressCeiling { PrivateCidrs = [new Cidr(System.Net.IPAddress.Parse("127.0.0.0"), 8)], AuditUntil = auditUntil };
        var log = new GateLog(Log, LogLevel.Info, TimeProvider.System);
        Learned = new LearnedStore(State.Ledger, Actions, static _ => { });
        Execution = new Execution(
            new Dispatch(_sandbox, _http, ceiling, new CapBook(new LedgerCapStore(State.Ledger), new Dictionary<string, TokenPrice>(), State.Time), log),
            State.Ledger,
            new BudgetBook(BudgetsConfig.None),
            new GateKeys(GrantKey, receiptKey ?? State.Signer),
            new BuildIdentity("0.0.0", Actions.ManifestSetDigest),
            Revocations,
            State.Time,
            log);
    }

    internal ActionRegistry Actions { get; }

    internal TempLedger State { get; } = new();

    internal Revocations Revocations { get; } = new();

    internal StringWriter Log { get; } = new();

    internal Ed25519Signer GrantKey { get; } = new(Enumerable.Range(32, 32).Select(i => (byte)i).ToArray());

    internal LearnedStore Learned { get; }

    internal Execution Execution { get; }

    /// <summary>Executes <c>http_fetch</c>, of a loopback URL where the test does not care.</summary>
    internal async Task<CallOutcome> FetchAsync(string url = "http://127.0.0.1:9/x")
    {
        Assert.True(Actions.TryFind("http_fetch", out var action));
        Assert.True(ValidatedRequest.TryCreate(action, Encoding.UTF8.GetBytes($$"""{"url":"{{url}}"}"""), out var request, out var reason), reason);
        using (request)
        {
            Assert.True(ResolvedTask.TryCreate(request, out var task, out _));
            var decision = PolicySamples.Ask(PolicySamples.Base with
            {
                EgressAllowedDomains = EgressPrecheck.DomainsOf(action.Egress),
                RequestedSecrets = [.. action.Secrets.Select(static secret => secret.Name)],
            });
            var subject = new CallSubject(State.NextId(), "agent:test-agent", "s1", "jti", "key", HasBudget: false, IdentityMethod: null, Owner: null);
            Assert.True(AuthorizedCall.TryFromPolicy(subject, request, task, decision, Learned.Current.RulesOf(action), out var call));
            return await Execution.RunAsync(call, null);
        }
    }

    /// <summary>The one receipt of the ledger, as <c>GET /v1/receipts/{id}</c> shows it.</summary>
    internal JsonElement Receipt(string id)
    {
        var stored = State.Ledger.Read(r => r.FindReceipt(id));
        Assert.NotNull(stored);
        Assert.Equal(SignatureStatus.Valid, stored.Check(State.Keys));
        return JsonDocument.Parse(stored.Content, new JsonDocumentOptions { MaxDepth = 128 }).RootElement;
    }

    public void Dispose()
    {
        State.Dispose();
        _http.Dispose();
        _sandbox.Dispose();
        GrantKey.Dispose();
    }

    private sealed class TableOfNothing : IHostResolver
    {
        public ValueTask<(EgressReason Reason, System.Net.IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation) =>
            ValueTask.FromResult((EgressReason.DnsFailed, Array.Empty<System.Net.IPAddress>()));
    }
}

/// <summary>A world that answers 200 with a JSON body.</summary>
internal sealed class AnsweringWorld(string body) : IHttpTransport
{
    public ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation) =>
        ValueTask.FromResult(new Exchange(EgressReason.Allowed, 200, [new HeaderField("content-type", "application/json")], Encoding.UTF8.GetBytes(body)));
}
