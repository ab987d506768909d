namespace LatchGate.Secrets.Age;

/// <summary>Why an age file was not opened.</summary>
internal enum AgeFault
{
    /// <summary>It was opened.</summary>
    None,

    /// <summary>The armor is not what the format says, to the letter.</summary>
    Armor,

    /// <summary>The header is not what the format says, to the letter.</summary>
    Header,

    /// <summary>No identity opens any of its stanzas.</summary>
    NoMatch,

    /// <summary>The header was changed: its MAC is wrong.</summary>
    Mac,

    /// <summary>The payload was changed or cut off.</summary>
    Payload,

    /// <summary>A passphrase would need more work than is done for a file.</summary>
    WorkFactor,
}
