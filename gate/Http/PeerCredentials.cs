using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace LatchGate.Http;

/// <summary>Who connected, as the kernel saw it at <c>connect(2)</c>: SO_PEERCRED, <c>struct ucred</c> of unix(7).</summary>
/// <param name="ProcessId">Process id in this process's namespace; it may have ended and been reused since.</param>
/// <param name="UserId">Effective user id.</param>
/// <param name="GroupId">Effective group id.</param>
public readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int UcredBytes = 12;

    /// <summary>Asks the kernel for the peer of a connected Unix socket.</summary>
    /// <exception cref="SocketException">The socket is not a connected Unix socket.</exception>
    internal static PeerCredentials Of(Socket socket)
    {
        Span<byte> ucred = stackalloc byte[UcredBytes];
        var length = socket.GetRawSocketOption(SolSocket, SoPeerCred, ucred);
        if (length != UcredBytes)
        {
            throw new SocketException((int)SocketError.ProtocolOption);
        }

        var words = MemoryMarshal.Cast<byte, uint>(ucred);
        return new PeerCredentials((int)words[0], words[1], words[2]);
    }
}
