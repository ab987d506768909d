using System.Text;
using System.Text.Json;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Catalogue;

/// <summary>How a case ends; README.md says what each means.</summary>
internal enum CaseEnd
{
    Verified,
    Unconfirmed,
    Refused,
}

/// <summary>One case of Cases/SERVICE.json: a request, what must arrive at the vendor, its answer, and how that ends.</summary>
internal sealed record CatalogueCase
{
    private static readonly Lazy<Dictionary<string, CatalogueCase>> Read = new(ReadAll);

    internal static IReadOnlyDictionary<string, CatalogueCase> All => Read.Value;

    internal static string Directory => Path.Combine(RepositoryRoot.Path, "tests", "LatchGate.Tests", "Catalogue", "Cases");

    internal required string Action { get; init; }

    internal required string Name { get; init; }

    internal required JsonElement Input { get; init; }

    internal required CaseEnd End { get; init; }

    internal JsonElement? Call { get; init; }

    internal VendorReply? Reply { get; init; }

    internal string Code { get; init; } = "schema_violation";

    internal string? Pointer { get; init; }

    internal JsonElement? Output { get; init; }

    internal bool WithoutSecrets { get; init; }

    internal string Key => $"{Action}: {Name}";

    private static Dictionary<string, CatalogueCase> ReadAll()
    {
        var cases = new Dictionary<string, CatalogueCase>(StringComparer.Ordinal);
        foreach (var file in System.IO.Directory.GetFiles(Directory, "*.json").Order(StringComparer.Ordinal))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            Known(file, document.RootElement, "source", "cases");
            foreach (var element in document.RootElement.GetProperty("cases").EnumerateArray())
            {
                var read = Of(file, element.Clone());
                Assert.True(cases.TryAdd(read.Key, read), $"{file} has '{read.Key}' twice.");
            }
        }

        return cases;
    }

    private static CatalogueCase Of(string file, JsonElement element)
    {
        Known(file, element, "action", "name", "input", "call", "reply", "ends", "code", "pointer", "output", "without_secrets");
        var call = element.TryGetProperty("call", out var sent) ? sent : (JsonElement?)null;
        if (call is { } members)
        {
            Known(file, members, "method", "url", "headers", "headers_match", "absent", "basic", "json", "form", "text", "base64");
        }

        var read = new CatalogueCase
        {
            Action = element.GetProperty("action").GetString()!,
            Name = element.GetProperty("name").GetString()!,
            Input = element.GetProperty("input"),
            End = Enum.Parse<CaseEnd>(element.GetProperty("ends").GetString()!, ignoreCase: true),
            Call = call,
            Reply = element.TryGetProperty("reply", out var reply) ? VendorReply.Of(file, reply) : null,
            Code = element.TryGetProperty("code", out var code) ? code.GetString()! : "schema_violation",
            Pointer = element.TryGetProperty("pointer", out var pointer) ? pointer.GetString() : null,
            Output = element.TryGetProperty("output", out var output) ? output : null,
            WithoutSecrets = element.TryGetProperty("without_secrets", out var bare) && bare.GetBoolean(),
        };
        Assert.True(read.End == CaseEnd.Refused == (read.Call is null), $"'{read.Key}' is refused, or something arrives.");
        return read;
    }

    /// <summary>A misspelt key would assert nothing.</summary>
    internal static void Known(string file, JsonElement element, params string[] keys)
    {
        foreach (var member in element.EnumerateObject())
        {
            Assert.True(keys.Contains(member.Name), $"{file}: there is no key '{member.Name}'.");
        }
    }
}

/// <summary>What the vendor answers.</summary>
internal sealed record VendorReply(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    internal static VendorReply Of(string file, JsonElement element)
    {
        CatalogueCase.Known(file, element, "status", "headers", "json", "text", "base64");
        var headers = new List<(string, string)>();
        if (element.TryGetProperty("headers", out var given))
        {
            headers.AddRange(given.EnumerateObject().Select(static member => (member.Name, member.Value.GetString()!)));
        }

        byte[] body = [];
        if (element.TryGetProperty("json", out var json))
        {
            body = Encoding.UTF8.GetBytes(json.GetRawText());
            headers.Add(("content-type", "application/json; charset=utf-8"));
        }
        else if (element.TryGetProperty("text", out var text))
        {
            body = Encoding.UTF8.GetBytes(text.GetString()!);
        }
        else if (element.TryGetProperty("base64", out var bytes))
        {
            body = bytes.GetBytesFromBase64();
        }

        return new VendorReply(element.GetProperty("status").GetInt32(), headers, body);
    }
}
