using System.Collections.Immutable;
using LatchGate.Config;
using LatchGate.Evidence;
using LatchGate.Storage;
using LatchGate.Telemetry;

namespace LatchGate.Webhooks;

/// <summary>
/// Sends what the outbox holds: one worker for each endpoint, so that one that is slow or down keeps no other waiting. At least once, with the same
/// id; in the order of events as long as nothing has to be sent again.
/// </summary>
/// <remarks>
/// <code>
/// woken ─▶ fence ─▶ read what is due ─▶ send one after another ─▶ record all of it in one commit ─▶ until nothing is due
/// </code>
/// Nothing is claimed in the ledger: one gate holds it, so what a stop or a crash leaves pending is simply sent by the next run.
/// </remarks>
internal sealed class WebhookDispatcher : IDisposable
{
    /// <summary>Longest that a receiver's <c>Retry-After</c> is waited for.</summary>
    internal static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(1);

    private const int BatchSize = 32;
    private const double LargestJitter = 0.25;
    private static readonly TimeSpan LookAnyway = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WriteRetry = TimeSpan.FromSeconds(2);

    // What was sent is recorded after this long at the latest, though more of the batch is to be sent.
    private static readonly TimeSpan LongestUnrecorded = TimeSpan.FromSeconds(1);

    private readonly Ledger _ledger;
    private readonly WebhookSubscriptions? _subscriptions;
    private readonly WebhookSender _sender;
    private readonly GateLog _log;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private Task _working = Task.CompletedTask;
    private long _loggedDrops;

    internal WebhookDispatcher(Ledger ledger, WebhookSubscriptions? subscriptions, WebhookSender sender, GateLog log, TimeProvider time) =>
        (_ledger, _subscriptions, _sender, _log, _time) = (ledger, subscriptions, sender, log, time);

    /// <summary>The endpoints that are told of events; null where there are none.</summary>
    internal WebhookSubscriptions? Subscriptions => _subscriptions;

    /// <summary>Attempts by endpoint and how they ended.</summary>
    internal Counter Attempts { get; } = new("latchgate_webhook_deliveries", "Attempts to deliver to a webhook, by endpoint and how they ended.", "endpoint", "outcome");

    /// <summary>Makes attempts for operators' tests too.</summary>
    internal WebhookSender Sender => _sender;

    /// <summary>Starts the workers, after what waits for endpoints that were taken out of the configuration was given up.</summary>
    internal void Start(ImmutableArray<WebhookConfig> configured) =>
        _working = Task.Run(() => WorkAsync(Array.ConvertAll([.. configured], static endpoint => endpoint.Name)));

    /// <summary>Lets attempts under way end within <paramref name="grace"/>, and records what they came to. What is left is sent by the next run.</summary>
    internal async Task StopAsync(TimeSpan grace)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _aborting.CancelAfter(grace);
        await _working.ConfigureAwait(false);
    }

    /// <summary>Removes what need not be kept any longer, and says what was not stored.</summary>
    internal async ValueTask SweepAsync()
    {
        var gaveWay = await _ledger.Outbox.SweepAsync().ConfigureAwait(false);
        if (gaveWay is { IsDurable: true, Value: > 0 })
        {
            _log.Warn("webhook_dead_letters_dropped", $"{gaveWay.Value} dead letters of webhooks gave way to newer ones");
        }

        var dropped = 0L;
        foreach (var endpoint in _subscriptions?.Endpoints ?? [])
        {
            dropped += endpoint.Dropped;
        }

        if (dropped > _loggedDrops)
        {
            _log.Error("webhook_events_dropped", $"{dropped - _loggedDrops} events were not stored for webhooks, because too many wait for an endpoint already");
            _loggedDrops = dropped;
        }
    }

    /// <summary>Appends what was counted, in OpenMetrics text.</summary>
    internal void WriteTo(System.Text.StringBuilder text)
    {
        Attempts.WriteTo(text);
        text.Append("# TYPE latchgate_webhook_dropped counter\n# HELP latchgate_webhook_dropped Events that were not stored for a webhook, because too many waited.\n");
        foreach (var endpoint in _subscriptions?.Endpoints ?? [])
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"latchgate_webhook_dropped_total{{endpoint=\"{endpoint.Name}\"}} {endpoint.Dropped}\n");
        }
    }

    /// <summary>Abandons what is under way. After <see cref="StopAsync"/> there is nothing left; else, when a start failed, workers end at once.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _aborting.Cancel();
        _working.Wait();
        _stopping.Dispose();
        _aborting.Dispose();
    }

    private async Task WorkAsync(string[] names)
    {
        var abandoned = await _ledger.Outbox.AbandonAsync(names).ConfigureAwait(false);
        if (abandoned is { IsDurable: true, Value: > 0 })
        {
            _log.Warn("webhook_endpoint_removed", $"{abandoned.Value} events wait for webhooks that are not configured any more; they are dead letters now");
        }

        var workers = new List<Task>();
        foreach (var endpoint in _subscriptions?.Endpoints ?? [])
        {
            workers.Add(WorkAsync(endpoint));
        }

        await Task.WhenAll(workers).ConfigureAwait(false);
    }

    private async Task WorkAsync(WebhookEndpoint endpoint)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (!await SendDueAsync(endpoint).ConfigureAwait(false))
                {
                    await endpoint.WaitAsync(UntilNext(endpoint), _stopping.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                // The end that was asked for.
            }
            catch (DatabaseException e)
            {
                _log.Error("webhook_outbox_unreadable", $"events for webhook {endpoint.Name} cannot be read: {e.Message}");
                await PauseAsync().ConfigureAwait(false);
            }
        }
    }

    // True when there was something to send.
    private async ValueTask<bool> SendDueAsync(WebhookEndpoint endpoint)
    {
        if (!(await _ledger.Outbox.FenceAsync().ConfigureAwait(false)).IsDurable)
        {
            await PauseAsync().ConfigureAwait(false);
            return true;
        }

        var now = _time.GetUtcNow();
        var horizon = now + LongestDelayOf(endpoint.Config);
        var (isConfirmed, due) = await _ledger.ReadConfirmedAsync(reader => reader.DueDeliveries(endpoint.Name, now, horizon, BatchSize)).ConfigureAwait(false);
        if (!isConfirmed)
        {
            // Nobody is told what may be gone after loss of power.
            await PauseAsync().ConfigureAwait(false);
            return true;
        }

        var changes = new List<DeliveryChange>(due.Count);
        var since = _time.GetTimestamp();
        try
        {
            for (var i = 0; i < due.Count && !_stopping.IsCancellationRequested; i++)
            {
                if (await TryAsync(endpoint, due[i]).ConfigureAwait(false) is { } change)
                {
                    changes.Add(change);
                }

                if (changes.Count > 0 && _time.GetElapsedTime(since) > LongestUnrecorded)
                {
                    await RecordAsync(endpoint, changes).ConfigureAwait(false);
                    since = _time.GetTimestamp();
                }
            }
        }
        finally
        {
            await RecordAsync(endpoint, changes).ConfigureAwait(false);
        }

        return due.Count > 0;
    }

    // Null when it was abandoned, because the gate stops.
    private async ValueTask<DeliveryChange?> TryAsync(WebhookEndpoint endpoint, Delivery delivery)
    {
        Attempt attempt;
        try
        {
            attempt = await _sender.SendAsync(endpoint, delivery, _aborting.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_aborting.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (e is not (OutOfMemoryException or DatabaseException))
        {
            // A mistake of the gate's own with one event must neither end the worker nor hold up the rest.
            _log.Unexpected(e);
            attempt = new Attempt(AttemptResult.Refused, null, "internal_error");
        }

        var change = Next(endpoint.Config, delivery, attempt, _time.GetUtcNow());
        Attempts.Increment(endpoint.Name, change.State switch
        {
            DeliveryState.Delivered => "delivered",
            DeliveryState.Dead => "dead",
            _ => "retried",
        });
        if (change.State == DeliveryState.Dead)
        {
            _log.Warn("webhook_dead_letter", $"{delivery.EventId} ({delivery.Type}) was not delivered to {endpoint.Name} in {change.Attempts} attempts: {change.Error}");
        }

        return change;
    }

    /// <summary>What an attempt changes: it ends the delivery, or says when the next one is due.</summary>
    internal static DeliveryChange Next(WebhookConfig endpoint, Delivery delivery, Attempt attempt, DateTimeOffset now)
    {
        var made = delivery.Attempts + 1;
        if (attempt.Result == AttemptResult.Delivered)
        {
            return new DeliveryChange(delivery.Id, DeliveryState.Delivered, made, now, attempt.Status, null);
        }

        if (attempt.Result == AttemptResult.Refused || made > endpoint.MaxRetries)
        {
            return new DeliveryChange(delivery.Id, DeliveryState.Dead, made, now, attempt.Status, attempt.Error);
        }

        // Never sooner than is configured; up to a quarter later, so that what failed together does not come back together.
        var seconds = endpoint.BackoffSeconds[Math.Min(made, endpoint.BackoffSeconds.Count) - 1];
        var delay = TimeSpan.FromSeconds(seconds * (1 + (Random.Shared.NextDouble() * LargestJitter)));
        if (attempt.RetryAfter is { } asked && asked > delay)
        {
            delay = asked < LongestRetryAfter ? asked : LongestRetryAfter;
        }

        return new DeliveryChange(delivery.Id, DeliveryState.Pending, made, now + delay, attempt.Status, attempt.Error);
    }

    // What was sent and cannot be recorded would be sent again at once: nothing more is sent until it is.
    private async ValueTask RecordAsync(WebhookEndpoint endpoint, List<DeliveryChange> changes)
    {
        while (changes.Count > 0)
        {
            if ((await _ledger.Outbox.RecordAsync(changes).ConfigureAwait(false)).IsDurable)
            {
                changes.Clear();
                endpoint.Freed();
            }
            else if (_aborting.IsCancellationRequested)
            {
                return;
            }
            else
            {
                await PauseAsync().ConfigureAwait(false);
            }
        }
    }

    private TimeSpan UntilNext(WebhookEndpoint endpoint)
    {
        if (_ledger.Read(reader => reader.NextDelivery(endpoint.Name)) is not { } next)
        {
            return LookAnyway;
        }

        var wait = next - _time.GetUtcNow();
        return wait < TimeSpan.Zero || wait > LongestDelayOf(endpoint.Config) ? TimeSpan.Zero : wait < LookAnyway ? wait + TimeSpan.FromMilliseconds(1) : LookAnyway;
    }

    // What is due later than this waits for a clock that was set back.
    private static TimeSpan LongestDelayOf(WebhookConfig endpoint)
    {
        var longest = LongestRetryAfter;
        foreach (var seconds in endpoint.BackoffSeconds)
        {
            var delay = TimeSpan.FromSeconds(seconds * (1 + LargestJitter));
            longest = delay > longest ? delay : longest;
        }

        return longest;
    }

    private Task PauseAsync() => Task.Delay(WriteRetry, _time, _aborting.Token).ContinueWith(
        static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
