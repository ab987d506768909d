using System.Text;
using LatchGate.Egress;
using LatchGate.Egress.Caps;
using LatchGate.Evidence;
using LatchGate.Tests.Evidence;
using static LatchGate.Tests.Egress.RuleKit;

namespace LatchGate.Tests.Egress.Caps;

/// <summary>Caps over a real ledger: what counts, what is refused, and what outlives a restart.</summary>
public sealed class CapBookTests : IDisposable
{
    private static readonly Dictionary<string, TokenPrice> Prices = new() { ["gpt"] = new TokenPrice(1_000_000, 2_000_000) };

    private readonly TempLedger _ledger = new();

    private CapBook _book;

    public CapBookTests() => _book = Book();

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task Bytes_of_a_day_are_refused_once_they_are_used_up_also_after_a_restart_until_midnight()
    {
        var rule = Allow("api", "api.example.com") with { Bandwidth = new BandwidthCap(null, null, null, 5000) };
        await PassAsync(rule, 4999);
        await PassAsync(rule, 100);

        Assert.Equal(EgressReason.BandwidthCap, (await AdmitAsync(rule)).Verdict.Reason);
        Restart();
        var refused = await AdmitAsync(rule);
        Assert.Equal((EgressReason.BandwidthCap, 429, "api"), (refused.Verdict.Reason, refused.Verdict.Status, refused.Verdict.Rule));

        _ledger.Time.Advance(TimeSpan.FromHours(20.9));
        Assert.Equal(EgressReason.BandwidthCap, (await AdmitAsync(rule)).Verdict.Reason);
        _ledger.Time.Advance(TimeSpan.FromHours(0.1));
        Assert.True((await AdmitAsync(rule)).Verdict.Allowed);
    }

    [Fact]
    public async Task Caps_are_of_one_principal_in_one_action_under_one_rule()
    {
        var rule = Allow("api", "api.example.com") with { Bandwidth = new BandwidthCap(null, null, null, 10) };
        await PassAsync(rule, 10);

        Assert.False((await AdmitAsync(rule)).Verdict.Allowed);
        Assert.True((await AdmitAsync(rule, principal: "uid:1001")).Verdict.Allowed);
        Assert.True((await AdmitAsync(rule with { Name = "other" })).Verdict.Allowed);
    }

    [Fact]
    public async Task Bytes_of_an_execution_are_that_executions_alone()
    {
        var rule = Allow("api", "api.example.com") with { Bandwidth = new BandwidthCap(null, null, 2000, null) };
        var caps = _book.ForExecution("t");
        var lease = (await caps.AdmitAsync(Route(rule), null)).Lease!;
        await lease.PassAsync(2000, CancellationToken.None);
        await lease.SettleAsync(default);

        Assert.Equal(EgressReason.BandwidthCap, (await caps.AdmitAsync(Route(rule), null)).Verdict.Reason);
        Assert.True((await AdmitAsync(rule)).Verdict.Allowed);
        Assert.Equal(0, _ledger.Ledger.Read(reader => reader.CountEvents()));
    }

    [Theory]
    [InlineData(70, true)] // 30 bytes of request are 10 tokens; 20 are used: 100 in all, the cap exactly
    [InlineData(71, false)]
    public async Task Tokens_are_reserved_before_the_call(int maxTokens, bool allowed)
    {
        var rule = Spending(new SpendCap(null, 100, null, null));
        var first = await AdmitAsync(rule, Body("x", 0, 30));
        await first.Lease!.SettleAsync("""{"usage":{"input_tokens":5,"output_tokens":15}}"""u8.ToArray());

        Assert.Equal(allowed ? EgressReason.Allowed : EgressReason.SpendCap, (await AdmitAsync(rule, Body("x", maxTokens, 30))).Verdict.Reason);
    }

    [Fact]
    public async Task A_reservation_stands_until_it_is_settled_and_survives_a_crash()
    {
        var rule = Spending(new SpendCap(null, 100, null, null));
        Assert.NotNull((await AdmitAsync(rule, Body("x", 80, 30))).Lease);

        // The process dies while the call is under way.
        Restart();
        Assert.Equal(EgressReason.SpendCap, (await AdmitAsync(rule, Body("x", 1, 30))).Verdict.Reason);
    }

    [Fact]
    public async Task What_the_answer_reports_replaces_the_reservation_and_silence_lets_it_stand()
    {
        var rule = Spending(new SpendCap(null, 100, null, null));
        await (await AdmitAsync(rule, Body("x", 80, 30))).Lease!.SettleAsync("""{"usage":{"prompt_tokens":3,"completion_tokens":7}}"""u8.ToArray());
        var second = await AdmitAsync(rule, Body("x", 80, 30));
        Assert.True(second.Verdict.Allowed); // 10 used and 90 reserved
        await second.Lease!.SettleAsync("no JSON"u8.ToArray());

        Assert.Equal(EgressReason.SpendCap, (await AdmitAsync(rule, Body("x", 0, 30))).Verdict.Reason);
        Restart();
        Assert.Equal(EgressReason.SpendCap, (await AdmitAsync(rule, Body("x", 0, 30))).Verdict.Reason);
        Assert.Equal(100, _ledger.Ledger.Read(reader => reader.FindEgressUsage(new CapKey("uid:1000", "test_action", "api")))!.Tokens);
    }

    [Fact]
    public async Task Tokens_of_an_execution_and_the_output_of_one_request_have_caps_of_their_own()
    {
        var rule = Spending(new SpendCap(300, null, 50, null));
        var caps = _book.ForExecution("t");
        await (await caps.AdmitAsync(Route(rule), Body("x", 50, 30))).Lease!.SettleAsync("""{"usage":{"input_tokens":200,"output_tokens":50}}"""u8.ToArray());

        Assert.Equal(EgressReason.SpendCap, (await caps.AdmitAsync(Route(rule), Body("x", 41, 30))).Verdict.Reason);
        Assert.Equal(EgressReason.Allowed, (await caps.AdmitAsync(Route(rule), Body("x", 40, 30))).Verdict.Reason);
        Assert.Equal(EgressReason.SpendCap, (await AdmitAsync(rule, Body("x", 51, 30))).Verdict.Reason);
    }

    [Fact]
    public async Task Money_needs_a_price_and_is_rounded_up()
    {
        var rule = Spending(new SpendCap(null, null, null, 100));

        Assert.Equal(EgressReason.SpendUnpriced, (await AdmitAsync(rule, Body("unknown", 1, 30))).Verdict.Reason);

        // 12 tokens in for 1 each, 44 out for 2 each: 100, the cap exactly.
        Assert.Equal(EgressReason.SpendCap, (await AdmitAsync(rule, Body("gpt", 45, 36))).Verdict.Reason);
        Assert.Equal(EgressReason.Allowed, (await AdmitAsync(rule, Body("gpt", 44, 36))).Verdict.Reason);
        Assert.Equal(1, new TokenPrice(1, 0).Of(1, 0));
    }

    [Fact]
    public async Task A_request_that_is_no_model_call_reserves_nothing()
    {
        var rule = Spending(new SpendCap(1, 1, 1, 1));

        Assert.True((await AdmitAsync(rule)).Verdict.Allowed);
        Assert.True((await AdmitAsync(rule, "plain text"u8.ToArray())).Verdict.Allowed);
    }

    [Fact]
    public async Task Concurrent_calls_never_reserve_more_than_the_cap()
    {
        var rule = Spending(new SpendCap(null, 100, null, null));

        var admitted = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => AdmitAsync(rule, Body("x", 20, 30)).AsTask())));

        Assert.Equal(3, admitted.Count(a => a.Verdict.Allowed)); // 30 each
    }

    [Fact]
    public async Task The_metrics_tell_what_is_left_to_the_principal_that_has_least()
    {
        var metrics = new LatchGate.Telemetry.GateMetrics(LatchGate.Actions.ActionRegistry.OfThisBuild(), _ledger.Time) { Caps = _book };
        Assert.DoesNotContain("latchgate_egress_cap_remaining{", metrics.Render(0, new LedgerCounts(), 0), StringComparison.Ordinal);
        var rule = Allow("api", "api.example.com") with { Bandwidth = new BandwidthCap(null, null, null, 5000) };
        await PassAsync(rule, 100);
        Assert.True((await AdmitAsync(rule, principal: "uid:1001")).Verdict.Allowed);

        Assert.Matches("\nlatchgate_egress_cap_remaining\\{action=\"[^\"]+\",rule=\"api\",cap=\"bytes_per_day\"\\} 4900\n", metrics.Render(0, new LedgerCounts(), 0));
        Assert.Single(_book.Remaining());

        _ledger.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(5000, Assert.Single(_book.Remaining()).Remaining);
    }

    [Fact]
    public async Task Without_a_ledger_nothing_is_spent()
    {
        var rule = Spending(new SpendCap(null, 100, null, null));
        _ledger.Close();
        _book = new CapBook(new BrokenStore(), Prices, _ledger.Time);

        var refused = await AdmitAsync(rule, Body("x", 1, 30));

        Assert.Equal((EgressReason.CapsUnavailable, 503), (refused.Verdict.Reason, refused.Verdict.Status));
        Assert.Null(refused.Lease);
    }

    [Fact]
    public async Task Each_change_of_a_days_usage_is_an_event()
    {
        var rule = Allow("api", "api.example.com") with { Bandwidth = new BandwidthCap(null, null, null, 5000) };
        await PassAsync(rule, 12);

        var recorded = Assert.Single(_ledger.Ledger.Read(reader => reader.QueryEvents(new EventQuery { EventType = EventTypes.EgressUsage })));
        Assert.Contains("\"bytes\":12", Encoding.UTF8.GetString(recorded.Json.Span), StringComparison.Ordinal);
    }

    private static EgressAllowRule Spending(SpendCap cap) => Allow("api", "api.example.com") with { Spend = cap };

    private static JudgedRoute Route(EgressAllowRule rule, string principal = "uid:1000")
    {
        Judge(Ask(Rules(rule), "https://api.example.com/", principal: principal), out var route, "93.184.216.34");
        return route!;
    }

    // A model call of exactly so many bytes.
    private static byte[] Body(string model, int maxTokens, int bytes)
    {
        var text = $$"""{"model":"{{model}}"{{(maxTokens > 0 ? $",\"max_tokens\":{maxTokens}" : "")}}}""";
        return Encoding.ASCII.GetBytes(text.PadRight(bytes)[..Math.Max(bytes, text.Length)]);
    }

    private CapBook Book() => new(new LedgerCapStore(_ledger.Ledger), Prices, _ledger.Time);

    private void Restart()
    {
        _ledger.Reopen();
        _book = Book();
    }

    private ValueTask<CapAdmission> AdmitAsync(EgressAllowRule rule, byte[]? body = null, string principal = "uid:1000") =>
        _book.ForExecution("t").AdmitAsync(Route(rule, principal), body is null ? default(ReadOnlyMemory<byte>?) : body);

    private async Task PassAsync(EgressAllowRule rule, long bytes)
    {
        var admission = await AdmitAsync(rule);
        Assert.True(admission.Verdict.Allowed);
        await admission.Lease!.PassAsync(bytes, CancellationToken.None);
        Assert.True(await admission.Lease.SettleAsync(default));
        Assert.True(await admission.Lease.SettleAsync(default));
    }

    private sealed class BrokenStore : ICapStore
    {
        public DayUsage? Find(CapKey key) => null;

        public ValueTask<bool> AddAsync(CapKey key, DayUsage change, string traceId) => ValueTask.FromResult(false);
    }
}
