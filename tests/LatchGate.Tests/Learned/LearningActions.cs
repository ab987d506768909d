using LatchGate.Actions;

namespace LatchGate.Tests.Learned;

/// <summary>The build's actions, of which <c>http_fetch</c> may learn hosts and paths: none that is shipped learns hosts.</summary>
internal static class LearningActions
{
    internal static ActionRegistry Registry { get; } = ActionRegistry.Create(
        [
            .. CompiledActions.All.Select(action => action.Id == "http_fetch"
                ? action with
                {
                    Egress = action.Egress with { AllowLearning = true },
                    Files = new FileSpec(FileOperations.Read, [], [], 1024, 1024, createParents: false, allowLearning: true),
                }
                : action),
        ],
        CompiledActions.ManifestSetDigest,
        enabled: null);
}
