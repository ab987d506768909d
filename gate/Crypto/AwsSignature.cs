using System.Security.Cryptography;
using System.Text;

namespace LatchGate.Crypto;

/// <summary>The arithmetic of AWS Signature Version 4 (AWS General Reference, "Signature Version 4 signing process").</summary>
/// <remarks>
/// <code>
/// scope          = date "/" region "/" service "/aws4_request"
/// string to sign = "AWS4-HMAC-SHA256" LF time LF scope LF hex(SHA-256(canonical request))
/// key            = HMAC(HMAC(HMAC(HMAC("AWS4" secret, date), region), service), "aws4_request")
/// signature      = hex(HMAC(key, string to sign))
/// </code>
/// </remarks>
internal static class AwsSignature
{
    /// <summary>The algorithm's name.</summary>
    internal const string Algorithm = "AWS4-HMAC-SHA256";

    // Of any that AWS gives out; a longer one, of a policy's own making, is worked on elsewhere than on the stack.
    private const int UsualSecret = 128;

    /// <summary>The scope of a signature.</summary>
    /// <param name="time"><c>yyyyMMddTHHmmssZ</c>.</param>
    /// <param name="region">Such as <c>eu-central-1</c>.</param>
    /// <param name="service">Such as <c>s3</c>.</param>
    internal static string ScopeOf(string time, string region, string service) => $"{time[..8]}/{region}/{service}/aws4_request";

    /// <summary>Signs a canonical request.</summary>
    /// <param name="secret">The secret access key.</param>
    /// <param name="time"><c>yyyyMMddTHHmmssZ</c>.</param>
    /// <param name="region">As in the scope.</param>
    /// <param name="service">As in the scope.</param>
    /// <param name="canonicalRequest">SHA-256 of the canonical request.</param>
    /// <returns>64 hexadecimal digits in lower case.</returns>
    internal static string Sign(ReadOnlySpan<byte> secret, string time, string region, string service, ReadOnlySpan<byte> canonicalRequest)
    {
        var toSign = $"{Algorithm}\n{time}\n{ScopeOf(time, region, service)}\n{Convert.ToHexStringLower(canonicalRequest)}";
        ReadOnlySpan<string> steps = [time[..8], region, service, "aws4_request", toSign];
        var first = secret.Length <= UsualSecret ? stackalloc byte[4 + UsualSecret] : new byte[4 + secret.Length];
        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> next = stackalloc byte[SHA256.HashSizeInBytes];
        try
        {
            "AWS4"u8.CopyTo(first);
            secret.CopyTo(first[4..]);
            HMACSHA256.HashData(first[..(4 + secret.Length)], Encoding.UTF8.GetBytes(steps[0]), key);
            foreach (var step in steps[1..])
            {
                HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step), next);
                next.CopyTo(key);
            }

            return Convert.ToHexStringLower(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(first);
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(next);
        }
    }
}
