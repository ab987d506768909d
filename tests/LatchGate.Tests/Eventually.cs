using System.Runtime.CompilerServices;

namespace LatchGate.Tests;

/// <summary>Waits for what comes about by itself; a test that waits in vain fails, and says for what.</summary>
internal static class Eventually
{
    // Far beyond what anything here takes on a busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static Task HoldsAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        HoldsAsync(() => Task.FromResult(condition()), what);

    internal static async Task HoldsAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        using var patience = new CancellationTokenSource(Patience);
        for (var i = 0; !await condition(); i++)
        {
            Assert.False(patience.IsCancellationRequested, $"not within {Patience.TotalSeconds} s: {what}");
            await Task.Delay(i < 100 ? 1 : 20, TestContext.Current.CancellationToken);
        }
    }
}
