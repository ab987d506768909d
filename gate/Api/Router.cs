using System.Collections.Immutable;
using System.Text;
using LatchGate.Http;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>
/// Finds the route of a request. Paths are case-sensitive and matched whole; a trailing slash is another path
/// (reference/wire.md §1.3).
/// </summary>
internal sealed class Router
{
    private readonly Entry[] _entries;

    internal Router(IEnumerable<Route> routes, Surface surface) =>
        _entries = [.. routes.Where(r => (r.Surface & surface) != 0).Select(r => new Entry(r))];

    /// <summary>Answers one request: the route's answer, 404 with an empty body, or 405 with <c>Allow</c>.</summary>
    internal ValueTask HandleAsync(HttpExchange exchange, CancellationToken aborted)
    {
        var path = exchange.Path;
        var method = exchange.Method == "HEAD" ? "GET" : exchange.Method;
        var known = false;
        foreach (var entry in _entries)
        {
            if (!entry.Matches(path, out var segment))
            {
                continue;
            }

            known = true;
            if (entry.Route.Method != method)
            {
                continue;
            }

            if (segment.IsEmpty)
            {
                return entry.Route.Handler(exchange, "", aborted);
            }

            if (!PercentDecoding.TryDecode(segment, out var id, entry.Route.AllowsSlash))
            {
                ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "the path has a segment that is not a plain UTF-8 identifier"));
                return ValueTask.CompletedTask;
            }

            return entry.Route.Handler(exchange, id, aborted);
        }

        exchange.Response.Status = known ? 405 : 404;
        if (known)
        {
            exchange.Response.SetHeader("allow"u8, Allow(path));
        }

        return ValueTask.CompletedTask;
    }

    private byte[] Allow(ReadOnlySpan<byte> path)
    {
        var methods = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in _entries)
        {
            if (entry.Matches(path, out _))
            {
                methods.Add(entry.Route.Method);
                if (entry.Route.Method == "GET")
                {
                    methods.Add("HEAD");
                }
            }
        }

        return Encoding.ASCII.GetBytes(string.Join(",", methods));
    }

    private sealed class Entry
    {
        private const string Placeholder = "{id}";

        private readonly byte[] _before;
        private readonly byte[]? _after;

        internal Entry(Route route)
        {
            Route = route;
            var at = route.Pattern.IndexOf(Placeholder, StringComparison.Ordinal);
            _before = Encoding.ASCII.GetBytes(at < 0 ? route.Pattern : route.Pattern[..at]);
            _after = at < 0 ? null : Encoding.ASCII.GetBytes(route.Pattern[(at + Placeholder.Length)..]);
        }

        internal Route Route { get; }

        internal bool Matches(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> segment)
        {
            segment = default;
            if (_after is null)
            {
                return path.SequenceEqual(_before);
            }

            if (path.Length <= _before.Length + _after.Length || !path.StartsWith(_before) || !path.EndsWith(_after))
            {
                return false;
            }

            segment = path[_before.Length..^_after.Length];
            return !segment.Contains((byte)'/');
        }
    }
}
