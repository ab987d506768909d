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

    private readonly FixedSecrets _secrets = FixedSecrets.Of([.. _values.Select(static (value, i) => ("s" + (char)('0' + i), value))]);

    internal override string Name => "redactor";

    internal override string Property => "a secret in any spelling is found, and what is left holds none, as it is or decoded, and nothing more to redact";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Secrets.Redaction.", "LatchGate.Secrets.SecretRedactor"];

    internal override int MaxLength => 256;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var reader = new InputReader(input);
        var secret = reader.Pick<string>(_values);
        int spelling = reader.NextByte(), mask = reader.NextByte();
        var before = reader.NextText();
        var after = reader.NextText();
        var isPlanted = spelling % (SecretSpelling.Count + 1) < SecretSpelling.Count;
        var text = Encoding.UTF8.GetBytes(isPlanted ? SecretSpelling.Write(secret, spelling % (SecretSpelling.Count + 1), mask, before, after) : before + after);
        var found = _secrets.Redactor.TryRedact(text, out var redacted);
        Check.Holds(found || !isPlanted, $"spelling {spelling % (SecretSpelling.Count + 1)} of '{secret}' is found in {Encoding.UTF8.GetString(text)}");
        var left = Encoding.UTF8.GetString(redacted ?? text);
        foreach (var value in _values)
        {
            Check.Holds(!left.Contains(value, StringComparison.Ordinal), $"'{value}' is left");
            Check.Holds(!SecretSpelling.PercentDecoded(left).Contains(value, StringComparison.Ordinal), $"'{value}' is left in percent-encoding");
            Check.Holds(!left.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes(value)).TrimEnd('=')[..^1], StringComparison.Ordinal), $"'{value}' is left in base64");
        }

        Check.Holds(redacted is null || !_secrets.Redactor.TryRedact(redacted, out _), "nothing more is found in what is left");
    }
}
