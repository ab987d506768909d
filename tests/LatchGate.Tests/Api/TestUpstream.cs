using System.Globalization;
using System.Text;
using LatchGate.Tests.HostIo;

namespace LatchGate.Tests.Api;

/// <summary>What the gate's destination does; the path says what.</summary>
internal static class TestUpstream
{
    internal static async Task AnswerAsync(SeenRequest request, Stream stream, CancellationToken stop)
    {
        var target = request.Head.Split(' ')[1];
        if (target.StartsWith("/status/", StringComparison.Ordinal))
        {
            var status = int.Parse(target["/status/".Length..], CultureInfo.InvariantCulture);
            await WriteAsync(stream, $"HTTP/1.1 {status} Some\r\nContent-Length: 0\r\n\r\n", stop);
        }
        else if (target == "/broken")
        {
            await WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", stop);
            stream.Close();
        }
        else if (target == "/big")
        {
            // Twice what a host answer may hold.
            await WriteAsync(stream, LoopbackServer.Ok(new string('x', 2 * 1024 * 1024)), stop);
        }
        else if (target == "/large")
        {
            // Less than a host answer may hold.
            await WriteAsync(stream, LoopbackServer.Ok(new string('x', 400 * 1024)), stop);
        }
        else if (target == "/stall")
        {
            await Task.Delay(Timeout.Infinite, stop);
        }
        else if (target == "/moved")
        {
            await WriteAsync(stream, "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", stop);
        }
        else if (target is "/repeat" or "/other" or "/twice")
        {
            // What it was asked for, or something near to it.
            var host = request.Head.Split("\r\n").Single(static line => line.StartsWith("Host: ", StringComparison.OrdinalIgnoreCase))["Host: ".Length..];
            var url = $"\"url\":\"http://{host}{(target[1] == 'o' ? "/" : target)}\"";
            await WriteAsync(stream, LoopbackServer.Ok($"{{{url}{(target[1] == 't' ? "," + url : "")}}}", "Content-Type: application/json\r\n"), stop);
        }
        else if (target == "/json")
        {
            await WriteAsync(stream, LoopbackServer.Ok("""{"n":1e400,"deep":[[[[[[]]]]]]}""", "Content-Type: application/json\r\n"), stop);
        }
        else
        {
            await WriteAsync(stream, LoopbackServer.Ok("hello"), stop);
        }
    }

    private static Task WriteAsync(Stream stream, string text, CancellationToken stop) => stream.WriteAsync(Encoding.Latin1.GetBytes(text), stop).AsTask();
}
