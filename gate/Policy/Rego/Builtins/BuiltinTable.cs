namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// The built-ins that a policy may use. All are pure: the same arguments give the same answer, and nothing outside is
/// read. What is not here is refused when the policy is loaded, never when it is asked.
/// </summary>
internal static class BuiltinTable
{
    private static readonly Dictionary<string, Builtin> All = Make();

    internal static Builtin? Find(string name) => All.GetValueOrDefault(name);

    private static Dictionary<string, Builtin> Make()
    {
        var table = new Dictionary<string, Builtin>(StringComparer.Ordinal);
        Comparison.Register(table);
        Arithmetic.Register(table);
        Aggregates.Register(table);
        Sets.Register(table);
        Objects.Register(table);
        Strings.Register(table);
        Globs.Register(table);
        Regexes.Register(table);
        Encodings.Register(table);
        JsonDocuments.Register(table);
        Units.Register(table);
        Graphs.Register(table);
        Networks.Register(table);
        Times.Register(table);
        TimeFormat.Register(table);
        Uuids.Register(table);
        RegexGlobs.Register(table);
        AwsRequests.Register(table);
        Jwts.Register(table);
        X509s.Register(table);
        GraphQl.Register(table);
        JsonSchemas.Register(table);
        Yamls.Register(table);
        return table;
    }
}
