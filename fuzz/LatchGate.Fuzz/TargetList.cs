using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Targets;

namespace LatchGate.Fuzz;

/// <summary>All targets.</summary>
internal static class TargetList
{
    /// <summary>Fresh targets, sorted by name: a target may keep state between executions, but not between runs.</summary>
    internal static FuzzTarget[] All() =>
    [
        new AddressClassTarget(),
        new AgeFileTarget(),
        new ChunkedBodyTarget(),
        new DpopProofTarget(),
        new EgressDialTarget(),
        new EgressJudgeTarget(),
        new HostPatternTarget(),
        new HostRequestTarget(),
        new HttpRequestTarget(),
        new JcsTarget(),
        new JsonSchemaTarget(),
        new ManifestTarget(),
        new PlanTarget(),
        new ProviderResultTarget(),
        new ProxyListTarget(),
        new RedactorTarget(),
        new SopsFileTarget(),
        new StrictJsonTarget(),
        new TomlTarget(),
        new UrlTargetTarget(),
    ];

    /// <summary>The target of a name, or null.</summary>
    internal static FuzzTarget? Find(string name) => Array.Find(All(), target => target.Name == name);
}
