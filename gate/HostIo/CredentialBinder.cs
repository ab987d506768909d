using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Secrets;

namespace LatchGate.HostIo;

/// <summary>
/// Step 13 of reference/egress.md C3: opens the secrets that the rule of this very hop binds, and puts them into the request. It
/// comes after all judgements, and the only way to it is a judged route: no secret is read for a target that is refused.
/// </summary>
internal sealed class CredentialBinder(ISecretSource secrets, TimeProvider time)
{
    /// <summary>What an agent may write where a client library insists on a credential.</summary>
    internal const string Placeholder = "latchgate-injected";

    private const string Authorization = "authorization";
    private static readonly string Redacted = System.Text.Encoding.ASCII.GetString(SecretRedactor.Token);

    /// <summary>Binds the credentials of one hop.</summary>
    /// <param name="target">Judged.</param>
    /// <param name="bindings">Of the rule that allowed it.</param>
    /// <param name="request">As filtered; on success as it is sent, with marks for secrets.</param>
    /// <param name="body">SHA-256 of its body.</param>
    /// <param name="bound">Not null exactly when there is something to hold; dispose it after the exchange.</param>
    internal EgressReason Bind(
        Target target, ImmutableArray<CredentialBinding> bindings, ref OutboundRequest request, in Sha256Digest body, out BoundCredentials? bound)
    {
        bound = null;
        if (bindings.IsEmpty)
        {
            return EgressReason.Allowed;
        }

        if (target.Scheme != EgressSchemes.Https)
        {
            return EgressReason.CredentialPlaintext;
        }

        var credentials = new BoundCredentials();
        var work = new Work(target, request, credentials);
        var reason = EgressReason.Allowed;
        foreach (var binding in bindings)
        {
            reason = Open(binding, credentials, out var opened);
            if (reason == EgressReason.Allowed)
            {
                reason = Put(binding, opened, work, body);
            }

            if (reason != EgressReason.Allowed)
            {
                credentials.Dispose();
                return reason;
            }
        }

        request = work.Finish();
        bound = credentials;
        return EgressReason.Allowed;
    }

    // Null where the store lacks an optional secret.
    private EgressReason Open(CredentialBinding binding, BoundCredentials credentials, out Opened? opened)
    {
        opened = null;
        SecretLease? user = null, accessKey = null, sessionToken = null;
        if (!TryOpen(binding.Secret, out var secret) || !TryOpen(binding.UsernameSecret, out user)
            || !TryOpen(binding.AccessKeySecret, out accessKey) || !TryOpen(binding.SessionTokenSecret, out sessionToken))
        {
            return binding.Required ? EgressReason.CredentialMissing : EgressReason.Allowed;
        }

        opened = new Opened(secret!, user, accessKey, sessionToken);
        return IsUsable(binding.Target, opened) ? EgressReason.Allowed : EgressReason.CredentialUnusable;

        bool TryOpen(string? name, out SecretLease? lease)
        {
            lease = null;
            if (name is null)
            {
                return true;
            }

            if (!secrets.TryOpen(name, out lease))
            {
                return false;
            }

            credentials.Hold(lease);
            return true;
        }
    }

    // RFC 9110 §5.5: a field value is visible characters with blanks between. Nothing of a secret may end a line.
    private static bool IsUsable(CredentialTarget target, Opened opened) => target switch
    {
        CredentialTarget.Header => IsFieldValue(opened.Secret),
        CredentialTarget.Path => HasNoControls(opened.Secret) && IsPath(opened.Secret),
        CredentialTarget.HmacSha256 => true,
        CredentialTarget.AwsSigV4 => IsFieldValue(opened.Secret) && IsFieldValue(opened.AccessKey) && IsFieldValue(opened.SessionToken),
        CredentialTarget.Basic => HasNoControls(opened.Secret) && (opened.User is null || (HasNoControls(opened.User) && !opened.User.Value.Contains((byte)':'))),
        _ => HasNoControls(opened.Secret),
    };

    private static bool IsFieldValue(SecretLease? secret) => secret is null
        || (secret.Value.Length <= SecretField.MaxLength && !secret.Value.ContainsAnyExceptInRange((byte)' ', (byte)'~')
            && secret.Value[0] != (byte)' ' && secret.Value[^1] != (byte)' ');

    // Slashes stay slashes, so an empty or a dot segment would lead elsewhere.
    private static bool IsPath(SecretLease secret)
    {
        var rest = secret.Value;
        while (true)
        {
            var slash = rest.IndexOf((byte)'/');
            if ((slash < 0 ? rest : rest[..slash]) is [] or [(byte)'.'] or [(byte)'.', (byte)'.'])
            {
                return false;
            }

            if (slash < 0)
            {
                return true;
            }

            rest = rest[(slash + 1)..];
        }
    }

    // A third of the limit: encoded it is up to three times as long.
    private static bool HasNoControls(SecretLease secret) =>
        secret.Value.Length <= SecretField.MaxLength / 3 && !secret.Value.ContainsAnyInRange((byte)0, (byte)0x1F) && !secret.Value.Contains((byte)0x7F);

    private EgressReason Put(CredentialBinding binding, Opened? opened, Work work, in Sha256Digest body)
    {
        if (binding.Target == CredentialTarget.Path)
        {
            return PutPath(opened, work);
        }

        // The name of a declared credential is not the guest's to set, also where there is no value for it.
        var collided = binding.Target == CredentialTarget.Query ? work.TakeParameter(binding.Name) : work.TakeHeader(binding.Name);
        collided |= binding.TimestampHeader is { } timestamp && work.TakeHeader(timestamp);
        if (collided && binding.OnCollision == CredentialCollision.Deny)
        {
            return EgressReason.CredentialCollision;
        }

        if (opened is null)
        {
            return EgressReason.Allowed;
        }

        switch (binding.Target)
        {
            case CredentialTarget.Header:
                work.Header(binding.Name, binding.Prefix + work.Mark(SecretField.Verbatim(opened.Secret)));
                break;
            case CredentialTarget.Basic:
                var pair = opened.User is { } user ? SecretField.Basic(user, opened.Secret) : SecretField.Basic(binding.Username ?? "", opened.Secret);
                work.Header(binding.Name, "Basic " + work.Mark(pair));
                break;
            case CredentialTarget.Query:
                work.Parameter(binding.Name, work.Mark(SecretField.Query(opened.Secret)));
                break;
            case CredentialTarget.AwsSigV4:
                if (work.HasParameter || opened.AccessKey is not { } accessKey)
                {
                    // The signature covers path and query, and would cover the mark in them.
                    return EgressReason.CredentialUnusable;
                }

                Sign(binding, opened, accessKey, work, body);
                break;
            case CredentialTarget.HmacSha256:
                SignBody(binding, opened.Secret, work);
                break;
            default:
                throw new UnreachableException();
        }

        work.Note(binding.Target == CredentialTarget.Query ? $"query:{binding.Name}" : binding.Name, collided);
        return EgressReason.Allowed;
    }

    // A request that does not have the place exactly once is not the one that the credential is meant for.
    private static EgressReason PutPath(Opened? opened, Work work)
    {
        if (opened is null)
        {
            return EgressReason.CredentialMissing;
        }

        if (!work.TryPath(SecretField.Path(opened.Secret)))
        {
            return EgressReason.CredentialUnusable;
        }

        work.Note("path", collided: false);
        return EgressReason.Allowed;
    }

    private void Sign(CredentialBinding binding, Opened opened, SecretLease accessKey, Work work, in Sha256Digest body)
    {
        var (service, region) = (binding.Service ?? "", binding.Region ?? "");
        work.TakeAwsHeaders();
        var signing = new AwsRequest(work.Method, work.Target, work.Headers, body, service, time.GetUtcNow());
        var authorization = signing.Authorization(
            work.Mark(SecretField.Verbatim(accessKey)), opened.Secret.Value, opened.SessionToken is { } session ? session.Value : default, region, service);
        work.Header("x-amz-date", signing.Time);
        work.Header("x-amz-content-sha256", signing.Payload);
        if (opened.SessionToken is { } token)
        {
            work.Header("x-amz-security-token", work.Mark(SecretField.Verbatim(token)));
        }

        work.Header(Authorization, authorization);
    }

    // The signature is no secret: whoever receives the request sees it, and it says nothing about the key.
    private void SignBody(CredentialBinding binding, SecretLease key, Work work)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Value);
        if (binding.TimestampHeader is { } name)
        {
            var now = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            work.Header(name, now);
            hmac.AppendData(Encoding.ASCII.GetBytes(now));
            hmac.AppendData("."u8);
        }

        hmac.AppendData(work.Body.Span);
        work.Header(binding.Name, binding.Prefix + Convert.ToHexStringLower(hmac.GetHashAndReset()));
    }

    private sealed record Opened(SecretLease Secret, SecretLease? User, SecretLease? AccessKey, SecretLease? SessionToken);

    /// <summary>The request while credentials go into it.</summary>
    private sealed class Work(Target target, OutboundRequest request, BoundCredentials credentials)
    {
        private readonly List<HeaderField> _headers = [.. request.Headers];
        private string _path = target.PathAndQuery;

        internal Target Target => target;

        internal string Method => request.Method;

        /// <summary>As it is sent.</summary>
        internal ReadOnlyMemory<byte> Body => request.Body ?? default;

        internal IReadOnlyList<HeaderField> Headers => _headers;

        internal bool HasParameter { get; private set; }

        internal string Mark(SecretField field) => credentials.Mark(field);

        internal void Note(string name, bool collided) => credentials.Note(name, collided);

        internal void Header(string name, string value) => _headers.Add(new HeaderField(name, value));

        internal void Parameter(string name, string value)
        {
            HasParameter = true;
            _path = QueryText.Add(_path, name, value);
        }

        /// <summary>Writes a secret where the path has the placeholder.</summary>
        internal bool TryPath(SecretField field)
        {
            var end = _path.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query ? query : _path.Length;
            var at = _path.IndexOf(Placeholder, 0, end, StringComparison.Ordinal);
            if (at < 0 || _path.IndexOf(Placeholder, at + 1, StringComparison.Ordinal) >= 0)
            {
                return false;
            }

            _path = string.Concat(_path.AsSpan(0, at), Mark(field), _path.AsSpan(at + Placeholder.Length));
            HasParameter = true;
            return true;
        }

        /// <summary>Takes the guest's header out; true when it was more than the placeholder.</summary>
        internal bool TakeHeader(string name)
        {
            var collided = false;
            foreach (var field in request.Withheld)
            {
                collided |= Is(field, name) && !IsPlaceholder(field.Value);
            }

            for (var i = _headers.Count - 1; i >= 0; i--)
            {
                if (Is(_headers[i], name))
                {
                    collided |= !IsPlaceholder(_headers[i].Value);
                    _headers.RemoveAt(i);
                }
            }

            return collided;
        }

        internal bool TakeParameter(string name)
        {
            _path = QueryText.Remove(_path, name, out var removed);
            return removed is not null && !IsPlaceholder(removed);
        }

        internal void TakeAwsHeaders()
        {
            for (var i = _headers.Count - 1; i >= 0; i--)
            {
                if (AwsRequest.Sets(_headers[i].Name))
                {
                    _headers.RemoveAt(i);
                }
            }
        }

        internal OutboundRequest Finish() => request with
        {
            Headers = _headers,
            SentPath = ReferenceEquals(_path, target.PathAndQuery) ? null : _path,
            Secrets = credentials.Fields,
        };

        private static bool Is(in HeaderField field, string name) => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

        // Libraries write more around a key: "Bearer …", "AWS4-HMAC-SHA256 Credential=…/…". The other is what a redirect left of ours.
        private static bool IsPlaceholder(string value) =>
            value.Contains(Placeholder, StringComparison.Ordinal) || value.Contains(Redacted, StringComparison.Ordinal);
    }
}
