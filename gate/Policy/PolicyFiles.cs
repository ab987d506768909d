using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Pipeline;
using LatchGate.Policy.Bundles;

namespace LatchGate.Policy;

/// <summary>The files that the embedded engine's policy comes from: the operator's bundle or the built-in plan, and the gate's data.</summary>
/// <param name="config">Names the files.</param>
/// <param name="actions">The actions of this gate, for <see cref="PolicyGuard"/>.</param>
internal sealed class PolicyFiles(GateConfig config, ActionRegistry actions)
{
    /// <summary>Reads, verifies and compiles everything anew.</summary>
    /// <exception cref="StartupException">Something is missing, damaged, unsigned or contradictory; the text names no path but in its remedy.</exception>
    internal EmbeddedPolicy Load()
    {
        if (config.PolicyBundle is not { } path)
        {
            return new EmbeddedPolicy(PolicyEngine.BuiltIn(Checked(PolicyData.Parse(ReadData()))), null);
        }

        var bundle = ReadBundle(path);
        var engine = PolicyEngine.Load(bundle.Plan, DataFor(bundle, ReadDataOrNothing()));
        return new EmbeddedPolicy(engine, bundle);
    }

    /// <summary>The document that would be in force with this data of the gate.</summary>
    /// <param name="bundle">The bundle in force; null for the built-in policy.</param>
    /// <param name="dataJson">The gate's data.</param>
    /// <exception cref="StartupException">The data is not valid, or contradicts the bundle.</exception>
    internal PolicyData DataFor(PolicyBundle? bundle, ReadOnlyMemory<byte> dataJson) => Checked(bundle is null
        ? PolicyData.Parse(dataJson.Span)
        : PolicyData.Of(DataMerge.Overlay(bundle, PolicyData.ParseObject(dataJson.Span))));

    private PolicyData Checked(PolicyData data)
    {
        PolicyGuard.Require(data.Document, actions);
        return data;
    }

    private PolicyBundle ReadBundle(string path)
    {
        var packed = PolicyLoading.ReadFile(path, "The policy bundle", "policy_bundle", PolicyBundle.LargestSize);
        if (config.PolicyBundleKey is not { } keyPath)
        {
            return PolicyBundle.Read(packed, null);
        }

        using var key = BundleKey.Parse(PolicyLoading.ReadFile(keyPath, "The key of the policy bundle", "policy_bundle_key", 64 * 1024));
        return PolicyBundle.Read(packed, key);
    }

    private byte[] ReadData() => PolicyLoading.ReadFile(config.PolicyDataPath, "The policy data", "policy_data_path", PolicyDataFile.LargestFile);

    // A bundle may bring all its data along; without policy_version from either, the document is refused.
    private ReadOnlyMemory<byte> ReadDataOrNothing() => File.Exists(config.PolicyDataPath) ? ReadData() : "{}"u8.ToArray();
}

/// <summary>A policy that this process evaluates.</summary>
/// <param name="Engine">The compiled policy with its data.</param>
/// <param name="Bundle">Where it came from; null for the built-in one.</param>
internal sealed record EmbeddedPolicy(PolicyEngine Engine, PolicyBundle? Bundle);
