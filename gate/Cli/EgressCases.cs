using System.Net;
using System.Text.Json;
using LatchGate.Json;

namespace LatchGate.Cli;

/// <summary>One case: what would be asked, what its names resolve to, and what the judge should say.</summary>
internal sealed record EgressCase
{
    internal required string Id { get; init; }

    internal required string Action { get; init; }

    internal required string Principal { get; init; }

    internal required string Method { get; init; }

    internal required string Url { get; init; }

    /// <summary>Answers by name; a name that is missing does not resolve.</summary>
    internal required Dictionary<string, IPAddress[]> Dns { get; init; }

    /// <summary>The time at which rules expire; null for now.</summary>
    internal DateTimeOffset? Now { get; init; }

    /// <summary>Expected members by name, as JSON.</summary>
    internal required Dictionary<string, JsonElement> Expect { get; init; }
}

/// <summary>Reads a file of cases (docs/egress.md, "Testing your rules"). An unknown member is an error: a mistyped expectation must not pass.</summary>
/// <remarks>
/// <code>
/// {"format": "latchgate-egress-tests/1", "about"?: "…",
///  "cases": [{"id": "…", "why"?: "…", "action": "http_fetch", "now"?: "2030-01-02T03:04:05Z",
///             "request": {"principal": "agent:x", "method"?: "GET", "url": "https://…"},
///             "dns"?: {"api.example.com": ["93.184.216.34"]},
///             "expect": {"verdict": "allow", "reason"?: …, "rule"?: …, "layer"?: …, "address_class"?: …, "mixed"?: …,
///                        "would_deny"?: …, "status"?: …, "message"?: …, "pinned"?: ["93.184.216.34"], "dns_queries"?: ["api.example.com"]}}]}
/// </code>
/// </remarks>
internal static class EgressCases
{
    private const string Format = "latchgate-egress-tests/1";

    private static readonly string[] Expectations =
        ["verdict", "reason", "rule", "layer", "address_class", "mixed", "would_deny", "status", "message", "pinned", "dns_queries"];

    /// <exception cref="CliException">It is no file of cases; the message says where.</exception>
    internal static List<EgressCase> Read(string file)
    {
        byte[] text;
        try
        {
            text = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Error, "cases_unreadable", $"{file} cannot be read: {e.Message}", null, e);
        }

        if (!StrictJson.TryParse(text, JsonLimits.Evidence with { MaxBytes = 16 * 1024 * 1024 }, out var document, out var fault))
        {
            throw Bad(file, fault.Describe("file"));
        }

        using (document)
        {
            var root = document.RootElement;
            Only(file, "the file", root, "format", "about", "cases");
            if (root.Text("format") != Format)
            {
                throw Bad(file, $"'format' is not \"{Format}\"");
            }

            if (!root.TryGetProperty("cases", out var cases) || cases.ValueKind != JsonValueKind.Array)
            {
                throw Bad(file, "'cases' is not a list");
            }

            var read = new List<EgressCase>(cases.GetArrayLength());
            var ids = new HashSet<string>(StringComparer.Ordinal);
            foreach (var item in cases.EnumerateArray())
            {
                var one = Case(file, item, read.Count);
                read.Add(ids.Add(one.Id) ? one : throw Bad(file, $"there are two cases '{one.Id}'"));
            }

            return read.Count > 0 ? read : throw Bad(file, "there is no case");
        }
    }

    private static EgressCase Case(string file, JsonElement item, int index)
    {
        var where = $"case {index + 1}";
        Only(file, where, item, "id", "why", "action", "now", "request", "dns", "expect");
        var id = Required(file, where, item, "id");
        where = $"case '{id}'";
        var request = Member(file, where, item, "request");
        Only(file, $"'request' of {where}", request, "principal", "method", "url");
        var expect = Member(file, where, item, "expect");
        Only(file, $"'expect' of {where}", expect, Expectations);
        if (expect.Text("verdict") is not ("allow" or "deny"))
        {
            throw Bad(file, $"'expect' of {where} needs 'verdict', \"allow\" or \"deny\"");
        }

        var expected = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in expect.EnumerateObject())
        {
            expected.Add(member.Name, member.Value.Clone());
        }

        return new EgressCase
        {
            Id = id,
            Action = Required(file, where, item, "action"),
            Principal = Required(file, where, request, "principal"),
            Method = request.Text("method") ?? "GET",
            Url = Required(file, where, request, "url"),
            Dns = Dns(file, where, item),
            Now = Time(file, where, item),
            Expect = expected,
        };
    }

    private static Dictionary<string, IPAddress[]> Dns(string file, string where, JsonElement item)
    {
        var answers = new Dictionary<string, IPAddress[]>(StringComparer.Ordinal);
        if (!item.TryGetProperty("dns", out var dns))
        {
            return answers;
        }

        if (dns.ValueKind != JsonValueKind.Object)
        {
            throw Bad(file, $"'dns' of {where} is not an object");
        }

        foreach (var name in dns.EnumerateObject())
        {
            if (name.Value.ValueKind != JsonValueKind.Array)
            {
                throw Bad(file, $"'dns' of {where}: '{name.Name}' needs a list of addresses");
            }

            var addresses = new List<IPAddress>();
            foreach (var text in name.Value.EnumerateArray())
            {
                // The canonical spelling alone: what a test says is what is judged.
                addresses.Add(text.ValueKind == JsonValueKind.String && IPAddress.TryParse(text.GetString(), out var address) && address.ToString() == text.GetString()
                    ? address
                    : throw Bad(file, $"'dns' of {where}: '{name.Name}' has {text.GetRawText()}, which is no canonical address"));
            }

            answers.Add(name.Name, [.. addresses]);
        }

        return answers;
    }

    private static DateTimeOffset? Time(string file, string where, JsonElement item) =>
        !item.TryGetProperty("now", out var now) ? null
        : now.ValueKind == JsonValueKind.String && now.TryGetDateTimeOffset(out var time) ? time
        : throw Bad(file, $"'now' of {where} is not a time such as 2030-01-02T03:04:05Z");

    private static JsonElement Member(string file, string where, JsonElement item, string name) =>
        item.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Object ? member : throw Bad(file, $"{where} needs an object '{name}'");

    private static string Required(string file, string where, JsonElement item, string name) =>
        item.Text(name) is { Length: > 0 } text ? text : throw Bad(file, $"{where} needs a text '{name}'");

    private static void Only(string file, string where, JsonElement element, params string[] names)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Bad(file, $"{where} is not an object");
        }

        foreach (var member in element.EnumerateObject())
        {
            if (!names.Contains(member.Name))
            {
                throw Bad(file, $"{where} has an unknown member '{member.Name}'; known: {string.Join(", ", names)}");
            }
        }
    }

    private static CliException Bad(string file, string problem) =>
        new(ExitCode.Error, "cases_invalid", $"{file}: {problem}.", $"docs/egress.md describes the format \"{Format}\".");
}
