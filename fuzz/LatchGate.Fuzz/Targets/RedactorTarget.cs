using System.Text;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;
using LatchGate.Secrets;

namespace LatchGate.Fuzz.Targets;

/// <summary>
/// Text with a secret in it. <c>input = secret encoding mask before NUL after</c>: which secret, how it is spelled, which of its characters
/// are escaped, and what stands around it.
/// </summary>
internal sealed class RedactorTarget : FuzzTarget
{
    private static readonly string[] _values = ["sekret-\u00e9/\"+\\ 7%", "0123456789abcdef", "aaaaaaaa", "two words\nand \U0001F600 more", "~~~~<>?\u00ff\u00fe~~~~"];

    private static readonly string[] _cores =
        [.. _values.Select(static value => Convert.ToBase64String(Encoding.UTF8.GetBytes(value)).TrimEnd('=')[..^1])];

    private readonly FixedSecrets _secrets = FixedSecrets.Of([.. _values.Select(static (value, i) => ("s" + (char)('0' + i), value))]);

    internal override string Name => "redactor";

    internal override string Property => "a secret in any spelling is found, and what is left holds none, as it is or decoded, and nothing more to redact";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Secrets.Redaction.", "LatchGate.Secrets.SecretRedactor"];

    internal override int MaxLength => 256;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var reader = new InputReader(input);
        var secret = reader.Pick<string>(_values);
        int way = reader.NextByte() % (SecretSpelling.Count + 1), mask = reader.NextByte();
        var before = reader.NextText();
        var after = reader.NextText();

        // The last way is none: whatever the surroundings hold is then all there is.
        var isPlanted = way < SecretSpelling.Count;
        var text = Encoding.UTF8.GetBytes(isPlanted ? SecretSpelling.Write(secret, way, mask, before, after) : before + after);
        var found = _secrets.Redactor.TryRedact(text, out var redacted);
        Check.Holds(found || !isPlanted, "the planted secret is found");
        var left = Encoding.UTF8.GetString(redacted ?? text);
        var decoded = left.Contains('%', StringComparison.Ordinal) ? SecretSpelling.PercentDecoded(left) : left;
        for (var i = 0; i < _values.Length; i++)
        {
            Check.Holds(!left.Contains(_values[i], StringComparison.Ordinal), "a secret is left");
            Check.Holds(!left.Contains(_cores[i], StringComparison.Ordinal), "a secret is left in base64");
            Check.Holds(!decoded.Contains(_values[i], StringComparison.Ordinal), "a secret is left in percent-encoding");
        }

        Check.Holds(redacted is null || !_secrets.Redactor.TryRedact(redacted, out _), "nothing more is found in what is left");
    }
}
