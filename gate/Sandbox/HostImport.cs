namespace LatchGate.Sandbox;

/// <summary>The host interfaces a provider may import (providers/wit). A module's manifest names those it gets.</summary>
[Flags]
public enum HostImports
{
    /// <summary>No host interface: the guest can only compute.</summary>
    None = 0,

    /// <summary><c>latchgate:io/http</c>: one HTTP request, judged by egress rules.</summary>
    Http = 1,

    /// <summary><c>latchgate:io/fs</c>: files below the session's root.</summary>
    Fs = 2,

    /// <summary><c>latchgate:io/log</c>: a line in the gate's log. Never gated, but counted and cut.</summary>
    Log = 4,
}
