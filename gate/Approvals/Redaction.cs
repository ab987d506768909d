using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace LatchGate.Approvals;

/// <summary>
/// What is left out of a request before an operator sees it (reference/kernel.md D-40). An operator has to know what will be done, not
/// with which credential; when in doubt a value is left out, and the marker says how long it is.
/// </summary>
/// <remarks>
/// Left out are: the value under a name that means a credential; in any text, what follows an authentication scheme
/// (<c>Bearer …</c>, <c>Basic …</c>), tokens with a well-known beginning (<c>ghp_</c>, <c>eyJ</c> …), and runs of 32 or more
/// characters that mix lower case, upper case and digits as random tokens do. Hashes and UUIDs are not: they are what requests are about.
/// </remarks>
internal static class Redaction
{
    private const int ShortestRandom = 32;
    private const int ShortestPrefixed = 16;

    // Bits for each character. Random base64 of 32 characters has about 4.5, an English name in camel case less than 4.
    private const double LeastEntropy = 4.0;

    // Lower case, without separators: "X-Api-Key" is "xapikey".
    private static readonly string[] _endings =
    [
        "authorization", "cookie", "token", "password", "passwd", "passphrase", "secret", "apikey", "authkey", "privatekey", "secretkey", "accesskey",
        "subscriptionkey", "functionskey", "applicationkey", "appkey", "masterkey", "sharedkey", "signingkey", "encryptionkey", "licensekey",
        "credential", "credentials", "signature", "xauth",
    ];

    private static readonly string[] _names = ["auth", "pwd", "pass", "otp", "sig", "jwt", "sessionid", "sid"];

    private static readonly string[] _schemes = ["bearer ", "basic ", "digest ", "dpop ", "token ", "apikey ", "negotiate "];

    private static readonly string[] _prefixes =
        ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "sk-", "sk_", "pk_", "rk_", "xoxa-", "xoxb-", "xoxp-", "xoxs-", "AKIA", "ASIA", "AIza", "eyJ", "npm_", "hf_"];

    /// <summary>What stands for a value that is left out.</summary>
    internal static string Marker(int characters) => string.Create(CultureInfo.InvariantCulture, $"[redacted {characters} chars]");

    /// <summary>Whether what has this name is a credential.</summary>
    /// <param name="name">A header, a query parameter, or a member of a document.</param>
    /// <param name="declared">The secrets that the action declares.</param>
    internal static bool IsSecretName(string name, ImmutableArray<string> declared)
    {
        var plain = Plain(name);
        foreach (var ending in _endings)
        {
            if (plain.EndsWith(ending, StringComparison.Ordinal))
            {
                return true;
            }
        }

        if (Array.IndexOf(_names, plain) >= 0)
        {
            return true;
        }

        foreach (var secret in declared)
        {
            if (plain == Plain(secret))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A text without the credentials that it holds.</summary>
    internal static string Scrub(string text)
    {
        StringBuilder? clean = null;
        var kept = 0;
        for (var at = 0; at < text.Length;)
        {
            if (!IsTokenCharacter(text[at]))
            {
                at++;
                continue;
            }

            var end = at;
            while (end < text.Length && IsTokenCharacter(text[end]))
            {
                end++;
            }

            var secretEnd = AfterScheme(text, at, end, out var start) ? EndOfWord(text, start) : LooksSecret(text.AsSpan(at, end - at)) ? end : 0;
            if (secretEnd > 0)
            {
                start = Math.Max(start, at);
                (clean ??= new StringBuilder()).Append(text, kept, start - kept).Append(Marker(secretEnd - start));
                kept = end = secretEnd;
            }

            at = end;
        }

        return clean is null ? text : clean.Append(text, kept, text.Length - kept).ToString();
    }

    private static string Plain(string name)
    {
        var plain = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (char.IsLetterOrDigit(c))
            {
                plain.Append(char.ToLowerInvariant(c));
            }
        }

        return plain.ToString();
    }

    // "Bearer abc": the word is a scheme, and something follows it.
    private static bool AfterScheme(string text, int at, int end, out int start)
    {
        start = 0;
        if (end >= text.Length || text[end] != ' ')
        {
            return false;
        }

        foreach (var scheme in _schemes)
        {
            if (scheme.Length == end + 1 - at && text.AsSpan(at, scheme.Length).Equals(scheme, StringComparison.OrdinalIgnoreCase))
            {
                start = end + 1;

                // "a token of thanks" is prose; a credential after a scheme is long or not a plain word.
                var credential = text.AsSpan(start, EndOfWord(text, start) - start);
                return credential.Length >= 8 && (scheme is "bearer " or "basic " or "dpop " || credential.ContainsAnyInRange('0', '9'));
            }
        }

        return false;
    }

    private static int EndOfWord(string text, int at)
    {
        while (at < text.Length && text[at] > ' ' && text[at] is not ('"' or '\'' or ',' or ';' or '<' or '>'))
        {
            at++;
        }

        return at;
    }

    private static bool LooksSecret(ReadOnlySpan<char> run)
    {
        if (run.Length >= ShortestPrefixed)
        {
            foreach (var prefix in _prefixes)
            {
                if (run.StartsWith(prefix, StringComparison.Ordinal))
                {
                    return true;
                }
            }
        }

        return run.Length >= ShortestRandom
            && run.ContainsAnyInRange('a', 'z') && run.ContainsAnyInRange('A', 'Z') && run.ContainsAnyInRange('0', '9')
            && EntropyOf(run) >= LeastEntropy;
    }

    // Shannon's, in bits for each character.
    private static double EntropyOf(ReadOnlySpan<char> run)
    {
        Span<int> counts = stackalloc int[128];
        counts.Clear();
        foreach (var c in run)
        {
            counts[c]++;
        }

        var entropy = 0.0;
        foreach (var count in counts)
        {
            if (count > 0)
            {
                var share = (double)count / run.Length;
                entropy -= share * Math.Log2(share);
            }
        }

        return entropy;
    }

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '+' or '=';
}
