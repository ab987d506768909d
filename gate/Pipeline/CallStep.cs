namespace LatchGate.Pipeline;

/// <summary>Steps of an approved call at which it is decided what a crash leaves behind.</summary>
internal enum CallStep
{
    /// <summary>The operator's claim is durable.</summary>
    Claimed,

    /// <summary>The grant is signed and checked; the intent is not yet recorded.</summary>
    IntentReady,

    /// <summary>The intent is durable; nothing was dispatched.</summary>
    IntentRecorded,

    /// <summary>The provider has ended; the receipt is not yet recorded.</summary>
    Dispatched,

    /// <summary>The receipt is durable; nobody was told.</summary>
    OutcomeRecorded,
}
