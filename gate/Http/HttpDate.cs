using System.Globalization;

namespace LatchGate.Http;

/// <summary>The value of <c>date</c> (IMF-fixdate, RFC 9110 §5.6.7), formatted once a second.</summary>
internal sealed class HttpDate(TimeProvider time)
{
    internal const int Length = 29;

    private Cached _cached = new(-1, new byte[Length]);

    /// <summary>The 29 bytes of now.</summary>
    internal ReadOnlySpan<byte> Now()
    {
        var now = time.GetUtcNow();
        var second = now.Ticks / TimeSpan.TicksPerSecond;
        var cached = Volatile.Read(ref _cached);
        if (cached.Second != second)
        {
            // Two threads may both format; either result is right.
            var text = new byte[Length];
            _ = now.TryFormat(text, out _, "R", CultureInfo.InvariantCulture);
            cached = new Cached(second, text);
            Volatile.Write(ref _cached, cached);
        }

        return cached.Text;
    }

    private sealed record Cached(long Second, byte[] Text);
}
