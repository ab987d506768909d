using System.Text;
using LatchGate.Fuzz.Engine;
using LatchGate.Secrets.Age;

namespace LatchGate.Fuzz.Targets;

/// <summary>age files. The first byte says whether there is armor around the rest.</summary>
internal sealed class AgeFileTarget : FuzzTarget
{
    // Opens the seeds and nothing else.
    private static readonly byte[] _identity = "AGE-SECRET-KEY-1AM8FDTEUFUF3WZN9CXA9RX3WUKVJEA70TMRVD2TX382WWLNKJERQCEUYCD"u8.ToArray();

    private readonly AgeIdentity[] _identities = [AgeIdentity.TryParse(_identity)!];

    internal override string Name => "age-file";

    internal override string Property => "a header that is read is the one that its parts write; what decrypts is what was encrypted, so a changed file never does; armor has one form";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Secrets.Age."];

    internal override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var file = input[1..];
        if (input[0] % 2 == 1)
        {
            if (AgeArmor.TryDecode(file) is not { } binary)
            {
                return;
            }

            Check.Holds(AgeArmor.TryDecode(AgeArmor.Encode(binary)) is { } again && again.AsSpan().SequenceEqual(binary), "armor around the same file is taken off again");
            file = binary;
        }

        if (AgeHeader.TryRead(file, out var header))
        {
            CheckHeader(file, header);
        }

        var fault = AgeFile.TryDecrypt(file, _identities, out var plaintext, out var length);
        using (plaintext)
        {
            Check.Equal(fault == AgeFault.None, plaintext is not null, "a content, or a fault");
            Check.Holds(plaintext is null || plaintext.Span[..length].SequenceEqual("fuzz seed\n"u8), "what decrypts is what was encrypted");
        }
    }

    private static void CheckHeader(ReadOnlySpan<byte> file, AgeHeader header)
    {
        var text = new StringBuilder("age-encryption.org/v1\n");
        foreach (var stanza in header.Stanzas)
        {
            text.Append("-> ").Append(stanza.Type).Append(stanza.Arguments.Length > 0 ? " " : "").Append(stanza.Arguments).Append('\n');
            var body = Convert.ToBase64String(stanza.Body).TrimEnd('=');
            for (; body.Length >= 64; body = body[64..])
            {
                text.Append(body, 0, 64).Append('\n');
            }

            text.Append(body).Append('\n');
        }

        text.Append("---");
        Check.Holds(file[..header.Length].StartsWith(Encoding.ASCII.GetBytes(text.ToString())), "the header is what its parts write");
    }
}
