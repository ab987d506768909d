using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Secrets;

namespace LatchGate.HostIo;

/// <summary>What became of one request, redirects included.</summary>
/// <param name="Verdict">The last hop's verdict, or the refusal.</param>
/// <param name="Response">The response, when the verdict allows.</param>
/// <param name="Hops">Redirects followed.</param>
internal readonly record struct HttpOutcome(EgressVerdict Verdict, Exchange Response, int Hops)
{
    /// <summary>What the verdict is about, or whoever sent the redirect that it is about; null when no URL was readable.</summary>
    internal Target? Target { get; init; }

    /// <summary>The method that it had, or would have had.</summary>
    internal string Method { get; init; } = "";
}

/// <summary>
/// Sends HTTP requests for executions. Shared by all; one per process. Each hop passes: reading the URL, judging names,
/// one lookup, judging addresses, the rule's credentials, the pinned connection.
/// </summary>
public sealed class HttpHost : IDisposable
{
    private static readonly Sha256Digest NoBody = Sha256Digest.Of([]);

    private readonly IHostResolver _resolver;
    private readonly IHttpTransport _transport;
    private readonly CredentialBinder _binder;
    private readonly TimeProvider _time;

    /// <param name="resolver">Looks names up.</param>
    /// <param name="trustedRoots">The only roots that TLS trusts, beside those of a rule's own file; null means the system's.</param>
    /// <param name="time">Clock of rule expiry, time-outs and records.</param>
    /// <param name="secrets">Where credentials come from; null means that there are none.</param>
    /// <param name="proxy">The forward proxy that every request goes through, <c>http://host:port</c>; null connects directly.</param>
    public HttpHost(
        IHostResolver resolver, System.Security.Cryptography.X509Certificates.X509Certificate2Collection? trustedRoots, TimeProvider time,
        ISecretSource? secrets = null, Uri? proxy = null)
        : this(resolver, new PinnedHttpTransport(SocketDialer.Instance, trustedRoots, time, proxy), time, secrets)
    {
    }

    internal HttpHost(IHostResolver resolver, IHttpTransport transport, TimeProvider time, ISecretSource? secrets = null)
    {
        secrets ??= FixedSecrets.None;
        _resolver = resolver;
        _transport = transport;
        _time = time;
        _binder = new CredentialBinder(secrets, time);
        Secrets = secrets;
    }

    /// <summary>The clock of records.</summary>
    internal DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>The gate's secrets; their redactor hides them in whatever goes back to a guest.</summary>
    internal ISecretSource Secrets { get; }

    /// <summary>Asked before anything is spent or sent: whether the way out is fit for use. Null lets everything through.</summary>
    internal Func<CancellationToken, ValueTask<EgressReason>>? Admission { get; init; }

    /// <summary>Closes pooled connections.</summary>
    public void Dispose() => (_transport as IDisposable)?.Dispose();

    /// <summary>Sends one request. Adds one <see cref="EffectEvidence"/> for each time the network was reached.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    internal async ValueTask<HttpOutcome> SendAsync(
        HostHttpRequest request, HttpCallContext context, ICollection<EffectEvidence> evidence, CancellationToken cancellation)
    {
        var reason = ProviderHeaders.Filter(request.Headers, context.Rules.RequestHeaders, out var headers, out var withheld);
        if (reason != EgressReason.Allowed)
        {
            return Refused(reason, hops: 0);
        }

        ProviderHeaders.SetTrace(headers, context);
        if (request.Body?.Length > context.Rules.Limits.RequestBytes)
        {
            return Refused(EgressReason.RequestTooLarge, hops: 0);
        }

        var milliseconds = Math.Min(context.Rules.Limits.RequestMs, request.TimeoutMs ?? int.MaxValue);
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(milliseconds), _time);
        using var outer = cancellation.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
        var call = new Call(context, evidence) { Method = request.Method };
        HttpOutcome outcome;
        try
        {
            var first = new OutboundRequest(request.Method, headers, request.Body) { Withheld = withheld, Stripped = ProviderHeaders.NamesOf(withheld), Redactor = Secrets.Redactor };
            outcome = await FollowAsync(call, request.Url, first, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            outcome = Refused(EgressReason.RequestTimeout, call.Hops);
        }

        return outcome with { Target = call.Target, Method = call.Method };
    }

    /// <summary>
    /// Sends one request of the gate's own over the same judgement and the same connections: no redirect is followed, no rule's credential is
    /// put in, and there is no evidence of it.
    /// </summary>
    /// <returns>What came back; without a status, the reason why nothing did.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    internal async ValueTask<Exchange> SendOwnAsync(EgressQuestion question, OutboundRequest request, CancellationToken cancellation)
    {
        var (verdict, route) = await HopJudge.JudgeAsync(question, _resolver, cancellation).ConfigureAwait(false);
        if (route is null)
        {
            return Exchange.Failed(verdict.Reason, layer: verdict.Layer);
        }

        return Admission is { } fitness && await fitness(cancellation).ConfigureAwait(false) is not EgressReason.Allowed and var unfit
            ? Exchange.Failed(unfit, layer: EgressLayer.Proxy)
            : await _transport.SendAsync(route, request with { Redactor = Secrets.Redactor }, question.Rules.Limits, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<HttpOutcome> FollowAsync(Call call, string url, OutboundRequest request, CancellationToken cancellation)
    {
        Target? previous = null;
        HashSet<string>? visited = null;
        while (true)
        {
            if (!Target.Parse(url, out var target, out var reason))
            {
                return Refused(reason, call.Hops);
            }

            (call.Target, call.Method) = (target, request.Method);
            if (previous is not null)
            {
                reason = call.HoldsSecret && previous.Origin != target.Origin ? EgressReason.LeakBlocked : Check(previous, target, request, visited!);
                if (reason != EgressReason.Allowed)
                {
                    return Refused(reason, call.Hops);
                }

                if (previous.Origin != target.Origin)
                {
                    request = request with { Headers = ProviderHeaders.ForOtherOrigin(request.Headers), Withheld = [] };
                }
            }

            var (verdict, route) = await JudgeAsync(call.Context, target, request.Method, cancellation).ConfigureAwait(false);
            if (route is null)
            {
                return new HttpOutcome(verdict, default, call.Hops);
            }

            var response = await ExchangeAsync(call, route, verdict, request, cancellation).ConfigureAwait(false);
            if (response.Reason != EgressReason.Allowed)
            {
                return new HttpOutcome(EgressVerdict.Refuse(response.Reason, response.Layer, rule: route.Rule), default, call.Hops);
            }

            if (!Redirects.IsRedirect(response.Status))
            {
                return new HttpOutcome(verdict, response, call.Hops);
            }

            reason = Next(call, target, response, out url);
            if (reason != EgressReason.Allowed)
            {
                return Refused(reason, call.Hops);
            }

            // Many answer a request with its own query, moved. The credential in it is put in anew, for its own origin alone.
            (var given, url) = (url, Secrets.Redactor.Redact(url));
            call.HoldsSecret = !ReferenceEquals(given, url);
            call.Hops++;
            (visited ??= []).Add(VisitOf(target, request.Method));
            previous = target;
            var method = Redirects.NextMethod(response.Status, request.Method);
            request = request with { Method = method, Body = method == request.Method ? request.Body : null };
        }
    }

    private ValueTask<(EgressVerdict Verdict, JudgedRoute? Route)> JudgeAsync(
        HttpCallContext context, Target target, string method, CancellationToken cancellation) =>
        HopJudge.JudgeAsync(
            new EgressQuestion(context.Rules, context.Ceiling, target, method, context.Principal, context.Action, _time.GetUtcNow()), _resolver, cancellation);

    private async ValueTask<Exchange> ExchangeAsync(
        Call call, JudgedRoute route, EgressVerdict verdict, OutboundRequest request, CancellationToken cancellation)
    {
        if (Admission is { } fitness && await fitness(cancellation).ConfigureAwait(false) is not EgressReason.Allowed and var unfit)
        {
            return Exchange.Failed(unfit, layer: EgressLayer.Proxy);
        }

        var admission = call.Context.Caps is { } caps ? await caps.AdmitAsync(route, request.Body).ConfigureAwait(false) : default;
        if (call.Context.Caps is not null && !admission.Verdict.Allowed)
        {
            return Exchange.Failed(admission.Verdict.Reason);
        }

        var body = request.Body is { Length: > 0 } given ? Sha256Digest.Of(given.Span) : NoBody;
        var reason = _binder.Bind(route.Target, route.Credentials, ref request, body, out var bound);
        if (reason != EgressReason.Allowed)
        {
            // Nothing is sent.
            admission.Lease?.Forget();
            return Exchange.Failed(reason);
        }

        var limits = call.Context.Rules.Limits;
        if (call.Context.MaxResponseBytes < limits.ResponseBytes)
        {
            limits = limits with { ResponseBytes = call.Context.MaxResponseBytes };
        }

        var meter = new TrafficMeter(admission.Lease, cancellation);
        var started = _time.GetUtcNow();

        // Should the exchange be cut off, this is what is known: it may have had its effect.
        var response = Exchange.Failed(EgressReason.RequestTimeout);
        try
        {
            response = await _transport.SendAsync(route, request with { Meter = meter }, limits, cancellation).ConfigureAwait(false);
            if (response.Reason == EgressReason.Allowed && !Redirects.IsRedirect(response.Status)
                && !MediaTypes.IsListed(call.Context.Rules.ContentTypes, response.Headers))
            {
                response = response with { Reason = EgressReason.ContentType, Body = default };
            }

            return response;
        }
        finally
        {
            call.Evidence.Add(EffectEvidence.Of(route, in verdict, request, bound, body, response, meter, started, _time.GetUtcNow()));
            bound?.Dispose();
            if (admission.Lease is { } passed)
            {
                await passed.SettleAsync(response.Body).ConfigureAwait(false);
            }
        }
    }

    // What a redirect must not do, whoever would allow its target.
    private static EgressReason Check(Target previous, Target next, OutboundRequest request, HashSet<string> visited)
    {
        if (previous.Scheme == EgressSchemes.Https && next.Scheme != EgressSchemes.Https)
        {
            return EgressReason.RedirectDowngrade;
        }

        if (visited.Contains(VisitOf(next, request.Method)))
        {
            return EgressReason.RedirectLoop;
        }

        return request.Body is not null && previous.Origin != next.Origin ? EgressReason.RedirectBody : EgressReason.Allowed;
    }

    private static EgressReason Next(Call call, Target current, in Exchange response, out string url)
    {
        url = "";
        if (call.Context.MaxRedirects == 0)
        {
            return EgressReason.RedirectBlocked;
        }

        if (call.Hops == call.Context.MaxRedirects)
        {
            return EgressReason.RedirectLimit;
        }

        string? location = null;
        foreach (var (name, value) in response.Headers)
        {
            if (name == "location")
            {
                if (location is not null)
                {
                    return EgressReason.RedirectInvalid;
                }

                location = value;
            }
        }

        return Redirects.TryJoin(current, location, out url) ? EgressReason.Allowed : EgressReason.RedirectInvalid;
    }

    private static string VisitOf(Target target, string method) => $"{method} {target.Origin}{target.PathAndQuery}";

    private static HttpOutcome Refused(EgressReason reason, int hops) => new(EgressVerdict.Refuse(reason), default, hops);

    private sealed class Call(HttpCallContext context, ICollection<EffectEvidence> evidence)
    {
        internal HttpCallContext Context { get; } = context;

        internal ICollection<EffectEvidence> Evidence { get; } = evidence;

        internal int Hops { get; set; }

        /// <summary>Whether the redirect that is followed had a secret of the gate in it.</summary>
        internal bool HoldsSecret { get; set; }

        internal Target? Target { get; set; }

        internal required string Method { get; set; }
    }
}
