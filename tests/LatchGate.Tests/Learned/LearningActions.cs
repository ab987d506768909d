using LatchGate.Actions;

namespace LatchGate.Tests.Learned;

/// <summary>The build's actions, of which <c>http_fetch</c> may learn hosts: none that is shipped does.</summary>
internal static class LearningActions
{
    internal static ActionRegistry Registry { get; } = ActionRegistry.Create(
        [
            .. CompiledActions.All.Select(action => action.Id == "http_fetch"
                ? action with { Egress = action.Egress with { AllowLearning = true } }
                : action),
        ],
        CompiledActions.ManifestSetDigest,
        enabled: null);
}
