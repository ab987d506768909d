using LatchGate.Actions;
using LatchGate.Evidence;

namespace LatchGate.Tests.Api;

/// <summary>A gate whose actions end in every way that there is: those of the build with one thing changed each.</summary>
public sealed class EndingGate : IAsyncLifetime
{
    private static readonly ActionSpec Fetch = CompiledActions.All.Single(static action => action.Id == "http_fetch");
    private static readonly ActionSpec Delete = CompiledActions.All.Single(static action => action.Id == "http_delete");

    private static readonly ActionSpec[] Actions =
    [
        Fetch,
        Delete,
        Fetch with { Id = "undeclared", Verification = new VerificationSpec(VerifierKind.None, [], []) },
        Fetch with { Id = "body", Verification = Fetch.Verification with { Body = [new BodyRule("/id")] } },
        Fetch with { Id = "header", Verification = Fetch.Verification with { Headers = [new HeaderRule("etag")] } },
        Fetch with
        {
            Id = "asked",
            Verification = Fetch.Verification with
            {
                Body = [new BodyRule("/url") { EqualsRequest = "url" }],
                RequestFields = [new RequestField("url", default)],
            },
        },
        Fetch with { Id = "task_itself", Template = null, ValidateRequest = null },
        Fetch with { Id = "starved", Limits = Fetch.Limits with { Fuel = 50 } },
        Fetch with { Id = "late", Limits = Fetch.Limits with { TimeoutSeconds = 1 } },
        Fetch with { Id = "silent", Limits = Fetch.Limits with { MaxIoCalls = 0 } },
        Fetch with { Id = "typed", Egress = Fetch.Egress with { ContentTypes = ["application/json"] } },
        Fetch with { Id = "shaped", ValidateResponse = static (_, ref errors) => errors.Add("/data", "is not allowed") },
        Fetch with { Id = "short", Io = Fetch.Io with { MaxResponseBytes = 10 } },
        Delete with { Id = "standing_high" },
        Delete with { Id = "standing_critical", Risk = RiskLevel.Critical },
        Delete with
        {
            Id = "asked_high",
            Verification = Delete.Verification with
            {
                Body = [new BodyRule("/url") { EqualsRequest = "url" }],
                RequestFields = [new RequestField("url", default)],
            },
        },
    ];

    internal LiveGate Gate { get; } = new()
    {
        Actions = ActionRegistry.Create([.. Actions], CompiledActions.ManifestSetDigest, enabled: null),
        PolicyData = static principal => $$$$"""
            {
              "policy_version": "v1",
              "acl": {
                "{{{{principal}}}}": {
                  "allowed_actions": [{{{{string.Join(", ", Actions.Select(static action => $"\"{action.Id}\""))}}}}],
                  "allowed_sinks": ["http_read", "http_delete"]
                }
              },
              "latchgate": { "allowlist": { "standing_high": { "{{{{principal}}}}": true }, "standing_critical": { "{{{{principal}}}}": true } } }
            }
            """,
    };

    public ValueTask InitializeAsync() => Gate.InitializeAsync();

    public ValueTask DisposeAsync() => Gate.DisposeAsync();

    internal static ActionSpec Find(string id) => Actions.Single(action => action.Id == id);

    /// <summary>The event that ended a call, as the ledger holds it.</summary>
    internal System.Text.Json.JsonElement EndingEvent(string traceId)
    {
        using var reader = new LedgerReader(Gate.LedgerPath);
        var ends = reader.QueryEvents(new EventQuery { TraceId = traceId, Limit = 20 })
            .Select(static e => System.Text.Json.JsonDocument.Parse(e.Json).RootElement)
            .Where(static e => e.TryGetProperty("receipt_id", out var id) && id.ValueKind == System.Text.Json.JsonValueKind.String);
        return Assert.Single(ends);
    }
}
