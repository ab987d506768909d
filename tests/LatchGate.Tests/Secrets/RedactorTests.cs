using System.Reflection;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LatchGate.Secrets;

namespace LatchGate.Tests.Secrets;

public sealed class RedactorTests
{
    private const string Secret = "s3cr3t/with+odd=chars & \"more\"\\é";
    private const string Token = "***REDACTED***";

    public static TheoryData<string> Encodings => new(
        Secret,
        Uri.EscapeDataString(Secret),
        Uri.EscapeDataString(Secret).ToLowerInvariant().Replace("%c3%a9", "%C3%a9", StringComparison.Ordinal),
        System.Net.WebUtility.UrlEncode(Secret),
        EveryByte(Secret),
        Quoted(Secret, JavaScriptEncoder.Default),
        Quoted(Secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping),
        Quoted(Secret, JavaScriptEncoder.Default).Replace("/", "\\/", StringComparison.Ordinal),
        EveryCharacter(Secret),
        Quoted(Quoted(Secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping), JavaScriptEncoder.Default),
        Quoted(Uri.EscapeDataString(Secret), JavaScriptEncoder.Default),
        Uri.EscapeDataString(Quoted(Secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)),
        Uri.EscapeDataString(Uri.EscapeDataString(Secret)));

    [Theory]
    [MemberData(nameof(Encodings))]
    public void A_secret_is_hidden_in_every_encoding(string encoded)
    {
        using var secrets = FixedSecrets.Of(("token", Secret));
        Assert.Equal($"{{\"a\":\"x {Token} y\",\"b\":1}}", secrets.Redactor.Redact($"{{\"a\":\"x {encoded} y\",\"b\":1}}"));
        Assert.Equal(Token, secrets.Redactor.Redact(encoded));
    }

    [Fact]
    public void A_secret_is_hidden_in_base64_wherever_it_stands_in_the_text()
    {
        // Bytes that need both special digits.
        const string Value = "~~~>>>???secret~~~";
        using var secrets = FixedSecrets.Of(("token", Value));
        for (var before = 0; before < 7; before++)
        {
            for (var after = 0; after < 4; after++)
            {
                var text = Encoding.ASCII.GetBytes(new string('u', before) + Value + new string('v', after));
                foreach (var encoded in (string[])[Convert.ToBase64String(text), System.Buffers.Text.Base64Url.EncodeToString(text), Convert.ToBase64String(text).Replace("+", "\\u002B", StringComparison.Ordinal)])
                {
                    var redacted = secrets.Redactor.Redact($"Basic {encoded} end");
                    Assert.Contains(Token, redacted, StringComparison.Ordinal);

                    // What is left decodes to nothing but the neighbours.
                    var left = redacted["Basic ".Length..redacted.IndexOf(Token, StringComparison.Ordinal)];
                    Assert.Equal(before * 8 / 6, left.Length);
                    var right = redacted[(redacted.IndexOf(Token, StringComparison.Ordinal) + Token.Length)..^" end".Length];
                    Assert.True(right.TrimEnd('=').Length <= ((after * 8) + 5) / 6, redacted);
                }
            }
        }
    }

    [Fact]
    public void Text_without_a_secret_is_the_same_object()
    {
        using var secrets = FixedSecrets.Of(("token", Secret), ("other", "0123456789abcdef"));
        var text = "{\"a\":\"s3cr3t/with+odd=chars & \\\"more\\\"\",\"b\":\"0123456789abcde%66\"}".Replace("%66", "%67", StringComparison.Ordinal);
        var bytes = (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text);
        Assert.Same(text, secrets.Redactor.Redact(text));
        Assert.True(bytes.Equals(secrets.Redactor.Redact(bytes)));
    }

    [Fact]
    public void Secrets_that_overlap_or_touch_leave_one_token()
    {
        using var secrets = FixedSecrets.Of(("a", "abcdefgh-1234"), ("b", "1234-ijklmnop"), ("c", "ijklmnop"));
        Assert.Equal($"x{Token}y {Token} {Token}abcdefgh", secrets.Redactor.Redact("xabcdefgh-1234-ijklmnopy ijklmnopijklmnop abcdefgh-1234abcdefgh"));
    }

    [Fact]
    public void Whitespace_around_a_value_is_not_looked_for()
    {
        using var secrets = FixedSecrets.Of(("pem", "line-one-of-it\nline-two-of-it\n"));
        Assert.Equal($"[{Token}]", secrets.Redactor.Redact("[line-one-of-it\\nline-two-of-it]"));
    }

    [Fact]
    public void The_beginning_of_a_secret_is_not_hidden_so_that_nobody_can_guess_it_byte_by_byte()
    {
        using var secrets = FixedSecrets.Of(("token", "0123456789abcdef"));
        Assert.Equal("0123456789abcde", secrets.Redactor.Redact("0123456789abcde"));
    }

    [Fact]
    public void A_short_value_is_no_secret() => Assert.Throws<ArgumentException>(static () => FixedSecrets.Of(("pin", "1234567")));

    [Fact]
    public void Many_secrets_are_found_as_a_plain_search_finds_them()
    {
        var random = new Random(20300102);
        var values = new (string Name, string Value)[40];
        for (var i = 0; i < values.Length; i++)
        {
            // Few letters, so that beginnings meet often.
            values[i] = ($"n{i}", string.Create(random.Next(8, 90), random, static (span, r) =>
            {
                for (var j = 0; j < span.Length; j++)
                {
                    span[j] = "abAB"[r.Next(4)];
                }
            }));
        }

        using var secrets = FixedSecrets.Of(values);
        for (var round = 0; round < 300; round++)
        {
            var text = new StringBuilder();
            while (text.Length < 400)
            {
                text.Append(random.Next(3) == 0 ? values[random.Next(values.Length)].Value : "abABxyz"[random.Next(7)].ToString());
            }

            var plain = text.ToString();
            var hidden = new bool[plain.Length];
            foreach (var (_, value) in values)
            {
                for (var at = plain.IndexOf(value, StringComparison.Ordinal); at >= 0; at = plain.IndexOf(value, at + 1, StringComparison.Ordinal))
                {
                    hidden.AsSpan(at, value.Length).Fill(true);
                }
            }

            var expected = new StringBuilder();
            for (var i = 0; i < plain.Length; i++)
            {
                _ = !hidden[i] ? expected.Append(plain[i]) : i == 0 || !hidden[i - 1] ? expected.Append(Token) : expected;
            }

            Assert.Equal(expected.ToString(), secrets.Redactor.Redact(plain));
        }
    }

    [Fact]
    public void Any_bytes_at_all_are_looked_through()
    {
        using var secrets = FixedSecrets.Of(("token", Secret), ("blank", "two words"));
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(0, 64)];
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = "%\\u00+two words"u8[random.Next(15)];
            }

            // Whatever is found, the text around it stays as it was.
            if (secrets.Redactor.TryRedact(bytes, out var redacted))
            {
                var at = redacted.AsSpan().IndexOf(SecretRedactor.Token);
                Assert.True(bytes.AsSpan().StartsWith(redacted.AsSpan(0, at)));
            }
        }
    }

    [Fact]
    public void Looking_allocates_nothing()
    {
        var debuggable = typeof(SecretRedactor).Assembly.GetCustomAttribute<DebuggableAttribute>();
        Assert.SkipWhen(debuggable?.IsJITOptimizerDisabled ?? false, "A debug build is not measured.");
        using var secrets = FixedSecrets.Of(("token", Secret));
        var text = Encoding.UTF8.GetBytes("{\"a\":\"100%25 \\\"x\\\" +\"}" + new string('x', 4000));
        Assert.False(secrets.Redactor.TryRedact(text, out _));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            _ = secrets.Redactor.TryRedact(text, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void What_was_rotated_away_is_hidden_as_long_as_somebody_holds_it()
    {
        var secrets = FixedSecrets.Of(("token", "0123456789abcdef"));
        var hold = secrets.Hold();
        Assert.True(secrets.TryOpen("token", out var lease));
        secrets.Dispose();
        Assert.Equal("0123456789abcdef"u8, lease.Value);
        lease.Dispose();
        Assert.Equal(Token, secrets.Redactor.Redact("0123456789abcdef"));
        hold.Dispose();
        Assert.True(secrets.Redactor.IsEmpty);
        Assert.Equal("0123456789abcdef", secrets.Redactor.Redact("0123456789abcdef"));
        Assert.False(secrets.TryOpen("token", out _));
        Assert.Throws<ObjectDisposedException>(() => lease.Value.Length);
    }

    private static string Quoted(string text, JavaScriptEncoder encoder) => JsonEncodedText.Encode(text, encoder).ToString();

    private static string EveryByte(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(static b => $"%{b:x2}"));

    private static string EveryCharacter(string text) => string.Concat(text.Select(static c => $"\\u{(int)c:x4}"));
}
