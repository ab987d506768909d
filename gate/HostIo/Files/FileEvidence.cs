using LatchGate.Crypto;

namespace LatchGate.HostIo.Files;

/// <summary>
/// What the host itself saw of one file operation, for verification and the receipt. Made for every operation that was permitted and
/// reached the file, also when it failed afterwards.
/// </summary>
/// <param name="Operation"><c>read</c>, <c>create</c>, <c>overwrite</c> or <c>delete</c>.</param>
/// <param name="Path">Relative to the session's root.</param>
/// <param name="Outcome"><see cref="FileFault.None"/> when it was done, else what failed.</param>
public sealed record FileEvidence(string Operation, string Path, FileFault Outcome)
{
    /// <summary>SHA-256 of the file before it was replaced or taken away; null where there was none.</summary>
    public Sha256Digest? BeforeHash { get; init; }

    /// <summary>SHA-256 of the file that was read, or that is there afterwards; null where there is none.</summary>
    public Sha256Digest? AfterHash { get; init; }

    /// <summary>Bytes of the file before; 0 where there was none.</summary>
    public long BytesBefore { get; init; }

    /// <summary>Bytes that were read, or that are there afterwards.</summary>
    public long BytesAfter { get; init; }
}
