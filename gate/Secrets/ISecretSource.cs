using System.Diagnostics.CodeAnalysis;

namespace LatchGate.Secrets;

/// <summary>
/// Where the gate's secrets come from. Values stay in locked memory; a caller looks at one for as long as it holds its lease.
/// </summary>
public interface ISecretSource
{
    /// <summary>
    /// Hides the values of this source in text: those in force, and those replaced by a rotation for as long as somebody holds a lease or
    /// a <see cref="Hold"/> from before it. Thread-safe; one object for the life of the source.
    /// </summary>
    SecretRedactor Redactor { get; }

    /// <summary>Opens the secret <paramref name="name"/>.</summary>
    /// <param name="name">As the manifest declares it; compared byte for byte.</param>
    /// <param name="lease">Its value, to be disposed as soon as it has been used. Valid across a rotation.</param>
    /// <returns>False when there is no such secret: <c>credential_missing</c> where it is required.</returns>
    bool TryOpen(string name, [NotNullWhen(true)] out SecretLease? lease);

    /// <summary>
    /// Keeps the values in force known to <see cref="Redactor"/> until the hold is disposed, also across a rotation: taken when an execution
    /// begins, disposed when its output and its log lines were redacted.
    /// </summary>
    SecretHold Hold();
}
