namespace LatchGate.Bench.EndToEnd;

/// <summary>How long to measure.</summary>
/// <param name="Starts">Starts of the gate.</param>
/// <param name="WarmUpSeconds">Before anything counts.</param>
/// <param name="Rounds">Slices of floor and calls in turn, so that a drift of the machine hits both.</param>
/// <param name="FloorSeconds">Of each round.</param>
/// <param name="AloneSeconds">Of each round, for each call, with one connection.</param>
/// <param name="TogetherSeconds">Of each round, for each call, with 32.</param>
/// <param name="IdleSeconds">Before idle memory is read.</param>
internal sealed record Windows(
    int Starts, double WarmUpSeconds, int Rounds, double FloorSeconds, double AloneSeconds, double TogetherSeconds, double IdleSeconds)
{
    internal static Windows Full { get; } = new(20, 3, 5, 1.5, 2, 2, 5);

    internal static Windows Quick { get; } = new(5, 1, 3, 0.5, 0.7, 0.7, 1);
}
