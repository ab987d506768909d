using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using BenchmarkDotNet.Attributes;
using LatchGate.Policy;
using LatchGate.Policy.Bundles;

namespace LatchGate.Bench.Micro;

/// <summary>Loading an operator's bundle of a thousand rules: unpack, check, compile, and ask once.</summary>
public class BundleBenchmarks
{
    private const int Rules = 1_000;

    private readonly byte[] _bundle = Pack();

    private readonly PolicyInput _question = new()
    {
        Principal = "agent:bench",
        SessionId = "s",
        Scopes = ["tools:call"],
        RequiredScopes = [],
        ActionId = "http_fetch",
        ActionVersion = "1.0.0",
        ActionRiskLevel = Actions.RiskLevel.Low,
        ActionTrustVerdict = TrustVerdict.DigestOk,
        RequestHash = "sha256:00",
        RequestedSinks = [],
        RequestedSecrets = [],
        EgressAllowedDomains = default,
        CallsRemaining = 1,
    };

    [Benchmark(Description = "load a bundle of 1,000 rules")]
    public string Load()
    {
        var bundle = PolicyBundle.Read(_bundle, null);
        var decision = PolicyEngine.Load(bundle.Plan, PolicyData.Of(bundle.Data)).Evaluate(_question);
        return decision.DenyReason == "rule 999" ? decision.DenyReason : throw new InvalidOperationException(decision.DenyReason);
    }

    private static byte[] Pack()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            Add(tar, "/plan.json", Plan());
            Add(tar, "/data.json", "{\"policy_version\":\"v\"}");
        }

        return packed.ToArray();
    }

    private static void Add(TarWriter tar, string name, string content) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });

    // A thousand rules that are tried in turn, each {"allow": false, "deny_reason": "rule N"} if input.principal == "agent:N"; the last
    // always holds. Positions in the source are part of what the compiler writes, so they are here too.
    private static string Plan()
    {
        var strings = new StringBuilder("""{"value":"result"},{"value":"allow"},{"value":"deny_reason"},{"value":"principal"}""");
        var functions = new StringBuilder();
        var tries = new StringBuilder();
        for (var i = 0; i < Rules; i++)
        {
            strings.Append(CultureInfo.InvariantCulture, $$""",{"value":"agent:{{i}}"},{"value":"rule {{i}}"}""");
            var (agent, reason) = (4 + 2 * i, 5 + 2 * i);
            var condition = i == Rules - 1 ? "" : $$$"""
                {"type":"DotStmt","stmt":{"source":{"type":"local","value":0},"key":{"type":"string_index","value":3},"target":3,"file":0,"col":1,"row":{{{i}}} } },
                {"type":"EqualStmt","stmt":{"a":{"type":"local","value":3},"b":{"type":"string_index","value":{{{agent}}} },"file":0,"col":1,"row":{{{i}}} } },
                """;
            tries.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $$$"""
                {"stmts":[{"type":"CallStmt","stmt":{"func":"g0.data.rule{{{i}}}","args":[{"type":"local","value":0},{"type":"local","value":1}],"result":3,"file":0,"col":1,"row":{{{i}}} } },
                {"type":"ReturnLocalStmt","stmt":{"source":3,"file":0,"col":1,"row":{{{i}}} } }]}
                """);
            functions.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $$$"""
                {"name":"g0.data.rule{{{i}}}","path":["g0","rule{{{i}}}"],"params":[0,1],"return":2,"blocks":[{"stmts":[{{{condition}}}
                {"type":"MakeObjectStmt","stmt":{"target":4,"file":0,"col":1,"row":{{{i}}} } },
                {"type":"ObjectInsertStmt","stmt":{"key":{"type":"string_index","value":1},"value":{"type":"bool","value":false},"object":4,"file":0,"col":1,"row":{{{i}}} } },
                {"type":"ObjectInsertStmt","stmt":{"key":{"type":"string_index","value":2},"value":{"type":"string_index","value":{{{reason}}} },"object":4,"file":0,"col":1,"row":{{{i}}} } },
                {"type":"ReturnLocalStmt","stmt":{"source":4,"file":0,"col":1,"row":{{{i}}} } }]}]}
                """);
        }

        return $$$"""
            {"static":{"strings":[{{{strings}}}],"builtin_funcs":[]},"funcs":{"funcs":[{{{functions}}},{"name":"g0.data.decision","path":["g0","decision"],"params":[0,1],"return":2,"blocks":[{{{tries}}}]}]},
             "plans":{"plans":[{"name":"latchgate/decision","blocks":[{"stmts":[
               {"type":"CallStmt","stmt":{"func":"g0.data.decision","args":[{"type":"local","value":0},{"type":"local","value":1}],"result":2}},
               {"type":"MakeObjectStmt","stmt":{"target":3}},
               {"type":"ObjectInsertStmt","stmt":{"key":{"type":"string_index","value":0},"value":{"type":"local","value":2},"object":3}},
               {"type":"ResultSetAddStmt","stmt":{"value":3}}]}]}]}}
            """;
    }
}
