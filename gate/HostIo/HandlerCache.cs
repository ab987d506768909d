using System.Diagnostics;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>
/// HTTP handlers, one per <see cref="RouteKey"/>: making one, with its TCP and TLS handshakes, costs more than all the
/// rest of a request. Bounded; idle ones go first, least recently used; one in use is never closed.
/// </summary>
internal sealed class HandlerCache(
    int capacity, TimeSpan idle, TimeProvider time, Func<JudgedRoute, EgressLimits, TrustAnchors.Anchors?, HttpMessageInvoker> make) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<RouteKey, Entry> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];
    private bool _disposed;

    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Takes the handler of the route's key; give it back with <see cref="Lease.Dispose"/>.</summary>
    internal Lease Rent(JudgedRoute route, EgressLimits limits, TrustAnchors.Anchors? anchors = null)
    {
        var key = new RouteKey(route, anchors);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_entries.TryGetValue(key, out var entry))
            {
                entry = new Entry(key, make(route, limits, anchors));
                _entries.Add(key, entry);
                entry.Node = _byUse.AddLast(entry);
            }

            entry.Users++;
            Trim();
            return new Lease(this, entry);
        }
    }

    /// <summary>Closes handlers, at once where idle, else when their last user gives them back.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Trim();
        }
    }

    private void Return(Entry entry)
    {
        lock (_lock)
        {
            entry.Users--;
            entry.LastUsed = time.GetTimestamp();
            _byUse.Remove(entry.Node!);
            _byUse.AddLast(entry.Node!);
            Trim();
        }
    }

    // Oldest first, so the walk ends at the first one that may stay.
    private void Trim()
    {
        for (var node = _byUse.First; node is not null;)
        {
            var (entry, next) = (node.Value, node.Next);
            if (entry.Users == 0)
            {
                if (!_disposed && _entries.Count <= capacity && time.GetElapsedTime(entry.LastUsed) < idle)
                {
                    return;
                }

                _entries.Remove(entry.Key);
                _byUse.Remove(node);
                entry.Handler.Dispose();
            }

            node = next;
        }
    }

    internal sealed class Entry(RouteKey key, HttpMessageInvoker handler)
    {
        internal RouteKey Key { get; } = key;

        internal HttpMessageInvoker Handler { get; } = handler;

        internal LinkedListNode<Entry>? Node { get; set; }

        internal int Users { get; set; }

        internal long LastUsed { get; set; }
    }

    /// <summary>One use of a handler.</summary>
    internal readonly struct Lease : IDisposable
    {
        private readonly HandlerCache _cache;
        private readonly Entry _entry;

        internal Lease(HandlerCache cache, Entry entry)
        {
            _cache = cache;
            _entry = entry;
        }

        internal HttpMessageInvoker Handler => _entry.Handler;

        public void Dispose()
        {
            Debug.Assert(_entry.Users > 0, "A lease is given back once.");
            _cache.Return(_entry);
        }
    }
}
