using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LatchGate.Secrets;

/// <summary>Secrets that never change: none, or those of a test.</summary>
internal sealed class FixedSecrets : ISecretSource, IDisposable
{
    private readonly SecretGeneration? _generation;

    private FixedSecrets(SecretGeneration? generation)
    {
        _generation = generation;
        Redactor = new SecretRedactor();
        if (generation is not null)
        {
            Redactor.Add(generation);
        }
    }

    /// <summary>No secret at all.</summary>
    internal static FixedSecrets None { get; } = new(null);

    /// <inheritdoc/>
    public SecretRedactor Redactor { get; }

    /// <summary>The given ones; each value has at least <see cref="SecretValues.MinimumLength"/> bytes.</summary>
    internal static FixedSecrets Of(params (string Name, string Value)[] secrets)
    {
        var capacity = 0;
        foreach (var (_, value) in secrets)
        {
            capacity += Encoding.UTF8.GetByteCount(value);
        }

        using var values = new SecretValues(capacity);
        foreach (var (name, value) in secrets)
        {
            if (!values.Add(name, Encoding.UTF8.GetBytes(value)))
            {
                throw new ArgumentException($"The secret '{name}' is there twice.", nameof(secrets));
            }
        }

        return values.TooShort.Count == 0 ? new FixedSecrets(values.ToGeneration()) : throw new ArgumentException($"'{values.TooShort[0]}' is too short.", nameof(secrets));
    }

    /// <inheritdoc/>
    public bool TryOpen(string name, [NotNullWhen(true)] out SecretLease? lease)
    {
        lease = null;
        return _generation is not null && _generation.TryOpen(name, out lease);
    }

    /// <inheritdoc/>
    public SecretHold Hold() => new(_generation is not null && _generation.TryShare() ? _generation : null);

    /// <inheritdoc/>
    public void Dispose() => _generation?.Release();
}
