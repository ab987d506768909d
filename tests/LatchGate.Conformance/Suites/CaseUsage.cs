using System.Text;
using System.Text.Json;
using LatchGate.Egress;
using LatchGate.Egress.Caps;

namespace LatchGate.Conformance.Suites;

/// <summary>What a case says was used before, and the model call that reserves what it says is reserved.</summary>
internal sealed class CaseUsage(JsonElement testCase) : ICapStore
{
    /// <summary>One micro-dollar for each token out of the one model, none for the other.</summary>
    internal static Dictionary<string, TokenPrice> Prices { get; } = new() { ["free"] = new TokenPrice(0, 0), ["paid"] = new TokenPrice(0, 1_000_000) };

    public DayUsage? Find(CapKey key) => testCase.TryGetProperty("usage", out var usage)
        ? new DayUsage(20_454, Number(usage, "bytes_today"), Number(usage, "tokens_today"), Number(usage, "usd_micros_today"))
        : null;

    public ValueTask<bool> AddAsync(CapKey key, DayUsage change, string traceId) => ValueTask.FromResult(true);

    /// <summary>Gives the execution what it has used already.</summary>
    internal static void Preset(JsonElement testCase, EgressRuleSet rules, ExecutionCaps caps)
    {
        if (!testCase.TryGetProperty("usage", out var usage))
        {
            return;
        }

        foreach (var rule in rules.Allow)
        {
            var used = caps.UsageOf(rule.Name);
            (used.Bytes, used.Tokens) = (Number(usage, "bytes_execution"), Number(usage, "tokens_execution"));
        }
    }

    /// <summary>A request body that reserves exactly what the case says; null where it says nothing.</summary>
    internal static byte[]? ModelCall(JsonElement request)
    {
        if (request.TryGetProperty("reserve_usd_micros", out var micros))
        {
            return Body("paid", micros.GetInt64());
        }

        if (!request.TryGetProperty("reserve_tokens", out var tokens))
        {
            return null;
        }

        var input = (Body("free", 100).Length + SpendEstimate.BytesPerToken - 1) / SpendEstimate.BytesPerToken;
        return Body("free", tokens.GetInt64() - input);
    }

    // Always of one length, whatever the number.
    private static byte[] Body(string model, long maxTokens) =>
        Encoding.ASCII.GetBytes($$"""{"model":"{{model}}","max_tokens":{{maxTokens}}}""".PadRight(48));

    private static long Number(JsonElement owner, string name) => owner.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
}
