using System.Text;
using System.Text.RegularExpressions;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Catalogue;

/// <summary>The tables of docs/catalogue.md, made from the manifests' text: one for each service, that is each folder.</summary>
internal static partial class CatalogueTable
{
    internal const string Begin = "<!-- made from manifests/ -->";
    internal const string End = "<!-- end -->";
    private const string Heading = "| Action | Does | Call | Risk | Secrets | Scopes | Cases |\n|---|---|---|---|---|---|---|\n";

    internal static string DocumentPath => Path.Combine(RepositoryRoot.Path, "docs", "catalogue.md");

    internal static string Render()
    {
        var text = new StringBuilder(Begin).Append('\n');
        foreach (var folder in Directory.GetDirectories(Path.Combine(RepositoryRoot.Path, "manifests")).Order(StringComparer.Ordinal))
        {
            var files = Directory.GetFiles(folder, "*.yaml").Order(StringComparer.Ordinal).ToList();
            if (files.Count == 0)
            {
                continue;
            }

            text.Append($"\n### {Path.GetFileName(folder)}\n").Append(Heading);
            foreach (var file in files)
            {
                text.Append(Row(File.ReadAllLines(file))).Append('\n');
            }
        }

        return text.Append('\n').Append(End).ToString();
    }

    private static string Row(string[] lines)
    {
        var id = Key(lines, "action_id: ");
        var secrets = string.Join(' ', lines.SelectMany(SecretsOf).Distinct(StringComparer.Ordinal));
        string[] cells =
        [
            $"`{id}`", Key(lines, "description: ").Trim('"'), CallOf(lines), Key(lines, "risk_level: "),
            secrets, Comment(lines, "Scopes: "), CasesOf(id),
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    private static string CallOf(string[] lines)
    {
        if (Key(lines, "  url_template: ", orElse: "") is { Length: > 0 } url)
        {
            return $"`{Key(lines, "  method: ")} {url.Trim('"')}`";
        }

        var operations = Key(lines, "  allowed_operations: ", orElse: "").Trim('[', ']');
        return operations.Length > 0 ? $"files: {operations}" : "as the request says";
    }

    private static string CasesOf(string id)
    {
        var cases = CatalogueCase.All.Values.Where(@case => @case.Action == id).ToList();
        var good = cases.Count(static @case => @case.End == CaseEnd.Verified);
        return cases.Count == 0 ? "" : $"{good} + {cases.Count - good}";
    }

    private static string Key(string[] lines, string start, string? orElse = null)
    {
        var line = Array.Find(lines, line => line.StartsWith(start, StringComparison.Ordinal));
        return line is not null
            ? line[start.Length..].Split(" #")[0].Trim()
            : orElse ?? throw new InvalidOperationException($"{lines[0]}: '{start}' is missing.");
    }

    // A credential that may be missing is marked; a line of a manifest holds one credential.
    private static IEnumerable<string> SecretsOf(string line) =>
        SecretName().Matches(line).Select(match =>
            $"`{match.Groups[1].Value}`" + (line.Contains("required: false", StringComparison.Ordinal) ? " (optional)" : ""));

    // "# Label: text", which may go on in lines that begin with "#   ".
    private static string Comment(string[] lines, string label)
    {
        var at = Array.FindIndex(lines, line => line.StartsWith($"# {label}", StringComparison.Ordinal));
        if (at < 0)
        {
            return "";
        }

        var text = new StringBuilder(lines[at][(label.Length + 2)..]);
        for (var next = at + 1; lines[next].StartsWith("#   ", StringComparison.Ordinal); next++)
        {
            text.Append(' ').Append(lines[next][4..].Trim());
        }

        return text.ToString().TrimEnd('.');
    }

    [GeneratedRegex(@"\b[a-z_]*secret: ([A-Za-z0-9_.-]+)")]
    private static partial Regex SecretName();
}
