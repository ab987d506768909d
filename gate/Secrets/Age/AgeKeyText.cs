namespace LatchGate.Secrets.Age;

/// <summary>
/// The text of a key file, as <c>age-keygen</c> writes it.
/// <code>
/// file = *( ( "#" text / identity / "" ) LF )
/// </code>
/// </summary>
internal static class AgeKeyText
{
    /// <summary>Reads all identities.</summary>
    /// <param name="text">The text.</param>
    /// <param name="where">Where it is from, for the problem.</param>
    /// <param name="identities">Takes them; the caller disposes each.</param>
    internal static SecretProblem? Read(ReadOnlySpan<byte> text, string where, List<AgeIdentity> identities)
    {
        var found = 0;
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            var line = (end < 0 ? text : text[..end]).Trim(" \t\r"u8);
            text = end < 0 ? default : text[(end + 1)..];
            if (line.IsEmpty || line[0] == '#')
            {
                continue;
            }

            if (AgeIdentity.TryParse(line) is not { } identity)
            {
                var kind = line.StartsWith("AGE-PLUGIN-"u8) ? "an identity of a plugin"
                    : line.StartsWith("AGE-SECRET-KEY-PQ-"u8) ? "a hybrid identity"
                    : line.StartsWith("age-encryption.org/"u8) || line.StartsWith("-----BEGIN AGE"u8) ? "a key behind a passphrase"
                    : line.StartsWith("-----BEGIN "u8) ? "an SSH key" : "something else";
                return new SecretProblem(
                    SecretFault.KeyFileInvalid, $"{where} holds {kind}, where the gate takes X25519 identities of age alone.", "Make one with age-keygen, or with 'latchgate secrets init'.");
            }

            identities.Add(identity);
            found++;
        }

        return found > 0 ? null : new SecretProblem(SecretFault.KeyFileInvalid, $"{where} holds no identity.", "Make one with age-keygen, or with 'latchgate secrets init'.");
    }
}
