using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Egress.Proxy;
using LatchGate.Evidence;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Telemetry;
using LatchGate.Tests.Config;
using LatchGate.Tests.Evidence;
using LatchGate.Tests.Learned;

namespace LatchGate.Tests.Egress.Proxy;

/// <summary>The list follows what is learned, whatever way it is learned; what fails is seen and tried again.</summary>
public sealed class EgressProxyServiceTests : IDisposable
{
    private static readonly Learner Alice = new("alice", "operator_dpop", "jkt");

    private readonly TempDirectory _root = new();
    private readonly TempLedger _temp = new();
    private readonly StringWriter _log = new();
    private readonly LearnedStore _learned;

    public EgressProxyServiceTests() => _learned = new LearnedStore(_temp.Ledger, LearningActions.Registry, _ => { });

    private string File => _root["list/allowlist.txt"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _temp.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task Every_change_of_learned_hosts_is_in_the_file_without_being_asked_for()
    {
        using var service = Open(null);
        service.Start();
        Assert.Contains("api.github.com", SquidFiles.Read(File)!);
        Assert.DoesNotContain("new.example.com", SquidFiles.Read(File)!);
        var listed = SquidFiles.Read(File + ".one-label")!.Length;
        await WhileServingAsync(service, async () =>
        {
            await _learned.AddDomainAsync("http_fetch", "new.example.com", Alice, LearnSource.Api);
            await Eventually.HoldsAsync(() => SquidFiles.Read(File)!.Contains("new.example.com"));
            await _learned.AddDomainAsync("http_fetch", "*.wide.example.com", Alice, LearnSource.Approval);
            await Eventually.HoldsAsync(() => SquidFiles.Read(File + ".one-label")!.Contains(@"^[^.]+\.wide\.example\.com$"));
            await _learned.RemoveAsync(LearnedKind.Domain, "http_fetch", "NEW.example.com.", Alice);
            await Eventually.HoldsAsync(() => !SquidFiles.Read(File)!.Contains("new.example.com"));
            await _learned.ClearAsync(LearnedKind.Domain, "http_fetch", Alice);
            await Eventually.HoldsAsync(() => SquidFiles.Read(File + ".one-label")!.Length == listed);
        });
        Assert.Equal(ListState.Written, service.State.List);
        Assert.False(service.State.IsDegraded);
    }

    [Fact]
    public async Task Changes_that_come_together_are_one_reload()
    {
        var runs = _root["runs"];
        using var service = Open(null, Script($"echo run >> {runs}"));
        service.Start();
        await WhileServingAsync(service, async () =>
        {
            await Eventually.HoldsAsync(() => service.State.List == ListState.Written);
            var before = System.IO.File.ReadAllLines(runs).Length;
            for (var i = 0; i < 20; i++)
            {
                await _learned.AddDomainAsync("http_fetch", $"h{i}.example.com", Alice, LearnSource.Import);
            }

            await Eventually.HoldsAsync(() => SquidFiles.Read(File)!.Contains("h19.example.com") && service.State.Digest == service.Compute().Digest.ToString());
            Assert.InRange(System.IO.File.ReadAllLines(runs).Length - before, 1, 5);

            // Asked again with nothing new: no reload.
            var settled = System.IO.File.ReadAllLines(runs).Length;
            service.Request();
            await Task.Delay(500, Stop);
            Assert.Equal(settled, System.IO.File.ReadAllLines(runs).Length);
        });
    }

    [Fact]
    public async Task A_reload_that_fails_is_seen_and_tried_again_until_it_succeeds()
    {
        var good = _root["good"];
        using var service = Open(null, Script($"test -e {good} || {{ echo 'no pid file' >&2; exit 1; }}"));
        service.Start();
        await WhileServingAsync(service, async () =>
        {
            await Eventually.HoldsAsync(() => service.State.List == ListState.ReloadFailed);
            Assert.Equal("exit code 1: no pid file", service.State.Detail);
            Assert.True(service.State.IsDegraded);
            Assert.Equal((0, 1), service.Failures);
            await Eventually.HoldsAsync(() => _log.ToString().Contains("egress_list_reload_failed", StringComparison.Ordinal));

            System.IO.File.WriteAllText(good, "");
            service.Request();
            await Eventually.HoldsAsync(() => service.State.List == ListState.Written);
            Assert.Equal("", service.State.Detail);
            Assert.False(service.State.IsDegraded);
        });
    }

    [Fact]
    public async Task A_list_that_cannot_be_written_stops_the_start_and_later_is_seen()
    {
        _root.Write("list", "a file where the directory should be");
        using (var service = Open(null))
        {
            Assert.Equal(StartupError.EgressSyncFailed, Assert.Throws<StartupException>(service.Start).Error);
        }

        System.IO.File.Delete(_root["list"]);
        using var later = Open(null);
        later.Start();
        await WhileServingAsync(later, async () =>
        {
            await Eventually.HoldsAsync(() => later.State.List == ListState.Written);
            Directory.Delete(_root["list"], recursive: true);
            _root.Write("list", "in the way again");
            later.Request();
            await Eventually.HoldsAsync(() => later.State.List == ListState.WriteFailed);
            Assert.Equal(1, later.Failures.Write);
            System.IO.File.Delete(_root["list"]);
            later.Request();
            await Eventually.HoldsAsync(() => later.State.List == ListState.Written && System.IO.File.Exists(File));
        });
    }

    [Fact]
    public async Task A_proxy_that_is_away_is_degraded_and_asked_again_by_the_call_that_needs_it()
    {
        var up = false;
        await using var proxy = new FakeProxy(_ => up ? "HTTP/1.1 403 No\r\n\r\n" : "");
        using var service = Open(new ProxyAddress("127.0.0.1", proxy.Port), live: false);
        Assert.Equal(ProxyFault.NoAnswer, await service.RequireAttestedAsync(Stop));
        Assert.True(service.State.IsDegraded);
        Assert.False(service.State.IsOpen);
        up = true;
        await Eventually.HoldsAsync(async () => await service.RequireAttestedAsync(Stop) == ProxyFault.None);
        Assert.True(service.State.IsAttested);
    }

    [Fact]
    public async Task Calls_that_come_together_ask_a_proxy_that_fails_once()
    {
        await using var proxy = new FakeProxy(_ => "HTTP/1.1 200 Open\r\n\r\n");
        using var service = Open(new ProxyAddress("127.0.0.1", proxy.Port), live: false);
        var faults = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => service.RequireAttestedAsync(Stop).AsTask()));
        Assert.All(faults, fault => Assert.Equal(ProxyFault.AllowsUnlistedName, fault));
        Assert.InRange(proxy.Requests.Count, 1, 10);
        Assert.True(service.State.IsOpen);
    }

    [Fact]
    public async Task Without_a_proxy_nothing_is_demanded_and_nothing_written()
    {
        using var service = new EgressProxyService(EgressProxyConfig.None, LearningActions.Registry, _learned, EgressCeiling.Default, Log(), TimeProvider.System);
        service.Start();
        await service.ServeAsync(Stop);
        Assert.Equal(ProxyFault.None, await service.RequireAttestedAsync(Stop));
        Assert.False(service.State.IsDegraded);
    }

    [Fact]
    public async Task With_a_real_Squid_a_learned_host_is_in_force_and_a_taken_one_is_not()
    {
        Assert.SkipUnless(Squid.IsHere, Squid.Skipped);
        await using var squid = new Squid(Squid.WithLoopback);
        using var service = Open(squid.Address, live: true, path: squid.List);
        service.Start();
        await squid.StartAsync();
        await WhileServingAsync(service, async () =>
        {
            await Eventually.HoldsAsync(() => service.State is { List: ListState.InForce, IsAttested: true });
            Assert.Equal(403, await squid.ConnectAsync("new.example.com:443"));
            await _learned.AddDomainAsync("http_fetch", "new.example.com", Alice, LearnSource.Api);
            await Eventually.HoldsAsync(() => service.State.List == ListState.InForce && service.State.Digest == service.Compute().Digest.ToString());
            Assert.NotEqual(403, await squid.ConnectAsync("new.example.com:443"));
            await _learned.RemoveAsync(LearnedKind.Domain, "http_fetch", "new.example.com", Alice);
            await Eventually.HoldsAsync(() => service.State.List == ListState.InForce && service.State.Digest == service.Compute().Digest.ToString());
            Assert.Equal(403, await squid.ConnectAsync("new.example.com:443"));
        });
    }

    [Fact]
    public async Task A_host_that_is_lent_to_one_call_is_in_force_while_it_runs_and_gone_after()
    {
        Assert.SkipUnless(Squid.IsHere, Squid.Skipped);
        await using var squid = new Squid(Squid.WithLoopback);
        using var service = Open(squid.Address, live: true, path: squid.List);
        service.Start();
        await squid.StartAsync();
        var rule = EgressAllowlistTests.Rule([EgressAllowlistTests.Pattern("once.example.com")]);
        await WhileServingAsync(service, async () =>
        {
            using (await service.LendAsync(rule, Stop))
            {
                Assert.NotEqual(403, await squid.ConnectAsync("once.example.com:443"));
            }

            await Eventually.HoldsAsync(async () => await squid.ConnectAsync("once.example.com:443") == 403);
        });
    }

    [Fact]
    public async Task A_proxy_that_goes_on_with_another_list_is_told_apart_from_one_that_took_it_over()
    {
        Assert.SkipUnless(Squid.IsHere, Squid.Skipped);
        await using var squid = new Squid();
        using var service = Open(squid.Address, live: true, path: squid.List);
        service.Start();

        // Not watching, and nobody tells it.
        await squid.StartAsync(watchSeconds: 0);
        await WhileServingAsync(service, async () =>
        {
            await Eventually.HoldsAsync(() => service.State.List == ListState.InForce);
            await _learned.AddDomainAsync("http_fetch", "new.example.com", Alice, LearnSource.Api);
            await Eventually.HoldsAsync(() => service.State.List == ListState.NotInForce);
            Assert.True(service.State is { IsDegraded: true, IsAttested: true, IsOpen: false });
        });
    }

    private EgressProxyService Open(ProxyAddress? url, string? command = null, bool live = true, string? path = null) => new(
        new EgressProxyConfig(url, live ? path ?? File : null, command is null ? null : [command]), LearningActions.Registry, _learned, EgressCeiling.Default, Log(),
        TimeProvider.System);

    private GateLog Log() => new(TextWriter.Synchronized(_log), LogLevel.Info, TimeProvider.System);

    private string Script(string body) => _root.Write(
        $"script-{Guid.NewGuid():N}", $"#!/bin/sh\n{body}\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private static async Task WhileServingAsync(EgressProxyService service, Func<Task> body)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var serving = service.ServeAsync(stop.Token);
        await body();
        await stop.CancelAsync();
        await serving;
    }
}
