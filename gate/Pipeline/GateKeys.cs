using LatchGate.Crypto;

namespace LatchGate.Pipeline;

/// <summary>The gate's signing keys. Grants and receipts never share one.</summary>
/// <param name="Grant">Signs grants.</param>
/// <param name="Receipt">Signs receipts and checkpoints.</param>
internal sealed record GateKeys(Ed25519Signer Grant, Ed25519Signer Receipt);
