using System.Runtime.InteropServices;
using LatchGate.Actions;
using LatchGate.Api;
using LatchGate.Approvals;
using LatchGate.Budgets;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Egress.Caps;
using LatchGate.Egress.Proxy;
using LatchGate.Evidence;
using LatchGate.Evidence.Segments;
using LatchGate.HostIo;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Learned;
using LatchGate.Policy;
using LatchGate.RateLimits;
using LatchGate.Sandbox;
using LatchGate.Secrets;
using LatchGate.Telemetry;
using LatchGate.Telemetry.Otlp;
using LatchGate.Telemetry.Tracing;
using LatchGate.Webhooks;

namespace LatchGate.Pipeline;

/// <summary>Puts the stages together, serves both sockets, and takes everything down again in the opposite order.</summary>
public static class GateHost
{
    // For what surrounds an execution while the gate stops: its commits and its answer.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);

    // What is not sent by then, the next run sends.
    private static readonly TimeSpan WebhookGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DnsTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(30);

    /// <summary>Runs the gate until <paramref name="stop"/> fires; requests in flight are brought to their end first.</summary>
    /// <param name="config">What the operator chose; its paths are checked (<see cref="StartupPaths"/>).</param>
    /// <param name="onReady">Called once, when both sockets answer.</param>
    /// <param name="stop">Ends the gate.</param>
    /// <exception cref="StartupException">The gate cannot start; nothing of it is left behind.</exception>
    public static Task RunAsync(GateConfig config, Action<GateReady> onReady, CancellationToken stop) => RunAsync(config, onReady, null, stop);

    /// <summary>As the other; <paramref name="reached"/> hears of the steps of approved calls, and
    /// <paramref name="offered"/> stand in for the actions of the build, and <paramref name="outside"/> makes what sends their
    /// requests.</summary>
    internal static async Task RunAsync(
        GateConfig config, Action<GateReady> onReady, Action<CallStep>? reached, CancellationToken stop, ActionRegistry? offered = null,
        Func<ISecretSource, HttpHost>? outside = null)
    {
        var time = TimeProvider.System;
        var log = new GateLog(Console.Error, config.LogLevel, time);

        // Order: what refuses cheaply first; what opens to the world last.
        var actions = offered ?? ActionRegistry.OfThisBuild(config.Actions);
        GateStartup.RequirePinnedProviders(actions);
        using var policy = PolicyDecisionPoint.Open(config, actions, time);
        using var secrets = SecretStore.Open(config.Secrets, log);
        using var policyData = new PolicyDataStore(config.PolicyDataPath, policy, actions, log, time);
        using var grantKey = KeyFile.LoadOrCreateEd25519(config.GrantSigningKeyPath, "grant signing");
        using var receiptKey = KeyFile.LoadOrCreateEd25519(config.ReceiptSigningKeyPath, "receipt signing");
        GateKeys.RequireTwo(grantKey, receiptKey);
        using var vault = PlanVault.LoadOrCreate(config.ApprovalsKeyPath);
        var receiptKeys = ReceiptJwks.LoadAndAppend(config.ReceiptKeysJwksPath, receiptKey, time);
        using var issuerKey = KeyFile.LoadOrCreateP256(config.IssuerKeyPath, "lease issuer");
        var verificationKeys = new VerificationKeys(Array.ConvertAll([.. receiptKeys.Keys], static k => k.PublicKey));
        var ceiling = GateStartup.CeilingOf(config);
        WebhookSetup.Require(config, ceiling, secrets, time.GetUtcNow());
        var subscriptions = WebhookSubscriptions.Of(config.Webhooks);
        var options = new LedgerOptions
        {
            AllowVolatile = config.AllowVolatileLedger, EarlierKeys = verificationKeys, DevMode = config.Posture.IsRelaxed, Webhooks = subscriptions,
        };
        // Before the ledger, which signs its head when it closes.
        using var gateKeys = new GateKeys(grantKey, receiptKey);
        using var ledger = Ledger.Open(config.LedgerDbPath, receiptKey, time, options);
        using var keyDesk = new KeyDesk(
            new SigningKeyFiles(config.ReceiptSigningKeyPath, config.GrantSigningKeyPath, config.ReceiptKeysJwksPath), gateKeys, ledger, verificationKeys, receiptKeys, log, time);
        await keyDesk.ResumeAsync().ConfigureAwait(false);
        GateStartup.Report(ledger, log, time);
        GateStartup.Report(config.Posture, log);
        await EndInterruptedAsync(ledger, log).ConfigureAwait(false);
        if (policy.OwnsData && !(await ledger.AppendEventAsync(PolicyEvents.Loaded(policyData, policy)).ConfigureAwait(false)).IsDurable)
        {
            log.Warn("policy_load_unrecorded", "which policy data are in force could not be recorded; the ledger's disk may be full");
        }

        GateStartup.CheckEgress(actions, ceiling, time.GetUtcNow(), log);
        var learned = new LearnedStore(ledger, actions, entry => log.Warn(
            "learned_entry_ignored", $"the {entry.Kind.ToWire()} '{PlainText.Clean(entry.Value, 128)}' of {PlainText.Clean(entry.ActionId, 128)} opens nothing: no rule permits it today"));
        using var egressProxy = new EgressProxyService(config.EgressProxy, actions, learned, ceiling, log, time, WebhookEndpoint.RulesOf(config.Webhooks));
        egressProxy.Start();
        using var floor = ReplayFloor.Open(Path.Combine(config.StateDir, "replay.mark"), time);
        using var sandbox = new SandboxHost(config.MaxConcurrentExecutions, time);
        using var http = outside?.Invoke(secrets) ?? new HttpHost(
            new SystemHostResolver(DnsTimeout, time), trustedRoots: null, time, secrets, config.EgressProxy.Url is { } proxy ? new Uri(proxy.ToString()) : null)
        {
            Admission = config.EgressProxy.Url is null ? null : egressProxy.AdmitAsync,
        };
        var rotation = new SecretWatch(secrets, ledger, log, time);
        if (secrets.IsConfigured)
        {
            await rotation.RecordAsync(secrets.Last).ConfigureAwait(false);
        }

        using var reloads = new ReloadDesk(policyData, policy, secrets, ledger, log) { Reloaded = egressProxy.Request };
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            // Its default would end the gate.
            signal.Cancel = true;
            reloads.Request();
        });
        await using var mirror = config.LedgerJsonlPath is { } jsonl ? new LedgerMirror(jsonl, ledger, (code, message) => LogMirror(log, code, message), time) : null;
        Func<long>? mirrored = mirror is null ? null : () => mirror.LastSeq;
        using var sealer = new LedgerSealer(ledger, verificationKeys, config.Retention.ArchiveDir, time, mirrored);
        var retention = new RetentionDesk(sealer, config.Retention.KeepDays, log, time);
        await using var exporter = config.Otlp is { } otlp ? new OtlpExporter(otlp, log, time) : null;
        var gate = Compose(
            config, actions, policyData, policy, vault, reached, gateKeys, keyDesk, verificationKeys, issuerKey, ledger, floor,
            sandbox, http, secrets, reloads, learned, ceiling, egressProxy, exporter, mirror, subscriptions, retention, log, time);
        using var webhooks = gate.Webhooks;
        await using var audit = gate.Audit;
        using var revoking = gate.Revoking;

        await using var client = Serve(config, config.ListenUdsPath, StartupError.ClientUdsFailed, gate.Routes, Surface.Client, log, time);
        await using var admin = Serve(config, config.ListenAdminUdsPath, StartupError.AdminUdsFailed, gate.Routes, Surface.Admin, log, time);
        await using var metrics = config.ListenMetricsUdsPath is { } collectors
            ? Serve(config, collectors, StartupError.MetricsUdsFailed, gate.Routes, Surface.Metrics, log, time)
            : null;
        onReady(new GateReady(config.ListenUdsPath, config.ListenAdminUdsPath, actions.Actions.Length));
        log.Info("ready", $"serving {config.ListenUdsPath} and {config.ListenAdminUdsPath}");

        webhooks.Start(config.Webhooks);
        var reloading = reloads.ServeAsync(stop);
        var rotating = rotation.RunAsync(stop);
        var sealing = retention.RunAsync(stop);
        var syncing = egressProxy.ServeAsync(stop);
        var watching = new LedgerWatch(ledger, audit, log, time).RunAsync(stop);
        await SweepUntilAsync(ledger, gate.Approvals, revoking, webhooks, log, stop).ConfigureAwait(false);
        await reloading.ConfigureAwait(false);
        await rotating.ConfigureAwait(false);
        await syncing.ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        await sealing.ConfigureAwait(false);
        log.Info("stopping", "taking no new work");
        gate.Drain.Close();

        // An execution ends by its own time-out, so this waits no longer than the slowest action may take. What was cut off
        // from its client still comes to its receipt before the ledger closes.
        var deadline = LongestExecution(actions) + StopGrace;
        await Task.WhenAll(client.StopAsync(deadline), admin.StopAsync(deadline)).ConfigureAwait(false);
        await EmptyAsync(gate.Drain, webhooks, log).ConfigureAwait(false);
    }

    /// <summary>The longest that any of <paramref name="actions"/> may run.</summary>
    internal static TimeSpan LongestExecution(ActionRegistry actions)
    {
        var seconds = 0;
        foreach (var action in actions.Actions)
        {
            seconds = Math.Max(seconds, action.Limits.TimeoutSeconds);
        }

        return TimeSpan.FromSeconds(seconds);
    }

    private static void LogMirror(GateLog log, string code, string message)
    {
        switch (code)
        {
            case "ledger_jsonl_failed":
                log.Error(code, message);
                break;
            case "ledger_jsonl_repaired":
                log.Warn(code, message);
                break;
            default:
                log.Info(code, message);
                break;
        }
    }

    // Whoever waits for such a call would be told "pending" for ever.
    private static async Task EndInterruptedAsync(Ledger ledger, GateLog log)
    {
        const int Batch = 200;
        Storage.Written<int> ended;
        do
        {
            ended = await ledger.EndInterruptedApprovalsAsync(Batch).ConfigureAwait(false);
            if (!ended.IsDurable || ended.Value > 0)
            {
                log.Warn("interrupted_approvals", ended.IsDurable
                    ? $"{ended.Value} approved calls were under way when the gate stopped, and have no receipt; they are not run again"
                    : "approved calls that were under way when the gate stopped could not be ended; the ledger's disk may be full");
            }
        }
        while (ended is { IsDurable: true, Value: Batch });
    }

    private static async Task EmptyAsync(DrainSwitch drain, WebhookDispatcher webhooks, GateLog log)
    {
        try
        {
            await drain.Emptied.WaitAsync(StopGrace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            log.Error("stopped_in_flight", $"{drain.InFlight} calls did not end; the next start names the intents that they leave");
        }

        await webhooks.StopAsync(WebhookGrace).ConfigureAwait(false);
    }

    private static Composition Compose(
        GateConfig config, ActionRegistry actions, PolicyDataStore policyData, PolicyDecisionPoint policy, PlanVault vault, Action<CallStep>? reached,
        GateKeys keys, KeyDesk keyDesk, VerificationKeys verificationKeys, P256SigningKey issuerKey, Ledger ledger, ReplayFloor floor,
        SandboxHost sandbox, HttpHost http, SecretStore secrets, ReloadDesk reloads, LearnedStore learned, EgressCeiling ceiling,
        EgressProxyService egressProxy, OtlpExporter? exporter, LedgerMirror? mirror, WebhookSubscriptions? subscriptions,
        RetentionDesk retention, GateLog log, TimeProvider time)
    {
        var build = new BuildIdentity(ProductVersion.Text, actions.ManifestSetDigest);
        var revocations = new Revocations();
        revocations.Load(ledger.Read(static reader => reader.ReadRevocations()));
        var revoking = new RevocationDesk(ledger, revocations, time);
        var drain = new DrainSwitch();
        var audit = new AuditTrail(ledger, log);
        var caps = new CapBook(new LedgerCapStore(ledger), config.Egress.Prices, time);
        var webhooks = new WebhookDispatcher(
            ledger, subscriptions, new WebhookSender(http, ceiling, new WebhookRequests(ledger, vault, secrets.Redactor), time), log, time);
        var metrics = new GateMetrics(actions, time) { Exporter = exporter, Caps = caps, Ledger = ledger, Webhooks = webhooks };
        ledger.Committed = metrics.LedgerCommitted;
        policy.Metrics = metrics;
        var journal = new EgressJournal(metrics, exporter);
        var tracer = exporter is null ? null : new Tracer(exporter, actions, time);

        var identities = new IdentityProvider(GateStartup.PeersOf(config.Identity));
        var issuer = new LeaseIssuer(issuerKey, TimeSpan.FromSeconds(config.LeaseTtlSeconds), time, () => revocations.Epoch);
        var proofs = new DpopVerifier(new AcceptedBaseUrls(config.PublicBaseUrl, "http://localhost"));
        var replays = new MemoryReplayStore(time, floor);
        var clock = new WallClock(time);
        var limits = new RateLimiter(config.RateLimits, time);
        var refusals = new AuthRefusals(limits, audit, metrics);
        var agents = new AgentGate(new AgentAuthenticator(new LeaseVerifier(issuer, () => revocations.Floor), proofs, replays, identities, revocations, clock), refusals);
        var operators = new OperatorGate(new OperatorAuthenticator(GateStartup.OperatorsOf(config), proofs, replays, clock, config.Posture.OperatorAuthInsecure), limits, refusals);

        var fileBounds = FileStartup.FilesOf(config, actions);
        var files = new FilePrecheck(fileBounds);
        var dispatch = new Dispatch(sandbox, http, ceiling, caps, log) { EgressProxy = egressProxy };
        var budgets = new BudgetBook(config.Budgets);
        var budgetDesk = new BudgetDesk(budgets, ledger, time);
        var execution = new Execution(dispatch, ledger, budgets, keys, build, revocations, time, log) { Reached = reached, Journal = journal, Metrics = metrics };
        var precheck = new EgressPrecheck(ceiling, time);
        var review = new PlanReview(actions, learned, revocations, policy, precheck, files, budgetDesk, vault, log);
        var approvals = new ApprovalDesk(ledger, review, revocations, learned, vault, execution, drain, config.Approvals, time) { Reached = reached };
        var pipeline = new CallPipeline(actions, policy, precheck, files, learned, revocations, approvals, execution, budgetDesk, audit, drain, log) { Journal = journal };

        var endpoints = new GateEndpoints(
            new ExecuteEndpoint(agents, pipeline, limits, audit, metrics, tracer),
            new LeaseEndpoint(
                identities, revocations, issuer, fileBounds.Roots, limits, ledger, audit, metrics, drain, config.Budgets.IgnoreCostCaps,
                TimeSpan.FromSeconds(config.Approvals.TtlSeconds)),
            new PollEndpoint(agents, ledger, time),
            new ReceiptEndpoint(agents, operators, ledger, verificationKeys),
            new ActionsEndpoint(actions, config.PublicBaseUrl),
            new ApprovalsEndpoint(operators, agents, approvals, vault, ledger, metrics, time, tracer),
            new PolicyEndpoint(operators, policyData, policy),
            new PolicyChangeEndpoint(operators, policyData, policy, actions, ledger),
            new LearnedEndpoint(operators, learned),
            new BudgetsEndpoint(operators, budgets, budgetDesk, ledger),
            new AuditEndpoint(operators, ledger, config.LedgerDbPath, verificationKeys),
            new ControlEndpoint(operators, drain, reloads, actions, ledger, time),
            new StatusEndpoint(operators, actions, policy, ledger, keyDesk, revocations, drain, audit, metrics, build, config.Posture, secrets, egressProxy, webhooks, mirror),
            new RevocationEndpoint(operators, revoking, revocations, audit),
            new IntentsEndpoint(operators, ledger, LongestExecution(actions) + StopGrace),
            new KeysEndpoint(operators, keyDesk),
            new SegmentsEndpoint(operators, retention),
            new WebhooksEndpoint(operators, config.Webhooks, webhooks, ledger, time),
            new WhoamiEndpoint(operators));
        return new Composition(GateRoutes.Of(endpoints), audit, drain, approvals, revoking, webhooks);
    }

    private static HttpServer Serve(
        GateConfig config, string path, StartupError error, IEnumerable<Route> routes, Surface surface, GateLog log, TimeProvider time)
    {
        var options = new HttpServerOptions(path, error) { Limits = GateStartup.LimitsOf(config.Limits), UnexpectedError = log.Unexpected };
        return HttpServer.Start(options, new Router(routes, surface).HandleAsync, time);
    }

    // Approvals that nobody decided, and budgets of sessions that ended, leave on their own.
    private static async Task SweepUntilAsync(Ledger ledger, ApprovalDesk approvals, RevocationDesk revoking, WebhookDispatcher webhooks, GateLog log, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(SweepInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                var ended = await approvals.SweepAsync().ConfigureAwait(false);
                var expired = await ExpireAsync(ledger).ConfigureAwait(false);
                var purged = await ledger.PurgeBudgetsAsync().ConfigureAwait(false);
                revoking.Purge();
                await webhooks.SweepAsync().ConfigureAwait(false);
                if (!ended || !expired.IsDurable || !purged.IsDurable)
                {
                    log.Warn("sweep_failed", "expired approvals or budgets could not be swept; the ledger's disk may be full");
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    // In shares, so that one commit stays short.
    private static async ValueTask<Storage.Written<List<StoredApproval>>> ExpireAsync(Ledger ledger)
    {
        const int Batch = 200;
        Storage.Written<List<StoredApproval>> expired;
        do
        {
            expired = await ledger.ExpireApprovalsAsync(Batch).ConfigureAwait(false);
        }
        while (expired is { IsDurable: true, Value.Count: Batch });

        return expired;
    }

    private sealed record Composition(
        Route[] Routes, AuditTrail Audit, DrainSwitch Drain, ApprovalDesk Approvals, RevocationDesk Revoking, WebhookDispatcher Webhooks);
}
