using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>Which of a guest's headers are sent, and which of a response's the guest sees.</summary>
internal static class ProviderHeaders
{
    /// <summary>Response headers with this beginning are the gate's own.</summary>
    internal const string Own = "latchgate-";

    private const string UserAgent = "latchgate";
    private const int MaxCount = 100;
    private const int MaxBytes = 32 * 1024;

    // RFC 9110 §5.6.2.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // Fields of one connection (RFC 9110 §7.6.1), in either direction.
    private static readonly FrozenSet<string> HopByHop = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade");

    private static readonly FrozenSet<string> Stripped = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,

        // Framing and routing are the gate's. A coded response could not be read by the verifier.
        "host", "content-length", "expect", "accept-encoding", "content-encoding",

        // Credentials come from the gate's secret store alone.
        "authorization", "cookie", "cookie2", "set-cookie", "set-cookie2", "api-key", "apikey", "x-apikey", "dd-application-key",
        "ocp-apim-subscription-key",

        // What lies about the sender or changes the request after it was judged.
        "forwarded", "via", "x-real-ip", "x-client-ip", "x-original-url", "x-original-host", "x-rewrite-url",
        "x-http-method", "x-http-method-override", "x-method-override");

    private static readonly string[] StrippedPrefixes = ["proxy-", "sec-", "x-forwarded-"];
    private static readonly string[] StrippedSuffixes = ["-token", "-api-key", "-auth", "-authorization", "-secret", "-password"];

    // Only these follow a redirect to another origin (reference/egress.md C3, step 15).
    private static readonly FrozenSet<string> CrossOrigin =
        FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "accept", "accept-language", "user-agent");

    /// <summary>Checks the guest's headers, takes out those that it must not set and names the sender where it did not.</summary>
    /// <param name="given">As the guest gave them.</param>
    /// <param name="listed">Names in lower case, beyond which nothing of the guest's is sent; empty means no such list.</param>
    /// <param name="kept">What is sent.</param>
    /// <param name="withheld">The others.</param>
    /// <returns>
    /// <see cref="EgressReason.InvalidHeader"/> when a name is no token, a value is not printable ASCII with inner
    /// blanks, or there are over 100 fields or 32 KiB of them.
    /// </returns>
    internal static EgressReason Filter(
        IReadOnlyList<HeaderField> given, ImmutableArray<string> listed, out List<HeaderField> kept, out List<HeaderField> withheld)
    {
        kept = new List<HeaderField>(given.Count + 1);
        withheld = [];
        var hasAgent = false;
        if (given.Count > MaxCount)
        {
            return EgressReason.InvalidHeader;
        }

        var bytes = 0;
        for (var i = 0; i < given.Count; i++)
        {
            var (name, value) = given[i];
            bytes += name.Length + value.Length;
            if (bytes > MaxBytes || name.Length == 0 || name.AsSpan().ContainsAnyExcept(TokenCharacters) || !IsFieldValue(value))
            {
                return EgressReason.InvalidHeader;
            }

            if (IsStripped(name) || !IsListed(name, listed))
            {
                withheld.Add(given[i]);
            }
            else
            {
                kept.Add(given[i]);
                hasAgent |= name.Equals("user-agent", StringComparison.OrdinalIgnoreCase);
            }
        }

        if (!hasAgent)
        {
            kept.Add(new HeaderField("user-agent", UserAgent));
        }

        return EgressReason.Allowed;
    }

    /// <summary>
    /// Puts the call's place in its trace among the headers, for an action whose rules list the field by name. Which calls belong together
    /// is nobody else's business, and what a guest says of it is not the gate's word.
    /// </summary>
    internal static void SetTrace(List<HeaderField> headers, HttpCallContext context)
    {
        Set(headers, context.Rules.RequestHeaders, "traceparent", context.TraceParent);
        Set(headers, context.Rules.RequestHeaders, "tracestate", context.TraceState);
    }

    private static void Set(List<HeaderField> headers, ImmutableArray<string> listed, string name, string? value)
    {
        if (value is null || !listed.Contains(name))
        {
            return;
        }

        for (var i = headers.Count - 1; i >= 0; i--)
        {
            if (headers[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                headers.RemoveAt(i);
            }
        }

        headers.Add(new HeaderField(name, value));
    }

    /// <summary>Names in lower case, for the record.</summary>
    internal static ImmutableArray<string> NamesOf(List<HeaderField> fields)
    {
        if (fields.Count == 0)
        {
            return [];
        }

        var names = ImmutableArray.CreateBuilder<string>(fields.Count);
        foreach (var field in fields)
        {
            names.Add(field.Name.ToLowerInvariant());
        }

        return names.MoveToImmutable();
    }

    /// <summary>What may go to another origin.</summary>
    internal static List<HeaderField> ForOtherOrigin(IReadOnlyList<HeaderField> headers)
    {
        var kept = new List<HeaderField>();
        foreach (var field in headers)
        {
            if (CrossOrigin.Contains(field.Name))
            {
                kept.Add(field);
            }
        }

        return kept;
    }

    /// <summary>
    /// Whether the guest sees a response header: not those of the connection, cookies, proxies or codings, which are gone by then, nor what
    /// only the gate says.
    /// </summary>
    internal static bool IsShown(string name) =>
        !HopByHop.Contains(name) && name is not ("set-cookie" or "set-cookie2" or "content-length" or "content-encoding" or "alt-svc")
        && !name.StartsWith("proxy-", StringComparison.OrdinalIgnoreCase) && !name.StartsWith(Own, StringComparison.OrdinalIgnoreCase);

    private static bool IsListed(string name, ImmutableArray<string> listed)
    {
        if (listed.IsEmpty)
        {
            return true;
        }

        foreach (var one in listed)
        {
            if (one.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsStripped(string name)
    {
        if (HopByHop.Contains(name) || Stripped.Contains(name))
        {
            return true;
        }

        foreach (var prefix in StrippedPrefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        foreach (var suffix in StrippedSuffixes)
        {
            if (name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // RFC 9110 §5.5 without obs-text: no CR, LF or NUL can begin a field or a request of its own.
    private static bool IsFieldValue(string value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && value == value.Trim(' ');
}
