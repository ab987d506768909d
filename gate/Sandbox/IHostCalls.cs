namespace LatchGate.Sandbox;

/// <summary>
/// The host side of one execution: answers the calls of one guest, one at a time, while the guest is suspended.
/// </summary>
public interface IHostCalls
{
    /// <summary>Performs one host call.</summary>
    /// <param name="import">Exactly one flag: which interface was called. It is declared, and within the I/O budget.</param>
    /// <param name="request">The guest's request as JSON (providers/wit/ABI.md), copied out of guest memory. Valid until the call completes.</param>
    /// <param name="cancellation">Fires at the execution's deadline.</param>
    /// <returns>The answer, copied into guest memory before the guest resumes.</returns>
    ValueTask<HostAnswer> CallAsync(HostImports import, ReadOnlyMemory<byte> request, CancellationToken cancellation);
}

/// <summary>What the host says to a guest.</summary>
/// <param name="Ok">False when the call was refused or failed; <paramref name="Body"/> is then a JSON error object.</param>
/// <param name="Body">JSON, UTF-8.</param>
public readonly record struct HostAnswer(bool Ok, ReadOnlyMemory<byte> Body);
