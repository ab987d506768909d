using System.Globalization;
using System.Text.Json;
using LatchGate.Config.Toml;

namespace LatchGate.Conformance.Suites;

/// <summary>
/// toml-test: <c>valid/**.toml</c> with the expected tree in <c>.json</c>, <c>invalid/**.toml</c> that must be refused.
/// The file <c>files-toml-1.0.0</c> says which of them speak about TOML 1.0.
/// </summary>
internal static class TomlSuite
{
    internal static IEnumerable<CaseResult> Run(string folder)
    {
        var list = Path.Combine(folder, "files-toml-1.0.0");
        if (!File.Exists(list))
        {
            yield return CaseResult.Skip("files-toml-1.0.0", "the list is missing, so nothing says which cases are TOML 1.0");
            yield break;
        }

        foreach (var name in File.ReadLines(list).Where(line => line.EndsWith(".toml", StringComparison.Ordinal)))
        {
            var file = Path.Combine(folder, name);
            if (File.Exists(file))
            {
                yield return name.StartsWith("valid/", StringComparison.Ordinal) ? Valid(name, file) : Invalid(name, file);
            }
        }
    }

    private static CaseResult Invalid(string name, string file) =>
        TomlDocument.TryParse(File.ReadAllBytes(file), out _, out _) ? CaseResult.Fail(name, "was accepted") : CaseResult.Pass(name);

    private static CaseResult Valid(string name, string file)
    {
        if (!TomlDocument.TryParse(File.ReadAllBytes(file), out var root, out var error))
        {
            return CaseResult.Fail(name, $"{error.Position}: {error.Message}");
        }

        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(file, ".json")));
        return Difference(root, expected.RootElement, "") is { } difference ? CaseResult.Fail(name, difference) : CaseResult.Pass(name);
    }

    /// <summary>The first difference, or null.</summary>
    private static string? Difference(TomlNode actual, JsonElement expected, string path)
    {
        if (expected.ValueKind == JsonValueKind.Array)
        {
            if (actual is not TomlArray array || array.Items.Length != expected.GetArrayLength())
            {
                return $"{path}: not an array of {expected.GetArrayLength()}";
            }

            return array.Items.Select((item, i) => Difference(item, expected[i], $"{path}[{i}]")).FirstOrDefault(d => d is not null);
        }

        var isLeaf = expected.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
            && expected.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.String;
        if (isLeaf)
        {
            return Leaf(actual, type.GetString()!, expected.GetProperty("value").GetString()!) ? null : $"{path}: {actual} is not {expected}";
        }

        if (actual is not TomlTable table || table.Entries.Length != expected.EnumerateObject().Count())
        {
            return $"{path}: not a table of {expected.EnumerateObject().Count()} keys";
        }

        return expected.EnumerateObject()
            .Select(member => table.TryGet(member.Name, out var child) ? Difference(child, member.Value, $"{path}.{member.Name}") : $"{path}.{member.Name} is missing")
            .FirstOrDefault(d => d is not null);
    }

    private static bool Leaf(TomlNode actual, string type, string value) => (type, actual) switch
    {
        ("string", TomlString s) => s.Value == value,
        ("integer", TomlInteger i) => i.Value.ToString(CultureInfo.InvariantCulture) == value,
        ("bool", TomlBoolean b) => (b.Value ? "true" : "false") == value,
        ("float", TomlFloat f) => SameFloat(f.Value, value),
        ("datetime", TomlDate { Type: TomlDateKind.OffsetDateTime } d) => SameTime(d.Text, value),
        ("datetime-local", TomlDate { Type: TomlDateKind.LocalDateTime } d) => SameTime(d.Text, value),
        ("date-local", TomlDate { Type: TomlDateKind.LocalDate } d) => d.Text == value,
        ("time-local", TomlDate { Type: TomlDateKind.LocalTime } d) => SameTime(d.Text, value),
        _ => false,
    };

    private static bool SameFloat(double actual, string expected) => expected switch
    {
        "nan" or "+nan" or "-nan" => double.IsNaN(actual),
        "inf" or "+inf" => double.IsPositiveInfinity(actual),
        "-inf" => double.IsNegativeInfinity(actual),
        _ => actual.Equals(double.Parse(expected, CultureInfo.InvariantCulture)),
    };

    /// <summary>Equal but for zeros at the end of the fraction.</summary>
    private static bool SameTime(string actual, string expected) => TrimFraction(actual) == TrimFraction(expected);

    private static string TrimFraction(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            return text;
        }

        var end = text.AsSpan(dot + 1).IndexOfAnyExceptInRange('0', '9');
        var rest = end < 0 ? text.Length : dot + 1 + end;
        return text[..rest].TrimEnd('0').TrimEnd('.') + text[rest..];
    }
}
