using LatchGate.Actions;

namespace LatchGate.Tests.Learned;

/// <summary>The build's actions, of which <c>http_fetch</c> may learn hosts: none that is shipped does.</summary>
internal static class LearningActions
{
    internal static ActionRegistry Registry { get; } = ActionRegistry.Create(
        [
            .. CompiledActions.All.Select(action => action.Id == "http_fetch"
                ? action with
{ Egress = action.Egress with { AllowLearning = true } }
                : action),
        ],
        CompiledActions.ManifestSetDigest,
        enabled: null);

    /// <summary>The same, of which <c>http_fetch</c> may learn paths too: no call of it would have one.</summary>
    internal static ActionRegistry WithPaths { get; } = ActionRegistry.Create(
        [
            .. Registry.Actions.Select(action => action.Id == "http_fetch"
                ? action with { Files = new FileSpec(FileOperations.Read, [], [], 1024, 1024, createParents: false, allowLearning: true) }
                : action),
        ],
        CompiledActions.ManifestSetDigest,
        enabled: null);
}
