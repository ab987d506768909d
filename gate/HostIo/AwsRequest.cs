using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>One HTTP request as AWS Signature Version 4 sees it: the canonical request, and the headers that carry its signature.</summary>
/// <remarks>
/// <code>
/// canonical = method LF path LF query LF *(name ":" value LF) LF names LF payload
/// path      = segments decoded and encoded anew; but for s3 without dot segments and empty ones, and encoded a second time
/// query     = parameters decoded, encoded anew and sorted by name, then value
/// names     = of the signed headers, lower case, sorted, joined by ";": host, content-type and all x-amz-*
/// payload   = hex(SHA-256(body))
/// </code>
/// What is sent stays as the guest wrote it; AWS makes the same canonical form of it.
/// </remarks>
internal sealed class AwsRequest
{
    private readonly string _method;
    private readonly string _path;
    private readonly string _query;
    private readonly string _payload;
    private readonly List<Pair> _signed;

    /// <param name="method">Of the request.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="headers">What is sent; of a repeated header the values are joined, as they are on the wire.</param>
    /// <param name="body">SHA-256 of the body.</param>
    /// <param name="service">The AWS service.</param>
    /// <param name="now">The time of the signature.</param>
    internal AwsRequest(string method, Target target, IReadOnlyList<HeaderField> headers, in Sha256Digest body, string service, DateTimeOffset now)
    {
        var question = target.PathAndQuery.IndexOf('?', StringComparison.Ordinal);
        _method = method;
        _path = CanonicalPath(question < 0 ? target.PathAndQuery : target.PathAndQuery[..question], service == "s3");
        _query = question < 0 ? "" : CanonicalQuery(target.PathAndQuery[(question + 1)..]);
        _payload = body.ToHex();
        Time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        _signed = SignedOf(headers);
        _signed.Add(new Pair("host", target.RequestUri.Authority));
        _signed.Add(new Pair("x-amz-content-sha256", _payload));
        _signed.Add(new Pair("x-amz-date", Time));
    }

    /// <summary>When it is signed, <c>yyyyMMddTHHmmssZ</c>: the value of <c>x-amz-date</c>.</summary>
    internal string Time { get; }

    /// <summary>The value of <c>x-amz-content-sha256</c>.</summary>
    internal string Payload => _payload;

    /// <summary>Whether the signature sets this header, so that nobody else may.</summary>
    internal static bool Sets(string name) =>
        name.Equals("x-amz-date", StringComparison.OrdinalIgnoreCase) || name.Equals("x-amz-content-sha256", StringComparison.OrdinalIgnoreCase)
        || name.Equals("x-amz-security-token", StringComparison.OrdinalIgnoreCase);

    /// <summary>The value of <c>Authorization</c>.</summary>
    /// <param name="accessKey">The access key id, or what will be written in its place.</param>
    /// <param name="secret">The secret access key.</param>
    /// <param name="sessionToken">The session token; empty for none.</param>
    /// <param name="region">The AWS region.</param>
    /// <param name="service">The AWS service.</param>
    internal string Authorization(string accessKey, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> sessionToken, string region, string service)
    {
        if (!sessionToken.IsEmpty)
        {
            // Its value is hashed from where it lies, below.
            _signed.Add(new Pair("x-amz-security-token", ""));
        }

        _signed.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        var names = new StringBuilder();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, $"{_method}\n{_path}\n{_query}\n");
        foreach (var (name, value) in _signed)
        {
            names.Append(names.Length > 0 ? ";" : "").Append(name);
            Append(hash, $"{name}:{value}");
            if (name == "x-amz-security-token")
            {
                hash.AppendData(sessionToken);
            }

            Append(hash, "\n");
        }

        Append(hash, $"\n{names}\n{_payload}");
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        var signature = AwsSignature.Sign(secret, Time, region, service, digest);
        return $"{AwsSignature.Algorithm} Credential={accessKey}/{AwsSignature.ScopeOf(Time, region, service)}, SignedHeaders={names}, Signature={signature}";
    }

    private static List<Pair> SignedOf(IReadOnlyList<HeaderField> headers)
    {
        var signed = new List<Pair>();
        foreach (var (given, value) in headers)
        {
            var name = given.ToLowerInvariant();
            if ((name != "content-type" && !name.StartsWith("x-amz-", StringComparison.Ordinal)) || Sets(name))
            {
                continue;
            }

            var at = signed.FindIndex(field => field.Name == name);
            if (at < 0)
            {
                signed.Add(new Pair(name, OneBlank(value)));
            }
            else
            {
                signed[at] = new Pair(name, $"{signed[at].Value}, {OneBlank(value)}");
            }
        }

        return signed;
    }

    private static string OneBlank(string value)
    {
        value = value.Trim(' ');
        while (value.Contains("  ", StringComparison.Ordinal))
        {
            value = value.Replace("  ", " ", StringComparison.Ordinal);
        }

        return value;
    }

    private static string CanonicalPath(string path, bool isS3)
    {
        var canonical = new StringBuilder();
        foreach (var range in path.AsSpan(1).Split('/'))
        {
            canonical.Append('/').Append(Encode(PercentEncoding.Decode(path.AsSpan(1)[range], plusIsSpace: false)));
        }

        if (isS3)
        {
            return canonical.ToString();
        }

        var once = Redirects.RemoveDotSegments(canonical.ToString());
        while (once.Contains("//", StringComparison.Ordinal))
        {
            once = once.Replace("//", "/", StringComparison.Ordinal);
        }

        return Encode(Encoding.ASCII.GetBytes(once), keepSlash: true);
    }

    private static string CanonicalQuery(string query)
    {
        var parameters = new List<Pair>();
        foreach (var range in query.AsSpan().Split('&'))
        {
            var parameter = query.AsSpan()[range];
            if (parameter.IsEmpty)
            {
                continue;
            }

            var equals = parameter.IndexOf('=');
            var name = equals < 0 ? parameter : parameter[..equals];
            var value = equals < 0 ? [] : parameter[(equals + 1)..];
            parameters.Add(new Pair(
                Encode(PercentEncoding.Decode(name, plusIsSpace: true)), Encode(PercentEncoding.Decode(value, plusIsSpace: true))));
        }

        parameters.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is not 0 and var order ? order : string.CompareOrdinal(a.Value, b.Value));
        var canonical = new StringBuilder();
        foreach (var (name, value) in parameters)
        {
            canonical.Append(canonical.Length > 0 ? "&" : "").Append(name).Append('=').Append(value);
        }

        return canonical.ToString();
    }

    private static string Encode(ReadOnlySpan<byte> octets, bool keepSlash = false)
    {
        var encoded = new byte[octets.Length * 3];
        return Encoding.ASCII.GetString(encoded, 0, PercentEncoding.Write(octets, encoded, keepSlash));
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));

    private sealed record Pair(string Name, string Value);
}
