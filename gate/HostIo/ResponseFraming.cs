using System.Globalization;
using System.Net;

namespace LatchGate.HostIo;

/// <summary>
/// Refuses responses whose end two readers could see in different places (RFC 9112 §6.3, RFC 9110 §8.6): what the client makes of
/// such a one is a guess, and the next answer on the connection would begin where the guess ends.
/// </summary>
internal static class ResponseFraming
{
    /// <summary>Whether the response says one thing about its length.</summary>
    internal static bool IsSound(HttpResponseMessage response)
    {
        // 101 hands the connection over to a protocol that nobody asked for.
        if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            return false;
        }

        var isChunked = false;
        if (response.Headers.NonValidated.TryGetValues("Transfer-Encoding", out var codings))
        {
            if (codings.Count != 1 || !codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            isChunked = true;
        }

        if (!response.Content.Headers.NonValidated.TryGetValues("Content-Length", out var lengths))
        {
            return true;
        }

        if (isChunked)
        {
            return false;
        }

        string? first = null;
        foreach (var length in lengths)
        {
            if ((first is not null && first != length) || !long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                return false;
            }

            first = length;
        }

        return true;
    }
}
