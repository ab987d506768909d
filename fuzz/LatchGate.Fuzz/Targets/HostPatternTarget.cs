using System.Net;
using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;
using LatchGate.Generators.Model;

namespace LatchGate.Fuzz.Targets;

/// <summary>A host pattern and, after a NUL, a host that it may name.</summary>
internal sealed class HostPatternTarget : FuzzTarget
{
    internal override string Name => "host-pattern";

    internal override string Property => "a pattern is in canonical form, the build and the operator's reader agree on it, and it names exactly the hosts that a comparison by labels says, alone and in a table";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Config.HostPatternText", "LatchGate.Egress.HostPattern", "LatchGate.Egress.HostTable", "LatchGate.Generators.Model.HostPatternReader", "LatchGate.Generators.Model.CidrReader"];

    internal override int MaxLength => 300;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var reader = new InputReader(input);
        var text = reader.NextText();
        var accepted = HostPatternText.TryParse(text, out var pattern);
        var diagnostics = new DiagnosticBag();
        var built = HostPatternReader.Read(new TextNode(LocationInfo.StartOf("manifest.yaml"), text), diagnostics);
        Check.Equal(built is null, diagnostics.Any, "a pattern of the build, or a diagnostic");
        if (built is { Kind: "Exact" })
        {
            NamesItself(text, built.Value);
        }

        if (!accepted)
        {
            return;
        }

        Check.Holds(HostPatternText.TryParse(Written(pattern), out var again) && again == pattern, "the canonical form reads as itself");
        Check.Holds(built is not null || IPAddress.TryParse(text, out _), "the build takes what the operator may write, but for addresses that nobody may open");
        if (built is not null)
        {
            Check.Equal((pattern.Kind.ToString(), pattern.Value), (built.Kind, built.Value), "the pattern as the build reads it");
        }

        if (pattern.Kind == HostPatternKind.Exact)
        {
            NamesItself(text, pattern.Value);
        }

        var host = reader.NextText();
        if (Target.Parse(UrlOf(host), out var target, out _))
        {
            var named = NaiveJudge.Names([pattern], target);
            Check.Equal(named, LookupPermit.Matches([pattern], target), $"whether {Written(pattern)} names {target.Host}");
            Check.Equal(named, HostTable.Of([pattern, new HostPattern(HostPatternKind.Exact, "other.example")]).Names(target) && target.Host != "other.example", "whether the table names it");
        }
    }

    // An exact pattern as the host of a URL is a host, and that one.
    private static void NamesItself(string text, string value)
    {
        Check.Holds(Target.Parse(UrlOf(text), out var own, out var reason), $"'{text}' is a pattern, but no host: {reason}");
        Check.Equal(value, own.Host, $"the host that '{text}' is");
    }

    private static string UrlOf(string host) => host.Contains(':', StringComparison.Ordinal) ? $"https://[{host}]/" : $"https://{host}/";

    private static string Written(HostPattern pattern) => pattern.Kind switch
    {
        HostPatternKind.OneLabel => "*." + pattern.Value,
        HostPatternKind.Suffix => "." + pattern.Value,
        _ => pattern.Value,
    };
}
