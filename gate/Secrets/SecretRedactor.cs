using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using LatchGate.Secrets.Redaction;

namespace LatchGate.Secrets;

/// <summary>
/// Replaces known secret values in text by <see cref="Token"/>. A value is found as it is, in base64 and base64url at each of the three
/// alignments, percent-encoded in any spelling (also as form data), escaped as in a JSON string in any spelling, and with two of
/// the last two on top of each other, such as JSON within a JSON string.
/// </summary>
/// <remarks>
/// Whitespace around a value is not part of what is looked for. A secret that was cut off is not found: redact first, truncate afterwards.
/// That is on purpose, too: were beginnings hidden, whoever sees the result could guess a secret byte by byte.
/// </remarks>
public sealed class SecretRedactor
{
    private readonly Lock _changing = new();
    private SecretGeneration[] _generations = [];

    internal SecretRedactor()
    {
    }

    /// <summary>What stands in a secret's place.</summary>
    public static ReadOnlySpan<byte> Token => "***REDACTED***"u8;

    /// <summary>Whether there is anything to look for.</summary>
    public bool IsEmpty => Volatile.Read(ref _generations).Length == 0;

    /// <summary>Looks for secrets; allocates nothing unless one is found.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="redacted">The text with <see cref="Token"/> in place of each secret, when one was found.</param>
    /// <returns>Whether one was found.</returns>
    public bool TryRedact(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? redacted)
    {
        redacted = null;
        RangeList? ranges = null;
        foreach (var generation in Volatile.Read(ref _generations))
        {
            // One that ended meanwhile is nobody's secret any longer.
            if (!generation.TryShare())
            {
                continue;
            }

            try
            {
                if (RedactionScan.Contains(generation.Patterns, text))
                {
                    RedactionScan.Collect(generation.Patterns, text, ranges ??= new RangeList());
                }
            }
            finally
            {
                generation.Release();
            }
        }

        if (ranges is null)
        {
            return false;
        }

        redacted = ranges.Replace(text, Token);
        return true;
    }

    /// <summary>The text without secrets: the same memory when there is none in it.</summary>
    public ReadOnlyMemory<byte> Redact(ReadOnlyMemory<byte> text) => TryRedact(text.Span, out var redacted) ? redacted : text;

    /// <summary>The text without secrets: the same string when there is none in it.</summary>
    public string Redact(string text)
    {
        if (IsEmpty || text.Length < SecretValues.MinimumLength)
        {
            return text;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            var length = Encoding.UTF8.GetBytes(text, buffer);
            return TryRedact(buffer.AsSpan(0, length), out var redacted) ? Encoding.UTF8.GetString(redacted) : text;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>Looks for the values of <paramref name="generation"/> as well, until it ends.</summary>
    internal void Add(SecretGeneration generation)
    {
        generation.OnEnded(Remove);
        lock (_changing)
        {
            Volatile.Write(ref _generations, [generation, .. _generations]);
        }
    }

    private void Remove(SecretGeneration generation)
    {
        lock (_changing)
        {
            Volatile.Write(ref _generations, Array.FindAll(_generations, other => other != generation));
        }
    }
}
