using System.Runtime.InteropServices;

namespace LatchGate.Http;

/// <summary>The open connections, counted in all and by peer uid so that no user can take every place.</summary>
internal sealed class ConnectionTable(int limit, int limitPerUid)
{
    private readonly Lock _gate = new();
    private readonly HashSet<HttpConnection> _connections = [];
    private readonly Dictionary<uint, int> _perUid = [];
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosed;

    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>Done once the table is closed and empty.</summary>
    internal Task Drained => _drained.Task;

    /// <summary>Adds a connection unless a limit is reached.</summary>
    internal HttpFault TryAdd(HttpConnection connection)
    {
        lock (_gate)
        {
            if (_isClosed || _connections.Count >= limit)
            {
                return HttpFault.TooManyConnections;
            }

            ref var ofUid = ref CollectionsMarshal.GetValueRefOrAddDefault(_perUid, connection.Peer.UserId, out _);
            if (ofUid >= limitPerUid)
            {
                return HttpFault.TooManyConnectionsOfUid;
            }

            ofUid++;
            _connections.Add(connection);
            return HttpFault.None;
        }
    }

    /// <summary>Removes a connection; nothing of this class touches it afterwards.</summary>
    internal void Remove(HttpConnection connection)
    {
        lock (_gate)
        {
            if (!_connections.Remove(connection))
            {
                return;
            }

            ref var ofUid = ref CollectionsMarshal.GetValueRefOrNullRef(_perUid, connection.Peer.UserId);
            if (--ofUid == 0)
            {
                _perUid.Remove(connection.Peer.UserId);
            }

            SignalIfDrained();
        }
    }

    /// <summary>Looks at every deadline.</summary>
    internal void Sweep(long nowMilliseconds)
    {
        lock (_gate)
        {
            foreach (var connection in _connections)
            {
                connection.Socket.Sweep(nowMilliseconds);
            }
        }
    }

    /// <summary>Takes no more connections and ends the idle ones.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (var connection in _connections)
            {
                connection.Socket.StopIfIdle();
            }

            SignalIfDrained();
        }
    }

    /// <summary>Cuts what is left.</summary>
    internal void CutAll()
    {
        lock (_gate)
        {
            foreach (var connection in _connections)
            {
                connection.Socket.Cut();
            }
        }
    }

    private void SignalIfDrained()
    {
        if (_isClosed && _connections.Count == 0)
        {
            _ = _drained.TrySetResult();
        }
    }
}
