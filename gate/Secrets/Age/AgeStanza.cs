namespace LatchGate.Secrets.Age;

/// <summary>One recipient's share in a header: <c>-> type argument…</c> and a body.</summary>
/// <param name="Type">The first argument.</param>
/// <param name="Arguments">The others, separated by blanks as they stand; empty when there are none.</param>
/// <param name="Body">The decoded body.</param>
internal sealed record AgeStanza(string Type, string Arguments, byte[] Body)
{
    /// <summary>Bytes of a file key.</summary>
    internal const int FileKeySize = 16;

    /// <summary>Bytes of a wrapped file key: the key and the tag of ChaCha20-Poly1305. Anything else is refused before it is decrypted.</summary>
    internal const int WrappedKeySize = FileKeySize + 16;
}
