using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Learned;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>What actions have learned: list, add, remove, clear (reference/wire.md §7.6). Admin socket only.</summary>
internal sealed class LearnedEndpoint(OperatorGate door, LearnedStore learned)
{
    private const string Domains = "/v1/admin/domains";
    private const string Paths = "/v1/admin/paths";

    internal ValueTask ListDomainsAsync(HttpExchange exchange, string id, CancellationToken aborted) => ListAsync(exchange, LearnedKind.Domain);

    internal ValueTask ListPathsAsync(HttpExchange exchange, string id, CancellationToken aborted) => ListAsync(exchange, LearnedKind.Path);

    internal ValueTask AddDomainAsync(HttpExchange exchange, string id, CancellationToken aborted) => ChangeAsync(exchange, LearnedKind.Domain, add: true);

    internal ValueTask AddPathAsync(HttpExchange exchange, string id, CancellationToken aborted) => ChangeAsync(exchange, LearnedKind.Path, add: true);

    internal ValueTask RemoveDomainAsync(HttpExchange exchange, string id, CancellationToken aborted) => ChangeAsync(exchange, LearnedKind.Domain, add: false);

    internal ValueTask RemovePathAsync(HttpExchange exchange, string id, CancellationToken aborted) => ChangeAsync(exchange, LearnedKind.Path, add: false);

    internal ValueTask ClearDomainsAsync(HttpExchange exchange, string id, CancellationToken aborted) => ClearAsync(exchange, LearnedKind.Domain);

    internal ValueTask ClearPathsAsync(HttpExchange exchange, string id, CancellationToken aborted) => ClearAsync(exchange, LearnedKind.Path);

    private async ValueTask ListAsync(HttpExchange exchange, LearnedKind kind)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read(PathOf(kind))).ConfigureAwait(false) is null)
        {
            return;
        }

        if (!TryReadAction(exchange, out var actionId))
        {
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteStartArray(kind == LearnedKind.Domain ? "domains"u8 : "paths"u8);
        foreach (var entry in learned.List(kind, actionId))
        {
            json.WriteStartObject();
            json.WriteString("action_id"u8, entry.ActionId);
            json.WriteString(NameOf(kind), entry.Value);
            json.WriteString("added_by"u8, entry.AddedBy);
            json.WriteString("added_at"u8, entry.AddedAt);
            json.WriteString("source"u8, entry.Source);
            json.WriteString("approval_id"u8, entry.ApprovalId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private async ValueTask ChangeAsync(HttpExchange exchange, LearnedKind kind, bool add)
    {
        var access = OperatorAccess.Change(add ? "POST" : "DELETE", PathOf(kind));
        if (await door.AdmitAsync(exchange, access).ConfigureAwait(false) is not { } @operator
            || await exchange.ReadBodyAsync().ConfigureAwait(false) is not { } body)
        {
            return;
        }

        if (LearnRequest.Read(exchange, body, kind, out var request) is { } refusal)
        {
            ErrorAnswer.Write(exchange, refusal);
            return;
        }

        var by = Learner.Of(@operator);
        var result = (kind, add) switch
        {
            (LearnedKind.Domain, true) => await learned
                .AddDomainAsync(request.ActionId, request.Value, by, request.Source, wide: request.Force).ConfigureAwait(false),
            (LearnedKind.Path, true) => await learned.AddPathAsync(request.ActionId, request.Value, by, request.Source).ConfigureAwait(false),
            _ => await learned.RemoveAsync(kind, request.ActionId, request.Value, by).ConfigureAwait(false),
        };
        if (Refusal(kind, in result) is { } denial)
        {
            ErrorAnswer.Write(exchange, denial, actionId: request.ActionId);
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("action_id"u8, request.ActionId);
        json.WriteString(NameOf(kind), result.Value);
        json.WriteBoolean(add ? "inserted"u8 : "deleted"u8, result.Outcome == LearnOutcome.Changed);
        json.WriteEndObject();
    }

    private async ValueTask ClearAsync(HttpExchange exchange, LearnedKind kind)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Change("DELETE", PathOf(kind) + "/clear")).ConfigureAwait(false) is not { } @operator
            || !TryReadAction(exchange, out var actionId))
        {
            return;
        }

        if (actionId is null)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "the query needs 'action', the action to clear"));
            return;
        }

        var result = await learned.ClearAsync(kind, actionId, Learner.Of(@operator)).ConfigureAwait(false);
        if (Refusal(kind, in result) is { } denial)
        {
            ErrorAnswer.Write(exchange, denial);
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("action_id"u8, actionId);
        json.WriteNumber("deleted_count"u8, result.Count);
        json.WriteEndObject();
    }

    // The last of several counts; an empty one is none.
    private static bool TryReadAction(HttpExchange exchange, out string? actionId)
    {
        actionId = null;
        var reader = new QueryReader(exchange.Query);
        QueryToken token;
        while ((token = reader.Read(out var name, out var value)) == QueryToken.Parameter)
        {
            actionId = name == "action" && value.Length > 0 ? value : actionId;
        }

        if (token == QueryToken.Malformed)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "the query is malformed"));
            return false;
        }

        if (actionId is null || LearnedStore.IsActionId(actionId))
        {
            return true;
        }

        ErrorAnswer.Write(exchange, new Denial(GateFailure.InvalidActionId, "action is 1 to 253 letters, digits, hyphens and underscores"));
        return false;
    }

    private static Denial? Refusal(LearnedKind kind, in LearnResult result) => result.Outcome switch
    {
        LearnOutcome.Changed or LearnOutcome.Unchanged => null,
        LearnOutcome.InvalidActionId => new Denial(GateFailure.InvalidActionId, result.Detail),
        LearnOutcome.UnknownAction => new Denial(GateFailure.ActionNotFound, result.Detail),
        LearnOutcome.NotPermitted => new Denial(GateFailure.LearningNotPermitted, result.Detail),
        LearnOutcome.Invalid => new Denial(kind == LearnedKind.Domain ? GateFailure.InvalidDomain : GateFailure.InvalidPathGlob, PlainText.Clean(result.Detail)),
        LearnOutcome.Full => new Denial(GateFailure.LearnedLimitReached, result.Detail),
        _ => new Denial(GateFailure.StoreUnavailable),
    };

    private static string PathOf(LearnedKind kind) => kind == LearnedKind.Domain ? Domains : Paths;

    private static ReadOnlySpan<byte> NameOf(LearnedKind kind) => kind == LearnedKind.Domain ? "domain"u8 : "path_glob"u8;
}
