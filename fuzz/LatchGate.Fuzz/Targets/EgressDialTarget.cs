using System.Net;
using System.Net.Sockets;
using LatchGate.Egress;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;
using LatchGate.HostIo;

namespace LatchGate.Fuzz.Targets;

/// <summary>
/// The whole way out under the same scenarios as egress-judge: a request goes through the host, and whatever the host looks up, hands to the
/// wire or dials is written down. By the first byte the wire answers with a redirect, or is the real one over sockets that are refused.
/// </summary>
internal sealed class EgressDialTarget : FuzzTarget
{
    private readonly Witness _witness = new();
    private readonly HttpHost _redirected;
    private readonly HttpHost _dialled;

    public EgressDialTarget()
    {
        var time = new ScenarioTime();
        _redirected = new HttpHost(_witness, (IHttpTransport)_witness, time);
        _dialled = new HttpHost(_witness, new PinnedHttpTransport(_witness, null, time), time);
    }

    internal override string Name => "egress-dial";

    internal override string Property => "only what a naive judge allows is looked up, sent or dialled, on each hop, and only at addresses that were judged";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.HostIo.HttpHost", "LatchGate.HostIo.PinnedConnector", "LatchGate.HostIo.Redirects", "LatchGate.HostIo.HandlerCache", "LatchGate.HostIo.RouteKey", "LatchGate.HostIo.HttpMethods"];

    internal override int MaxLength => 384;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var isRedirected = !input.IsEmpty && input[0] % 4 != 0;
        var scenario = EgressScenario.Read(input.IsEmpty ? input : input[1..]);
        _witness.Begin(scenario);
        var request = new HostHttpRequest(scenario.Method, scenario.Url, [], null, null);
        var context = new HttpCallContext(scenario.Rules, scenario.Ceiling, scenario.Principal, "fuzz", 1 << 16, MaxRedirects: 3);
        var outcome = (isRedirected ? _redirected : _dialled).SendAsync(request, context, new List<EffectEvidence>(), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        if (_witness.Failure is { } failure)
        {
            throw new PropertyException(failure);
        }

        if (Target.Parse(scenario.Url, out var target, out _))
        {
            var answers = target.Address is { } literal ? [literal] : scenario.Answers;
            var allowed = NaiveJudge.Judge(EgressJudgeTarget.Question(scenario, target), answers) != NaiveVerdict.Denied && HttpMethods.IsKnown(scenario.Method);
            Check.Equal(allowed, _witness.Reached > 0, $"whether the wire is reached ({outcome.Verdict.Reason})");
        }
        else
        {
            Check.Holds(_witness.Reached == 0 && _witness.Lookups == 0, "what is no URL reaches nothing");
        }
    }

    // The hour at which the scenarios' rules expire. Timers run as ever.
    private sealed class ScenarioTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => EgressScenario.Now;
    }

    // Stands for the resolver, the wire and the sockets, and checks each use with the naive judge.
    private sealed class Witness : IHostResolver, IHttpTransport, ISocketDialer
    {
        private EgressScenario _scenario = null!;

        internal int Lookups { get; private set; }

        internal int Reached { get; private set; }

        internal string? Failure { get; private set; }

        internal void Begin(EgressScenario scenario) => (_scenario, Lookups, Reached, Failure) = (scenario, 0, 0, null);

        public ValueTask<(EgressReason Reason, IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation)
        {
            Lookups++;
            Require(NaiveJudge.MayLookUp(permit.Question) && permit.Question.Target.Address is null, $"{permit.Question.Target.Host} was looked up");
            return ValueTask.FromResult(_scenario.Answers.Length == 0 ? (EgressReason.DnsEmpty, []) : (EgressReason.Allowed, _scenario.Answers));
        }

        public ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation)
        {
            Reached++;
            var answers = route.Target.Address is { } literal ? [literal] : _scenario.Answers;
            var question = EgressJudgeTarget.Question(_scenario with { Method = request.Method }, route.Target);
            Require(NaiveJudge.Judge(question, answers) != NaiveVerdict.Denied, $"{route.Target.Origin} was sent to on hop {Reached}");
            Require(route.Addresses.All(address => answers.Select(NaiveNetworks.Unmapped).Contains(address)), "an address was not an answer");
            int[] statuses = [302, 307, 303, 301, 308];
            return ValueTask.FromResult(new Exchange(
                EgressReason.Allowed, statuses[_scenario.Location.Length % statuses.Length], [new HeaderField("location", _scenario.Location)], default));
        }

        public ValueTask<Socket> DialAsync(IPEndPoint endpoint, CancellationToken cancellation)
        {
            Reached++;
            Require(Target.Parse(_scenario.Url, out var target, out _), "a socket for what is no URL");
            if (target is not null)
            {
                var answers = target.Address is { } literal ? [literal] : _scenario.Answers;
                Require(NaiveJudge.Judge(EgressJudgeTarget.Question(_scenario, target), answers) != NaiveVerdict.Denied, $"{endpoint} was dialled for {target.Origin}");
                Require(endpoint.Port == target.Port && answers.Select(NaiveNetworks.Unmapped).Contains(endpoint.Address), $"{endpoint} was never judged");
            }

            return ValueTask.FromException<Socket>(new SocketException((int)SocketError.ConnectionRefused));
        }

        // Kept, not thrown: the code above would take an exception for a failed connection.
        private void Require(bool holds, string what) => Failure ??= holds ? null : what;
    }
}
