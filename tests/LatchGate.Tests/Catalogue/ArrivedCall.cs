using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LatchGate.Tests.Catalogue;

/// <summary>Compares what arrived at a vendor with what a case says must arrive.</summary>
internal static class ArrivedCall
{
    internal static void Compare(JsonElement call, VendorRequest request)
    {
        Assert.Equal(call.GetProperty("method").GetString(), request.Method);
        var host = Assert.Single(request.Values("host"));
        Assert.Equal(host, request.ServerName);
        Assert.Equal(call.GetProperty("url").GetString(), $"https://{host}{request.Target}");
        Assert.Empty(request.Values("transfer-encoding"));
        CompareHeaders(call, request);
        CompareBody(call, request);
    }

    private static void CompareHeaders(JsonElement call, VendorRequest request)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var header in Members(call, "headers"))
        {
            known.Add(header.Name);
            var isSent = request.Values(header.Name) is [var value] && value == header.Value.GetString();
            Assert.True(isSent, $"{header.Name}: {Shown(request, header.Name)}");
        }

        foreach (var header in Members(call, "headers_match"))
        {
            known.Add(header.Name);
            Assert.Matches(new Regex(header.Value.GetString()!), Assert.Single(request.Values(header.Name)));
        }

        if (call.TryGetProperty("basic", out var basic))
        {
            known.Add("authorization");
            var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes(basic.GetString()!));
            Assert.Equal($"Basic {credentials}", Assert.Single(request.Values("authorization")));
        }

        var absent = call.TryGetProperty("absent", out var listed) ? listed.EnumerateArray().Select(static name => name.GetString()!) : [];
        if (call.TryGetProperty("headers", out _))
        {
            absent = absent.Concat(new[] { "authorization", "cookie" }.Except(known));
        }

        Assert.All(absent, name => Assert.True(request.Values(name).Length == 0, $"{name}: {Shown(request, name)}"));
    }

    private static void CompareBody(JsonElement call, VendorRequest request)
    {
        var text = Encoding.UTF8.GetString(request.Body);
        if (call.TryGetProperty("json", out var json))
        {
            using var sent = JsonDocument.Parse(request.Body);
            Assert.True(JsonElement.DeepEquals(json, sent.RootElement), text);
        }
        else if (call.TryGetProperty("form", out var form))
        {
            Assert.Equal(form.GetString(), text);
        }
        else if (call.TryGetProperty("text", out var expected))
        {
            Assert.Equal(expected.GetString()!.Replace("{boundary}", BoundaryOf(request), StringComparison.Ordinal), text);
        }
        else if (call.TryGetProperty("base64", out var bytes))
        {
            Assert.Equal(bytes.GetBytesFromBase64(), request.Body);
        }
        else
        {
            Assert.Equal("", text);
        }
    }

    private static string BoundaryOf(VendorRequest request) =>
        request.Values("content-type") is [var type] && MediaTypeHeaderValue.TryParse(type, out var parsed)
            ? parsed.Parameters.FirstOrDefault(static parameter => parameter.Name == "boundary")?.Value?.Trim('"') ?? ""
            : "";

    private static string Shown(VendorRequest request, string name) => string.Join(" | ", request.Values(name));

    private static IEnumerable<JsonProperty> Members(JsonElement call, string name) =>
        call.TryGetProperty(name, out var members) ? members.EnumerateObject() : [];
}
