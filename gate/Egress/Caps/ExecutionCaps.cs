using LatchGate.Storage;

namespace LatchGate.Egress.Caps;

/// <summary>What became of a request for passage under a rule's caps.</summary>
/// <param name="Verdict">Allows, or the cap that refuses.</param>
/// <param name="Lease">Not null when the verdict allows and the rule has caps. Always end it with <see cref="CapLease.SettleAsync"/>.</param>
public readonly record struct CapAdmission(EgressVerdict Verdict, CapLease? Lease);

/// <summary>One execution's usage. An execution makes one request at a time.</summary>
public sealed class ExecutionCaps
{
    private readonly CapBook _book;
    private readonly string _traceId;
    private readonly Dictionary<string, ExecutionUsage> _used = new(StringComparer.Ordinal);

    internal ExecutionCaps(CapBook book, string traceId) => (_book, _traceId) = (book, traceId);

    /// <summary>
    /// Step 12 of reference/egress.md C3, after policy: a denied target neither uses nor shows a budget. Bytes are refused when none are
    /// left; spending when what the request may use up does not fit, and that is reserved, durably where it counts for the day.
    /// </summary>
    /// <param name="route">What was judged.</param>
    /// <param name="body">The request's body; null for none.</param>
    /// <param name="trace">Takes the verdict.</param>
    public ValueTask<CapAdmission> AdmitAsync(JudgedRoute route, ReadOnlyMemory<byte>? body, JudgementTrace? trace = null)
    {
        if (route.AllowRule is { Bandwidth: null, Spend: null })
        {
            var allowed = EgressVerdict.Allow(route.Rule);
            trace?.Add(JudgementStep.Caps, allowed);
            return ValueTask.FromResult(new CapAdmission(allowed, null));
        }

        return AdmitCappedAsync(route, body, trace);
    }

    /// <summary>What this execution has used under a rule.</summary>
    internal ExecutionUsage UsageOf(string rule)
    {
        if (!_used.TryGetValue(rule, out var used))
        {
            _used.Add(rule, used = new ExecutionUsage());
        }

        return used;
    }

    private async ValueTask<CapAdmission> AdmitCappedAsync(JudgedRoute route, ReadOnlyMemory<byte>? body, JudgementTrace? trace)
    {
        var (reason, lease) = await ReserveAsync(route, body).ConfigureAwait(false);
        var verdict = reason == EgressReason.Allowed ? EgressVerdict.Allow(route.Rule) : EgressVerdict.Refuse(reason, rule: route.Rule);
        trace?.Add(JudgementStep.Caps, verdict);
        return new CapAdmission(verdict, lease);
    }

    private async ValueTask<(EgressReason Reason, CapLease? Lease)> ReserveAsync(JudgedRoute route, ReadOnlyMemory<byte>? body)
    {
        var rule = route.AllowRule;
        var used = UsageOf(rule.Name);
        if (used.Bytes >= rule.Bandwidth?.BytesPerExecution)
        {
            return (EgressReason.BandwidthCap, null);
        }

        var estimate = rule.Spend is null ? null : SpendEstimate.Of(body ?? default);
        if (TryCost(rule.Spend, estimate, out var tokens, out var price) is { } refusal)
        {
            return (refusal, null);
        }

        if (CapCounter.IsOver(used.Tokens, tokens, rule.Spend?.TokensPerExecution))
        {
            return (EgressReason.SpendCap, null);
        }

        var usdMicros = price is null || estimate is null ? 0 : price.Of(estimate.Input, tokens - estimate.Input);
        CapCounter counter;
        try
        {
            counter = _book.Rent(route);
        }
        catch (DatabaseException)
        {
            // What was used cannot be known: nothing more is let through on a guess.
            return (EgressReason.CapsUnavailable, null);
        }

        var day = DayUsage.DayOf(_book.Time.GetUtcNow());
        var reason = counter.Reserve(rule.Bandwidth, rule.Spend, day, tokens, usdMicros);
        if (reason != EgressReason.Allowed)
        {
            _book.Return(counter);
            return (reason, null);
        }

        used.Tokens += tokens;
        var reserved = new DayUsage(day, 0, tokens, usdMicros);
        var lease = new CapLease(_book, counter, used, reserved, price, isKept: CapBook.HasDay(rule), _traceId);
        if (tokens > 0 && CapBook.HasDay(rule) && !await _book.Store.AddAsync(counter.Key, reserved, _traceId).ConfigureAwait(false))
        {
            lease.Forget();
            return (EgressReason.CapsUnavailable, null);
        }

        return (EgressReason.Allowed, lease);
    }

    // What the call may use up: its estimated input, and the output that it asks for or the rule lets it have.
    private EgressReason? TryCost(SpendCap? cap, SpendEstimate? estimate, out long tokens, out TokenPrice? price)
    {
        (tokens, price) = (0, null);
        if (cap is null || estimate is null)
        {
            return null;
        }

        if (estimate.RequestedOutput > cap.MaxOutputTokens)
        {
            return EgressReason.SpendCap;
        }

        tokens = estimate.Input + (estimate.RequestedOutput ?? cap.MaxOutputTokens ?? 0);
        price = cap.UsdMicrosPerDay is null ? null : _book.PriceOf(estimate.Model);
        return cap.UsdMicrosPerDay is not null && price is null ? EgressReason.SpendUnpriced : null;
    }
}

/// <summary>What one execution used under one rule.</summary>
internal sealed class ExecutionUsage
{
    internal long Bytes { get; set; }

    internal long Tokens { get; set; }
}
