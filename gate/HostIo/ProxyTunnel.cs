using System.Buffers;
using System.Net.Sockets;
using System.Text;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>Asks a forward proxy for a tunnel to a judged target (RFC 9110 §9.3.6).</summary>
/// <remarks>
/// <code>
/// CONNECT host:port HTTP/1.1 CRLF Host: host:port CRLF CRLF     host as judged: a name, or an address (IPv6 in brackets)
/// HTTP/1.x 2xx … CRLF *(field CRLF) CRLF                        from here on the connection is the target's
/// </code>
/// </remarks>
internal static class ProxyTunnel
{
    private const int MaxHead = 8 * 1024;

    /// <summary>Opens the tunnel.</summary>
    /// <exception cref="EgressConnectException">
    /// <see cref="EgressReason.ProxyDenied"/> when the proxy refuses the target, what it says of the target where it could not
    /// reach it, else <see cref="EgressReason.ProxyFailed"/>.
    /// </exception>
    internal static async ValueTask OpenAsync(Socket socket, Target target, CancellationToken cancellation)
    {
        var authority = AuthorityOf(target);
        var request = Encoding.ASCII.GetBytes($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        var head = ArrayPool<byte>.Shared.Rent(MaxHead);
        try
        {
            await SendAsync(socket, request, cancellation).ConfigureAwait(false);
            var length = await ReadHeadAsync(socket, head, cancellation).ConfigureAwait(false);
            var reason = Read(head.AsSpan(0, length));
            if (reason != EgressReason.Allowed)
            {
                throw new EgressConnectException(reason) { Layer = EgressLayer.Proxy };
            }
        }
        catch (SocketException e)
        {
            throw new EgressConnectException(EgressReason.ProxyFailed, e) { Layer = EgressLayer.Proxy };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
        }
    }

    /// <summary>What an error page of the proxy means for the request.</summary>
    /// <param name="status">Of the proxy's response.</param>
    /// <param name="error">Squid's <c>X-Squid-Error</c>, such as <c>ERR_ACCESS_DENIED 0</c>; empty where there is none.</param>
    internal static EgressReason ReasonOf(int status, string error)
    {
        var word = error.AsSpan();
        var end = word.IndexOf(' ');
        return (end < 0 ? word : word[..end]) switch
        {
            "ERR_DNS_FAIL" => EgressReason.DnsFailed,
            "ERR_CONNECT_FAIL" => EgressReason.ConnectFailed,
            "ERR_READ_TIMEOUT" or "ERR_LIFETIME_EXP" => EgressReason.RequestTimeout,
            "ERR_SECURE_CONNECT_FAIL" => EgressReason.TlsFailed,
            "ERR_READ_ERROR" or "ERR_WRITE_ERROR" or "ERR_ZERO_SIZE_OBJECT" or "ERR_INVALID_RESP" => EgressReason.UpstreamFailed,
            _ => status is >= 400 and <= 499 ? EgressReason.ProxyDenied : EgressReason.ProxyFailed,
        };
    }

    private static string AuthorityOf(Target target)
    {
        // The origin always names the port.
        var origin = target.Origin;
        return origin[(origin.IndexOf("://", StringComparison.Ordinal) + 3)..];
    }

    private static async ValueTask SendAsync(Socket socket, ReadOnlyMemory<byte> request, CancellationToken cancellation)
    {
        while (!request.IsEmpty)
        {
            request = request[await socket.SendAsync(request, SocketFlags.None, cancellation).ConfigureAwait(false)..];
        }
    }

    // Byte for byte would cost a system call each; but what follows the head would be the target's, and it waits for our TLS hello.
    // So a head that does not end where the data end is no answer to a CONNECT.
    private static async ValueTask<int> ReadHeadAsync(Socket socket, byte[] head, CancellationToken cancellation)
    {
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(head.AsMemory(length, MaxHead - length), SocketFlags.None, cancellation).ConfigureAwait(false);
            length += read;
            var end = head.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                return end + 4 == length || !IsSuccess(head.AsSpan(0, length)) ? end : throw new EgressConnectException(EgressReason.ProxyFailed) { Layer = EgressLayer.Proxy };
            }

            if (read == 0 || length == MaxHead)
            {
                throw new EgressConnectException(EgressReason.ProxyFailed) { Layer = EgressLayer.Proxy };
            }
        }
    }

    private static EgressReason Read(ReadOnlySpan<byte> head)
    {
        if (IsSuccess(head))
        {
            return EgressReason.Allowed;
        }

        if (!TryStatus(head, out var status))
        {
            return EgressReason.ProxyFailed;
        }

        var error = "";
        var text = Encoding.Latin1.GetString(head);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            const string Name = "X-Squid-Error:";
            if (line.StartsWith(Name, StringComparison.OrdinalIgnoreCase))
            {
                error = line[Name.Length..].Trim().ToString();
            }
        }

        return ReasonOf(status, error);
    }

    private static bool IsSuccess(ReadOnlySpan<byte> head) => TryStatus(head, out var status) && status is >= 200 and <= 299;

    // HTTP/1.x SP 3DIGIT
    private static bool TryStatus(ReadOnlySpan<byte> head, out int status)
    {
        status = 0;
        if (head.Length < 12 || !head.StartsWith("HTTP/1."u8) || head[8] != (byte)' ')
        {
            return false;
        }

        foreach (var digit in head[9..12])
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            status = status * 10 + (digit - '0');
        }

        return head.Length == 12 || !char.IsAsciiDigit((char)head[12]);
    }
}
