using System.Collections.Immutable;
using LatchGate.Config;
using LatchGate.Egress;

namespace LatchGate.Webhooks;

/// <summary>An endpoint while the gate runs: where it may be reached, and how much waits for it.</summary>
internal sealed class WebhookEndpoint
{
    /// <summary>Events that may wait for one endpoint; more are not stored, and counted.</summary>
    internal const int MostPending = 10_000;

    /// <summary>Of those, what is left to other events than calls: agents make as many calls as they like.</summary>
    internal const int Reserved = 1000;

    // More than any message that a format makes.
    private const int LargestRequest = 256 * 1024;
    private const int LargestResponse = 4096;
    private const int LongestConnectMs = 5000;
    private readonly SemaphoreSlim _due = new(0);
    private long _room;
    private volatile bool _isFull;
    private volatile bool _isFullOfCalls;
    private long _dropped;

    // Of the transaction under way: its work may be undone, and run again.
    private long _dropping;
    private long _droppingAtMark;

    internal WebhookEndpoint(WebhookConfig config)
    {
        Config = config;
        var rule = new EgressAllowRule(
            "webhook",
            [new HostPattern(HostPatternKind.Exact, config.Target.Host)],
            [],
            [new PortRange(config.Target.Port, config.Target.Port)],
            config.Target.Scheme,
            ["POST"],
            AllowPrivateTargets: true,
            Resolve: false,
            Expires: null)
        {
            CaFile = config.CaFile,
        };
        var milliseconds = config.TimeoutSeconds * 1000;
        var limits = new EgressLimits(LargestRequest, LargestResponse, Math.Min(LongestConnectMs, milliseconds), milliseconds) { OnOverflow = OverflowPolicy.Truncate };
        Rules = new EgressRuleSet(EgressProfile.ProxyAllowlist, [rule], [], AllowLearning: false, limits);
    }

    /// <summary>What the operator configured.</summary>
    internal WebhookConfig Config { get; }

    /// <summary>Its name.</summary>
    internal string Name => Config.Name;

    /// <summary>Its one way out. Private addresses are for the operator's ceiling to open, as for actions.</summary>
    internal EgressRuleSet Rules { get; }

    /// <summary>Events that are in the ledger and were not stored here, because too many waited.</summary>
    internal long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Whether an event can be stored without counting what waits. For the ledger's writer.</summary>
    internal bool HasRoomFor(WebhookEvent type) => _room > Kept(type);

    /// <summary>The ways out of all endpoints, for the list of the proxy that they go through.</summary>
    internal static List<EgressRuleSet> RulesOf(ImmutableArray<WebhookConfig> configured)
    {
        var rules = new List<EgressRuleSet>(configured.Length);
        foreach (var config in configured)
        {
            if (!config.Disabled)
            {
                rules.Add(new WebhookEndpoint(config).Rules);
            }
        }

        return rules;
    }

    /// <summary>The question whether it may be reached.</summary>
    internal EgressQuestion Ask(EgressCeiling ceiling, DateTimeOffset now) => new(Rules, ceiling, Config.Target, "POST", "", "webhook:" + Name, now);

    /// <summary>Takes what room there is; false when there is none. For the ledger's writer.</summary>
    /// <param name="type">What is to be stored.</param>
    /// <param name="pending">Events that wait now.</param>
    internal bool TakeRoomFor(WebhookEvent type, long pending)
    {
        _room = Math.Max(0, MostPending - pending);
        (_isFull, _isFullOfCalls) = (_room == 0, _room <= Reserved);
        if (!HasRoomFor(type))
        {
            Drop();
        }

        return HasRoomFor(type);
    }

    /// <summary>Whether it was full when an event was last to be stored, and nothing has been sent since; counts the event as dropped.</summary>
    internal bool StaysFullFor(WebhookEvent type)
    {
        var isFull = _isFull || (_isFullOfCalls && Kept(type) > 0);
        if (isFull)
        {
            Drop();
        }

        return isFull;
    }

    /// <summary>Says that an event was stored. It may not be committed yet: who is woken looks through the writer's queue.</summary>
    internal void Stored()
    {
        _room--;
        Wake();
    }

    /// <summary>Says that something was sent, so that there may be room again.</summary>
    internal void Freed() => _isFull = _isFullOfCalls = false;

    /// <summary>Remembers what was dropped, before one piece of the ledger's work.</summary>
    internal void Mark() => _droppingAtMark = _dropping;

    /// <summary>Counts again from the mark: the work is undone.</summary>
    internal void ReturnToMark()
    {
        _dropping = _droppingAtMark;
        ForgetRoom();
    }

    /// <summary>Counts again from the last commit: the transaction is undone.</summary>
    internal void Reload()
    {
        _dropping = 0;
        ForgetRoom();
    }

    /// <summary>Counts what the transaction dropped.</summary>
    internal void Committed()
    {
        _ = Interlocked.Add(ref _dropped, _dropping);
        _dropping = 0;
    }

    /// <summary>Lets the worker look.</summary>
    internal void Wake()
    {
        if (_due.CurrentCount == 0)
        {
            _due.Release();
        }
    }

    /// <summary>Waits until there is something to look for, or it is time to look anyway.</summary>
    internal Task WaitAsync(TimeSpan longest, CancellationToken cancellation) => _due.WaitAsync(longest, cancellation);

    private static int Kept(WebhookEvent type) => (type & WebhookEvents.OfCalls) != 0 ? Reserved : 0;

    private void Drop() => _dropping++;

    // What is stored and what is not must be counted anew.
    private void ForgetRoom()
    {
        _room = 0;
        Freed();
    }
}

/// <summary>Which endpoints are told of what; those that are disabled are not among them. Immutable.</summary>
internal sealed class WebhookSubscriptions
{
    private WebhookSubscriptions(ImmutableArray<WebhookEndpoint> endpoints)
    {
        Endpoints = endpoints;
        foreach (var endpoint in endpoints)
        {
            Wanted |= endpoint.Config.Events;
        }
    }

    internal ImmutableArray<WebhookEndpoint> Endpoints { get; }

    /// <summary>What anybody is told of.</summary>
    internal WebhookEvent Wanted { get; }

    /// <summary>Null where nobody is told of anything: the ledger's writer then does nothing at all for webhooks.</summary>
    internal static WebhookSubscriptions? Of(ImmutableArray<WebhookConfig> configured)
    {
        var endpoints = ImmutableArray.CreateBuilder<WebhookEndpoint>(configured.Length);
        foreach (var config in configured)
        {
            if (!config.Disabled)
            {
                endpoints.Add(new WebhookEndpoint(config));
            }
        }

        return endpoints.Count == 0 ? null : new WebhookSubscriptions(endpoints.ToImmutable());
    }

    /// <summary>The endpoint of a name; null when there is none.</summary>
    internal WebhookEndpoint? Find(string name)
    {
        foreach (var endpoint in Endpoints)
        {
            if (endpoint.Name == name)
            {
                return endpoint;
            }
        }

        return null;
    }
}
