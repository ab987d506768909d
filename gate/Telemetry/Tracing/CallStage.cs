namespace LatchGate.Telemetry.Tracing;

/// <summary>The parts of a call that have a span of their own, in the order in which a call comes to them.</summary>
internal enum CallStage
{
    /// <summary>Lease and proof, or the operator's credential.</summary>
    Authenticate,

    /// <summary>Action, provider, request, template, destination and path.</summary>
    Validate,

    /// <summary>What the caller has left to spend.</summary>
    Budget,

    /// <summary>The policy's answer.</summary>
    Policy,

    /// <summary>The plan is frozen and stored for an operator.</summary>
    ApprovalHold,

    /// <summary>An operator's approval is claimed, and its plan checked against the gate as it is now.</summary>
    ApprovalReview,

    /// <summary>The intent's commit, with the debit.</summary>
    Intent,

    /// <summary>The grant is signed and checked, while the intent is on its way to the disk.</summary>
    Grant,

    /// <summary>The provider in its sandbox, with everything that it asks of the host.</summary>
    Provider,

    /// <summary>Output and effect are judged.</summary>
    Verify,

    /// <summary>The receipt is signed and committed.</summary>
    Receipt,
}

/// <summary>Names of <see cref="CallStage"/>.</summary>
internal static class CallStages
{
    /// <summary>How many there are; at most 15, so that their number fits into a span's id.</summary>
    internal const int Count = (int)CallStage.Receipt + 1;

    /// <summary>The span's name.</summary>
    internal static string SpanName(this CallStage stage) => stage switch
    {
        CallStage.Authenticate => "latchgate.authenticate",
        CallStage.Validate => "latchgate.validate",
        CallStage.Budget => "latchgate.budget",
        CallStage.Policy => "latchgate.policy",
        CallStage.ApprovalHold => "latchgate.approval.hold",
        CallStage.ApprovalReview => "latchgate.approval.review",
        CallStage.Intent => "latchgate.intent",
        CallStage.Grant => "latchgate.grant",
        CallStage.Provider => "latchgate.provider",
        CallStage.Verify => "latchgate.verify",
        CallStage.Receipt => "latchgate.receipt",
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "Not a stage."),
    };
}
