using System.Security.Cryptography;
using System.Text;
using LatchGate.Config;
using LatchGate.HostIo;
using LatchGate.Secrets;

namespace LatchGate.Webhooks;

/// <summary>
/// One attempt's request while it is put together and sent. Secrets are opened for it alone: in the head only marks stand for them, which the
/// connection writes over, and a body that holds one is wiped.
/// </summary>
internal sealed class WebhookMessage : IDisposable
{
    private const int LargestSecret = SecretField.MaxLength / 3;

    private readonly ISecretSource _secrets;
    private readonly List<SecretLease> _leases = [];
    private readonly List<SecretField> _fields = [];
    private readonly List<HeaderField> _headers = [];

    internal WebhookMessage(ISecretSource secrets) => _secrets = secrets;

    /// <summary>The name of the first secret that is not there or cannot be sent; null when all is well.</summary>
    internal string? MissingSecret { get; private set; }

    /// <summary>Adds a header.</summary>
    internal void Header(string name, string value) => _headers.Add(new HeaderField(name, value));

    /// <summary>Adds a header of the configuration.</summary>
    internal void Header(WebhookHeader header) => Header(header.Name, Marked(header.Value));

    /// <summary>Adds the signature (reference/ops.md §5.4): HMAC-SHA256 over <c>timestamp "." body</c>.</summary>
    internal void Sign(string key, string timestamp, ReadOnlySpan<byte> body)
    {
        if (Open(key) is not { } secret)
        {
            return;
        }

        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret.Value);
        hmac.AppendData(Encoding.ASCII.GetBytes(timestamp));
        hmac.AppendData("."u8);
        hmac.AppendData(body);
        Header("X-LatchGate-Signature", "sha256=" + Convert.ToHexStringLower(hmac.GetHashAndReset()));
    }

    /// <summary>Opens a secret, until this is disposed; null, and <see cref="MissingSecret"/> says so, when there is none.</summary>
    internal SecretLease? Open(string name)
    {
        if (_secrets.TryOpen(name, out var lease))
        {
            _leases.Add(lease);
            return lease;
        }

        MissingSecret ??= name;
        return null;
    }

    /// <summary>Says that a secret is there, and is none that can be sent.</summary>
    internal void Lacks(string name) => MissingSecret ??= name;

    /// <summary>The text with a mark in each secret's place.</summary>
    internal string Marked(SecretText text) => text.With(name =>
    {
        // It must not end a line, or a path: visible characters, no fragment.
        if (Open(name) is not { } secret || secret.Value.Length > LargestSecret || secret.Value.ContainsAnyExceptInRange((byte)'!', (byte)'~')
            || secret.Value.Contains((byte)'#'))
        {
            MissingSecret ??= name;
            return "";
        }

        var field = SecretField.Verbatim(secret);
        _fields.Add(field);
        return field.Mark;
    });

    /// <summary>The request.</summary>
    internal OutboundRequest Finish(WebhookConfig endpoint, ReadOnlyMemory<byte> body) => new("POST", _headers, body)
    {
        SentPath = endpoint.Path.Names.IsEmpty ? null : Marked(endpoint.Path),
        Secrets = [.. _fields],
        HeadCounts = true,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var lease in _leases)
        {
            lease.Dispose();
        }

        _leases.Clear();
    }
}
