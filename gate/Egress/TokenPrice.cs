namespace LatchGate.Egress;

/// <summary>What tokens of a model cost, in millionths of a US dollar for a million tokens.</summary>
/// <param name="Input">Of the request.</param>
/// <param name="Output">Of the answer.</param>
public sealed record TokenPrice(long Input, long Output)
{
    private const long Million = 1_000_000;

    /// <summary>The price of a call in millionths of a US dollar, rounded up: a cap is never passed by rounding.</summary>
    /// <param name="input">Tokens of the request, 0 to 2^53.</param>
    /// <param name="output">Tokens of the answer, 0 to 2^53.</param>
    public long Of(long input, long output)
    {
        var cost = ((Int128)input * Input) + ((Int128)output * Output);
        return (long)Int128.Min(long.MaxValue, (cost + Million - 1) / Million);
    }
}
