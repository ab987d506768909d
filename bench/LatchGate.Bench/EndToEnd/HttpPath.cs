using System.Diagnostics;
using System.Globalization;
using System.Net;
using LatchGate.Egress;
using LatchGate.HostIo;

namespace LatchGate.Bench.EndToEnd;

/// <summary>
/// What the gate's HTTP path costs over a bare call of the platform's client to the same upstream on loopback: reading the URL, judging
/// names and address, caps, filters, metering, the record with its digests. Both in this process, in turns, so that a busy machine
/// slows both down alike; the ratio of their medians is the number.
/// </summary>
internal static class HttpPath
{
    private const int Turn = 100;
    private const int Rounds = 5;

    internal static async Task RunAsync(double seconds)
    {
        using var upstream = new Upstream();
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{upstream.Port}/items?page=1");
        using var bare = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false });
        using var host = new HttpHost(new SystemHostResolver(TimeSpan.FromSeconds(1), TimeProvider.System), trustedRoots: null, TimeProvider.System);
        var target = new Uri(url);
        var context = Context();
        var request = new HostHttpRequest("GET", url, [new HeaderField("accept", "application/json")], null, null);

        Console.WriteLine("round   bare p50   gate p50   ratio    bare p99   gate p99   (µs)");
        var ratios = new List<double>();
        for (var round = -1; round < Rounds; round++)
        {
            var (plain, gated) = (new Samples(1 << 16), new Samples(1 << 16));
            var end = Stopwatch.GetTimestamp() + (long)(seconds / (Rounds + 1) * Stopwatch.Frequency);
            while (Stopwatch.GetTimestamp() < end)
            {
                await MeasureAsync(plain, () => BareAsync(bare, target)).ConfigureAwait(false);
                await MeasureAsync(gated, () => GatedAsync(host, request, context)).ConfigureAwait(false);
            }

            // The first round warms up.
            if (round >= 0)
            {
                var ratio = gated.Percentile(0.5) / plain.Percentile(0.5);
                ratios.Add(ratio);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{round + 1,5}   {plain.Percentile(0.5),8:F1}   {gated.Percentile(0.5),8:F1}   {ratio,5:F2}    {plain.Percentile(0.99),8:F1}   {gated.Percentile(0.99),8:F1}"));
            }
        }

        ratios.Sort();
        var ofBare = await AllocatedAsync(() => BareAsync(bare, target)).ConfigureAwait(false);
        var ofGate = await AllocatedAsync(() => GatedAsync(host, request, context)).ConfigureAwait(false);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median ratio {ratios[ratios.Count / 2]:F2} (bound 1.3); {ofBare} bytes allocated by a bare call, {ofGate} by one of the gate"));
    }

    private static HttpCallContext Context()
    {
        var rule = new EgressAllowRule(
            "loopback", [new HostPattern(HostPatternKind.Exact, "127.0.0.1")], [], [new PortRange(1, ushort.MaxValue)], EgressSchemes.Http, ["GET"],
            AllowPrivateTargets: true, Resolve: false, Expires: null);
        var rules = new EgressRuleSet(EgressProfile.ProxyAllowlist, [rule], [], AllowLearning: false, EgressLimits.Default);
        var ceiling = new EgressCeiling { PrivateCidrs = [new Cidr(IPAddress.Parse("127.0.0.0"), 8)], GateAddresses = [.. LocalAddresses.Enumerate()] };
        return new HttpCallContext(rules, ceiling, "agent:bench", "bench", 1 << 20);
    }

    private static async Task MeasureAsync(Samples samples, Func<Task> call)
    {
        for (var i = 0; i < Turn; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await call().ConfigureAwait(false);
            samples.Add(Stopwatch.GetTimestamp() - start);
        }
    }

    private static async Task<long> AllocatedAsync(Func<Task> call)
    {
        const int Calls = 1_000;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Calls; i++)
        {
            await call().ConfigureAwait(false);
        }

        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Calls;
    }

    private static async Task BareAsync(HttpMessageInvoker client, Uri url)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, url);
        message.Headers.TryAddWithoutValidation("accept", "application/json");
        using var response = await client.SendAsync(message, CancellationToken.None).ConfigureAwait(false);
        Require(response.IsSuccessStatusCode && (await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false)).Length > 0);
    }

    private static async Task GatedAsync(HttpHost host, HostHttpRequest request, HttpCallContext context)
    {
        var evidence = new List<EffectEvidence>(1);
        var outcome = await host.SendAsync(request, context, evidence, CancellationToken.None).ConfigureAwait(false);
        Require(outcome.Verdict.Allowed && outcome.Response.Body.Length > 0 && evidence.Count == 1);
    }

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("A call does not work, so it measures nothing.");
        }
    }
}
