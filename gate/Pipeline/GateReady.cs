namespace LatchGate.Pipeline;

/// <summary>The gate answers on both sockets.</summary>
/// <param name="ClientSocket">Path of the agents' socket.</param>
/// <param name="AdminSocket">Path of the operators' socket.</param>
/// <param name="Actions">How many actions are enabled.</param>
public sealed record GateReady(string ClientSocket, string AdminSocket, int Actions);
