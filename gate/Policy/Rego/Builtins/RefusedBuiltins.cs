namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Built-ins of OPA that no policy may use here, and why; the table of docs/policy.md says the same.</summary>
internal static class RefusedBuiltins
{
    /// <summary>Each name with its reason.</summary>
    internal static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["http.send"] = "it uses the network",
        ["net.lookup_ip_addr"] = "it uses the network",
        ["time.now_ns"] = "it reads the clock",
        ["crypto.x509.parse_and_verify_certificates"] = "it reads the clock",
        ["crypto.x509.parse_and_verify_certificates_with_options"] = "it reads the clock, and chains are built differently by each library",
        ["rand.intn"] = "it is random",
        ["uuid.rfc4122"] = "it is random",
        ["opa.runtime"] = "it reads the environment of the host",
        ["rego.parse_module"] = "it needs a compiler of Rego, and the gate runs compiled policies only",
        ["rego.metadata.chain"] = "it is resolved when a policy is compiled",
        ["rego.metadata.rule"] = "it is resolved when a policy is compiled",
        ["trace"] = "it writes to a log of OPA",
        ["strings.render_template"] = "it runs templates of Go",
        ["time.parse_ns"] = "it reads layouts of Go; time.parse_rfc3339_ns reads RFC 3339",
        ["time.diff"] = "its years and months depend on a time zone's history; subtract nanoseconds",
        ["cast_array"] = "it is deprecated and not in Rego v1",
        ["cast_boolean"] = "it is deprecated and not in Rego v1",
        ["cast_null"] = "it is deprecated and not in Rego v1",
        ["cast_object"] = "it is deprecated and not in Rego v1",
        ["cast_set"] = "it is deprecated and not in Rego v1",
        ["cast_string"] = "it is deprecated and not in Rego v1",
        ["net.cidr_overlap"] = "it is deprecated and not in Rego v1; use net.cidr_contains",
        ["set_diff"] = "it is deprecated and not in Rego v1; use the operator -",
    };

    /// <summary>The name with its reason, where one is known.</summary>
    internal static string Describe(string name) => All.TryGetValue(name, out var reason) ? $"{name} ({reason})" : name;
}
