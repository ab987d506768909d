using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Config;

namespace LatchGate.Egress.Proxy;

/// <summary>
/// Asks the proxy for what it must refuse. A proxy that denies by default answers 403 at once, and has not tried; any other answer to
/// such a request means that it has.
/// </summary>
/// <remarks>
/// <code>
/// CONNECT RANDOM.latchgate-canary.invalid:443     a name that no list has      → 403
/// GET http://RANDOM.latchgate-canary.invalid/     the same without a tunnel    → 403
/// CONNECT 127.0.0.1:443, 10.0.0.1:443             addresses that are not public → 403
/// </code>
/// Names below <c>invalid</c> never resolve (RFC 6761 §6.4), so not even an open proxy reaches anybody by the first two.
/// </remarks>
internal sealed class ProxyProbe(ProxyAddress proxy, TimeSpan timeout)
{
    private const int LongestStatusLine = 1024;
    private const int Refused = 403;
    private const int Attempts = 6;
    private static readonly TimeSpan AttemptPause = TimeSpan.FromMilliseconds(100);
    private static readonly string[] PrivateCanaries = ["127.0.0.1", "10.0.0.1"];

    /// <summary>Asks for all of it.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    internal async ValueTask<ProxyFault> RunAsync(CancellationToken cancellation)
    {
        var name = $"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.latchgate-canary.invalid";
        var fault = FaultOf(await ConnectAsync(name, cancellation).ConfigureAwait(false), ProxyFault.AllowsUnlistedName);
        if (fault == ProxyFault.None)
        {
            var answer = await AskAsync($"GET http://{name}/ HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n", cancellation).ConfigureAwait(false);
            fault = FaultOf(answer, ProxyFault.AllowsUnlistedName);
        }

        foreach (var address in PrivateCanaries)
        {
            if (fault == ProxyFault.None)
            {
                fault = FaultOf(await ConnectAsync(address, cancellation).ConfigureAwait(false), ProxyFault.AllowsPrivateAddress);
            }
        }

        return fault;
    }

    /// <summary>Whether the proxy has the list with this marker in force: it refuses every other one. Null when it does not answer.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    internal async ValueTask<bool?> HasInForceAsync(EgressAllowlist list, CancellationToken cancellation)
    {
        var answer = await ConnectAsync(list.Marker, cancellation).ConfigureAwait(false);
        return answer.Kind switch
        {
            AnswerKind.Unreachable => null,

            // It was let through, and waits for a resolver that does not answer.
            AnswerKind.Silent => true,
            _ => !IsOther(answer.Status),
        };
    }

    private static ProxyFault FaultOf(Answer answer, ProxyFault open) => answer.Kind switch
    {
        AnswerKind.Unreachable => ProxyFault.Unreachable,
        AnswerKind.Silent => ProxyFault.NoAnswer,
        _ => answer.Status switch
        {
            Refused => ProxyFault.None,
            407 => ProxyFault.WantsCredentials,
            _ => IsOther(answer.Status) ? ProxyFault.NoProxy : open,
        },
    };

    // Neither a tunnel nor a failure to make one.
    private static bool IsOther(int status) => status is not (>= 200 and < 300 or >= 500);

    // 443 is open on every list, so that only the host can be what is refused.
    private ValueTask<Answer> ConnectAsync(string host, CancellationToken cancellation) =>
        AskAsync($"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n", cancellation);

    private async ValueTask<Answer> AskAsync(string request, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        var connected = false;
        try
        {
            using var socket = await DialAsync(limit.Token).ConfigureAwait(false);
            connected = true;
            await SendAsync(socket, Encoding.ASCII.GetBytes(request), limit.Token).ConfigureAwait(false);
            return await ReadStatusAsync(socket, limit.Token).ConfigureAwait(false) is { } status
                ? new Answer(AnswerKind.Status, status)
                : new Answer(AnswerKind.Silent, 0);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return new Answer(connected ? AnswerKind.Silent : AnswerKind.Unreachable, 0);
        }
    }

    // Squid closes its port for a moment when it takes a new list over.
    private async ValueTask<Socket> DialAsync(CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(proxy.Host, proxy.Port, cancellation).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && attempt < Attempts)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            await Task.Delay(AttemptPause, cancellation).ConfigureAwait(false);
        }
    }

    private static async ValueTask SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellation).ConfigureAwait(false)..];
        }
    }

    // status-line = "HTTP/1." DIGIT SP 3DIGIT … (RFC 9112 §4); null when it is something else.
    private static async ValueTask<int?> ReadStatusAsync(Socket socket, CancellationToken cancellation)
    {
        const int Needed = 12;
        var buffer = new byte[LongestStatusLine];
        var length = 0;
        while (length < Needed)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                return null;
            }

            length += read;
        }

        return buffer.AsSpan().StartsWith("HTTP/1."u8) && buffer[8] == ' '
            && int.TryParse(buffer.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
                ? status
                : null;
    }

    private enum AnswerKind
    {
        Unreachable,
        Silent,
        Status,
    }

    private readonly record struct Answer(AnswerKind Kind, int Status);
}
