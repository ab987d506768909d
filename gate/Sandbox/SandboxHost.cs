using System.Buffers;
using LatchGate.Actions;
using LatchGate.Pipeline;

namespace LatchGate.Sandbox;

/// <summary>
/// Runs providers. Each execution is a fresh instance of a module compiled into this binary, bounded in fuel, memory, stack, time
/// and host calls; while it waits for the host it holds no thread. Dispatch is the one caller of <see cref="ExecuteAsync"/>.
/// </summary>
public sealed class SandboxHost : IDisposable
{
    private const int PagesPerMiB = 16;

    private readonly SemaphoreSlim _slots;
    private readonly int _maxWaiting;
    private readonly TimeProvider _time;
    private int _waiting;
    private int _holders = 1; // this object, and each execution under way
    private int _disposed;

    /// <summary>Starts the thread that advances the epoch.</summary>
    /// <param name="maxConcurrentExecutions">Executions at once, waiting ones included; as many again may queue for a place.</param>
    /// <param name="time">Measures durations and deadlines.</param>
    /// <exception cref="StartupException">The thread cannot be started.</exception>
    public SandboxHost(int maxConcurrentExecutions = 1024, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxConcurrentExecutions, 1);
        _slots = new SemaphoreSlim(maxConcurrentExecutions, maxConcurrentExecutions);
        _maxWaiting = maxConcurrentExecutions;
        _time = time ?? TimeProvider.System;
        var error = Native.EpochRetain();
        if (error != 0)
        {
            throw new StartupException(
                StartupError.WasmRuntimeInitFailed, $"The sandbox's epoch thread did not start (errno {error}).", "Raise the limit on threads.");
        }
    }

    /// <summary>Runs one task to its end.</summary>
    /// <param name="module">The provider.</param>
    /// <param name="declared">The host interfaces that the action's manifest declares.</param>
    /// <param name="task">The provider's task, JSON in UTF-8.</param>
    /// <param name="limits">Bounds of this execution. The time includes the wait for a place.</param>
    /// <param name="host">Answers the guest's calls, one at a time. It must end a call when the token it got fires.</param>
    /// <param name="cancellation">Ends the execution at its next host call; work already done stays done.</param>
    /// <exception cref="OverflowException">A limit is negative, which no compiled manifest has.</exception>
    /// <exception cref="ObjectDisposedException">The host was disposed.</exception>
    /// <returns>The result. Every way a guest can fail is a <see cref="TrapReason"/>; only a fault of <paramref name="host"/> throws.</returns>
    public async ValueTask<SandboxResult> ExecuteAsync(
        SandboxModule module, HostImports declared, ReadOnlyMemory<byte> task, ResourceLimits limits, IHostCalls host, CancellationToken cancellation)
    {
        var clock = new ExecutionClock(_time, limits.TimeoutSeconds, cancellation);
        Retain();
        try
        {
            var refusal = await EnterAsync(clock).ConfigureAwait(false);
            if (refusal != TrapReason.None)
            {
                return new SandboxResult(refusal, default, 0, 0, clock.Elapsed);
            }

            try
            {
                return await RunAsync(module, declared, task, limits, host, clock).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }
        }
        finally
        {
            clock.Dispose();
            Release();
        }
    }

    /// <summary>Refuses new executions. The epoch thread ends with the last one under way.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release();
        }
    }

    private static async ValueTask<SandboxResult> RunAsync(
        SandboxModule module, HostImports declared, ReadOnlyMemory<byte> task, ResourceLimits limits, IHostCalls host, ExecutionClock clock)
    {
        var bounds = new GuestLimits
        {
            Fuel = limits.Fuel,
            MemoryPages = checked((uint)limits.MemoryMb * PagesPerMiB),
            MaxIoCalls = checked((uint)limits.MaxIoCalls),
        };
        using var guest = Guest.Create(module, declared, in bounds, out var refused);
        if (guest is null)
        {
            return new SandboxResult(refused, default, 0, 0, clock.Elapsed);
        }

        var happened = guest.Step(ok: true, task.Span, clock.RemainingMilliseconds);
        while (happened.State == GuestState.HostCall)
        {
            var answer = new HostAnswer(true, default);
            if (happened.Import == HostImports.Log)
            {
                await host.CallAsync(HostImports.Log, LogLine.ToJson(happened.Level, Guest.BytesOf(happened)), clock.Token).ConfigureAwait(false);
            }
            else
            {
                var request = Guest.RentCopy(happened);
                try
                {
                    answer = await host.CallAsync(happened.Import, request.AsMemory(0, (int)happened.Length), clock.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (clock.Verdict != TrapReason.None)
                {
                    // The host gave the call up, as it should; the verdict below says why.
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(request);
                }
            }

            if (clock.Verdict is not TrapReason.None and var verdict)
            {
                return new SandboxResult(verdict, default, happened.FuelUsed, (int)happened.IoCalls, clock.Elapsed);
            }

            happened = guest.Step(answer.Ok, answer.Body.Span, clock.RemainingMilliseconds);
        }

        return Finish(in happened, clock);
    }

    private static SandboxResult Finish(in GuestEvent happened, ExecutionClock clock)
    {
        var reason = happened.State == GuestState.Trapped ? happened.Reason : TrapReason.None;
        var output = ReadOnlyMemory<byte>.Empty;
        if (reason == TrapReason.None)
        {
            if (ResultJson.IsValid(Guest.BytesOf(happened)))
            {
                output = Guest.BytesOf(happened).ToArray();
            }
            else
            {
                reason = TrapReason.MalformedResult;
            }
        }

        return new SandboxResult(reason, output, happened.FuelUsed, (int)happened.IoCalls, clock.Elapsed);
    }

    /// <summary>Takes a place, or waits for one in a queue of bounded length until the deadline.</summary>
    private async ValueTask<TrapReason> EnterAsync(ExecutionClock clock)
    {
        if (_slots.Wait(0, CancellationToken.None))
        {
            return TrapReason.None;
        }

        if (Interlocked.Increment(ref _waiting) > _maxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return TrapReason.Busy;
        }

        try
        {
            await _slots.WaitAsync(clock.Token).ConfigureAwait(false);
            return TrapReason.None;
        }
        catch (OperationCanceledException)
        {
            return clock.Verdict == TrapReason.Cancelled ? TrapReason.Cancelled : TrapReason.Busy;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private void Retain()
    {
        Interlocked.Increment(ref _holders);
        if (Volatile.Read(ref _disposed) != 0)
        {
            Release();
            throw new ObjectDisposedException(nameof(SandboxHost));
        }
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Native.EpochRelease();
        }
    }
}
