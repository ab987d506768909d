using System.Text.Json;
using LatchGate.Budgets;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>GET <c>/v1/admin/budgets?principal=</c>: what principals may spend and have spent. Admin socket only.</summary>
internal sealed class BudgetsEndpoint(OperatorGate door, BudgetBook book, BudgetDesk desk, Ledger ledger)
{
    private const int MostPrincipals = 1000;

    internal async ValueTask ShowAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/admin/budgets")).ConfigureAwait(false) is null)
        {
            return;
        }

        if (!TryReadPrincipal(exchange.Query, out var principal))
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "the query is malformed"));
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteStartObject("default"u8);
        WriteLimits(json, book.Default);
        json.WriteEndObject();
        json.WriteStartArray("principals"u8);
        var truncated = false;
        foreach (var name in principal is null ? Known(out truncated) : [principal])
        {
            Write(json, name);
        }

        json.WriteEndArray();
        json.WriteBoolean("truncated"u8, truncated);
        json.WriteEndObject();
    }

    private SortedSet<string> Known(out bool truncated)
    {
        var names = new SortedSet<string>(book.Named, StringComparer.Ordinal);
        var counted = ledger.Read(static reader => reader.CountedPrincipals(MostPrincipals + 1));
        truncated = counted.Count > MostPrincipals;
        for (var i = 0; i < counted.Count && i < MostPrincipals; i++)
        {
            names.Add(counted[i]);
        }

        return names;
    }

    private void Write(Utf8JsonWriter json, string principal)
    {
        var bounds = book.Of(principal) ?? CallBounds.None;
        var usage = desk.UsageOf(principal);
        json.WriteStartObject();
        json.WriteString("principal"u8, principal);
        Write(json, "calls_per_hour"u8, bounds.PerHour, usage.Hour, usage.OpensAt(BudgetBound.Hour, bounds.PerHour));
        Write(json, "calls_per_day"u8, bounds.PerDay, usage.Day, usage.OpensAt(BudgetBound.Day, bounds.PerDay));
        Write(json, "calls_total"u8, bounds.Total, usage.Total, null);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? limit, long used, DateTimeOffset? opensAt)
    {
        json.WriteStartObject(name);
        WriteNumber(json, "limit"u8, limit);
        json.WriteNumber("used"u8, used);
        WriteNumber(json, "remaining"u8, limit is { } bound ? Math.Max(0, bound - used) : null);
        json.WriteString("opens_at"u8, opensAt is { } at ? WireTime.Format(at) : null);
        json.WriteEndObject();
    }

    private static void WriteLimits(Utf8JsonWriter json, CallBounds bounds)
    {
        WriteNumber(json, "calls_per_hour"u8, bounds.PerHour);
        WriteNumber(json, "calls_per_day"u8, bounds.PerDay);
        WriteNumber(json, "calls_total"u8, bounds.Total);
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static bool TryReadPrincipal(ReadOnlySpan<byte> query, out string? principal)
    {
        principal = null;
        var reader = new QueryReader(query);
        QueryToken token;
        while ((token = reader.Read(out var name, out var value)) == QueryToken.Parameter)
        {
            principal = name == "principal" && value.Length > 0 ? value : principal;
        }

        return token == QueryToken.End;
    }
}
