using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Secrets;

namespace LatchGate.HostIo;

/// <summary>
/// A secret on its way into one request. The HTTP client's texts, which the garbage collector may copy and keep, hold only a
/// mark; the connection writes the secret's bytes in its place (<see cref="SecretWritingStream"/>).
/// </summary>
internal abstract class SecretField
{
    /// <summary>Longest value in bytes, as it is written.</summary>
    internal const int MaxLength = 8 * 1024;

    private const string MarkPrefix = "latchgate-";
    private const int MarkRandom = 16;

    private readonly byte[] _mark;

    private SecretField()
    {
        // Nobody can guess the mark, so nothing else in a request is ever taken for one.
        Mark = MarkPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(MarkRandom));
        _mark = Encoding.ASCII.GetBytes(Mark);
    }

    /// <summary>What stands for the secret: letters, digits and a hyphen, so that it passes headers and URLs as it is.</summary>
    internal string Mark { get; }

    internal ReadOnlySpan<byte> MarkBytes => _mark;

    /// <summary>Whether the secret was written at least once.</summary>
    internal bool Written { get; private set; }

    /// <summary>Most bytes that <see cref="WriteTo"/> needs.</summary>
    internal abstract int Capacity { get; }

    /// <summary>The secret as it is.</summary>
    internal static SecretField Verbatim(SecretLease secret) => new VerbatimField(secret);

    /// <summary><c>base64(user ":" password)</c> (RFC 7617 §2).</summary>
    internal static SecretField Basic(string user, SecretLease password) => new BasicField(Encoding.UTF8.GetBytes(user), null, password);

    /// <inheritdoc cref="Basic(string, SecretLease)"/>
    internal static SecretField Basic(SecretLease user, SecretLease password) => new BasicField([], user, password);

    /// <summary>The secret as a value in a query: all but the unreserved characters are percent-encoded.</summary>
    internal static SecretField Query(SecretLease secret) => new QueryField(secret);

    /// <summary>The secret as (part of) a path: as in a query, but slashes and colons stay.</summary>
    internal static SecretField Path(SecretLease secret) => new PathField(secret);

    /// <summary>Writes the value. The secret's lease is still held.</summary>
    /// <returns>Bytes written.</returns>
    internal int WriteTo(Span<byte> destination)
    {
        Written = true;
        return Fill(destination);
    }

    private protected abstract int Fill(Span<byte> destination);

    private sealed class VerbatimField(SecretLease secret) : SecretField
    {
        internal override int Capacity => secret.Value.Length;

        private protected override int Fill(Span<byte> destination)
        {
            secret.Value.CopyTo(destination);
            return secret.Value.Length;
        }
    }

    private sealed class BasicField(byte[] name, SecretLease? user, SecretLease password) : SecretField
    {
        internal override int Capacity => Base64.GetMaxEncodedToUtf8Length(UserName.Length + 1 + password.Value.Length);

        private ReadOnlySpan<byte> UserName => user is null ? name : user.Value;

        private protected override int Fill(Span<byte> destination)
        {
            UserName.CopyTo(destination);
            destination[UserName.Length] = (byte)':';
            password.Value.CopyTo(destination[(UserName.Length + 1)..]);
            return Base64.EncodeToUtf8InPlace(destination, UserName.Length + 1 + password.Value.Length, out var written) == OperationStatus.Done
                ? written
                : throw new ArgumentException("The destination is too small.", nameof(destination));
        }
    }

    private sealed class QueryField(SecretLease secret) : SecretField
    {
        internal override int Capacity => secret.Value.Length * 3;

        private protected override int Fill(Span<byte> destination) => PercentEncoding.Write(secret.Value, destination, keepSlash: false);
    }

    private sealed class PathField(SecretLease secret) : SecretField
    {
        internal override int Capacity => secret.Value.Length * 3;

        private protected override int Fill(Span<byte> destination)
        {
            var written = 0;
            foreach (var octet in secret.Value)
            {
                if (octet == (byte)':')
                {
                    destination[written++] = octet;
                }
                else
                {
                    written += PercentEncoding.Write([octet], destination[written..], keepSlash: true);
                }
            }

            return written;
        }
    }
}
