namespace LatchGate.Secrets.Sops;

/// <summary>What a scalar is.</summary>
internal enum SopsKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>A number in JSON grammar.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>Nothing; no part of the MAC.</summary>
    Null,

    /// <summary>Readers of YAML disagree about it.</summary>
    Ambiguous,
}

/// <summary>One scalar of a file.</summary>
/// <param name="Name">Keys and list indexes from the root, joined by <c>.</c>.</param>
/// <param name="Path">The keys alone, each followed by <c>:</c>: the associated data of the value.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Value">Its text.</param>
/// <param name="EntryStart">Where its key starts in the file; where it starts itself in a list.</param>
/// <param name="Start">Where it starts in the file, quotes and all.</param>
/// <param name="End">Where it ends.</param>
/// <param name="IsItem">Whether it is in a list.</param>
internal sealed record SopsLeaf(string Name, string Path, SopsKind Kind, string Value, int EntryStart, int Start, int End, bool IsItem)
{
    /// <summary>Whether the value is encrypted.</summary>
    internal bool IsEncrypted => Kind == SopsKind.Text && SopsValue.IsEncrypted(Value);
}
