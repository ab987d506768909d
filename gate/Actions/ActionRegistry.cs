using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using LatchGate.Crypto;
using LatchGate.Pipeline;

namespace LatchGate.Actions;

/// <summary>
/// The actions that this gate offers: those of the build, or the part of them that the operator's configuration enables. Immutable.
/// </summary>
public sealed class ActionRegistry
{
    private readonly FrozenDictionary<string, ActionSpec> _byId;

    private ActionRegistry(ImmutableArray<ActionSpec> actions, Sha256Digest manifestSetDigest)
    {
        Actions = actions;
        ManifestSetDigest = manifestSetDigest;
        _byId = actions.ToFrozenDictionary(static action => action.Id, StringComparer.Ordinal);
    }

    /// <summary>The offered actions, sorted by id (ordinal).</summary>
    public ImmutableArray<ActionSpec> Actions { get; }

    /// <summary>SHA-256 over all actions of the build, offered or not: it names the build.</summary>
    public Sha256Digest ManifestSetDigest { get; }

    /// <summary>The actions of this build.</summary>
    /// <param name="enabled">The ids to offer, or null for all of them.</param>
    /// <exception cref="StartupException"><paramref name="enabled"/> names an action that this build does not have.</exception>
    public static ActionRegistry OfThisBuild(IReadOnlyCollection<string>? enabled = null)
    {
        // Of the others, nothing is made.
        var wanted = enabled is null ? null : new HashSet<string>(enabled, StringComparer.Ordinal);
        var offered = wanted is null ? CompiledActions.All : CompiledActions.Image.Read(wanted);
        return Create(offered, CompiledActions.ManifestSetDigest, wanted);
    }

    /// <inheritdoc cref="OfThisBuild"/>
    /// <param name="all">The actions of the build.</param>
    /// <param name="manifestSetDigest">Their digest.</param>
    /// <param name="enabled">The ids to offer, or null for all of them.</param>
    internal static ActionRegistry Create(ImmutableArray<ActionSpec> all, Sha256Digest manifestSetDigest, IReadOnlyCollection<string>? enabled)
    {
        if (enabled is null)
        {
            return new ActionRegistry(all, manifestSetDigest);
        }

        var wanted = new HashSet<string>(enabled, StringComparer.Ordinal);
        return Create(all.RemoveAll(action => !wanted.Remove(action.Id)), manifestSetDigest, wanted);
    }

    private static ActionRegistry Create(ImmutableArray<ActionSpec> offered, Sha256Digest manifestSetDigest, HashSet<string>? missing)
    {
        if (missing is { Count: > 0 })
        {
            throw new StartupException(
                StartupError.RegistryLoadFailed,
                $"The configuration enables actions that this build does not have: {string.Join(", ", missing.Order(StringComparer.Ordinal))}.",
                "Remove them from the configuration, or build the gate with their manifests.");
        }

        return new ActionRegistry(offered, manifestSetDigest);
    }

    /// <summary>Finds an offered action; the id is compared exactly.</summary>
    public bool TryFind(string id, [NotNullWhen(true)] out ActionSpec? action) => _byId.TryGetValue(id, out action);
}
