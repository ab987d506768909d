using System.Diagnostics;
using System.Text;
using LatchGate.Secrets;
using LatchGate.Secrets.Age;
using LatchGate.Tests.Config;

namespace LatchGate.Tests.Secrets;

public sealed class AgeTests
{
    private const string Program = "/usr/bin/age";

    // The example of the C2SP specification.
    private const string Identity = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    private const string Recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

    [Fact]
    public void An_identity_has_the_recipient_that_the_specification_says()
    {
        using var identity = AgeIdentity.TryParse(Encoding.ASCII.GetBytes(Identity));
        Assert.Equal(Recipient, identity?.Recipient);
        var text = new byte[80];
        Assert.Equal(Identity, Encoding.ASCII.GetString(text, 0, identity!.Write(text)));
    }

    [Theory]
    [InlineData("age-secret-key-1gfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpq4egaex")]
    [InlineData("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEQ")]
    [InlineData("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAE")]
    [InlineData("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGaex")]
    [InlineData("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj")]
    [InlineData("")]
    public void Another_spelling_is_no_identity(string text) => Assert.Null(AgeIdentity.TryParse(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData("AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ")]
    [InlineData("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwq")]
    [InlineData("age1")]
    [InlineData("ägé1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj")]
    public void Another_spelling_is_no_recipient(string text) => Assert.Null(AgeRecipient.TryParse(text));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(131072)]
    public void A_file_opens_for_each_of_its_recipients_and_for_nobody_else(int length)
    {
        using var one = AgeIdentity.Generate();
        using var two = AgeIdentity.Generate();
        using var three = AgeIdentity.Generate();
        var plain = new byte[length];
        Random.Shared.NextBytes(plain);
        var file = AgeFile.Encrypt(plain, [AgeRecipient.TryParse(one.Recipient!)!, AgeRecipient.TryParse(two.Recipient!)!]);
        foreach (var identity in (AgeIdentity[])[one, two])
        {
            Assert.Equal(AgeFault.None, AgeFile.TryDecrypt(AgeArmor.TryDecode(AgeArmor.Encode(file)), [three, identity], out var opened, out var count));
            using (opened)
            {
                Assert.True(plain.AsSpan().SequenceEqual(opened!.Span[..count]));
            }
        }

        Assert.Equal(AgeFault.NoMatch, AgeFile.TryDecrypt(file, [three], out _, out _));
    }

    [Fact]
    public void Every_bit_of_a_file_counts()
    {
        using var identity = AgeIdentity.Generate();
        var file = AgeFile.Encrypt("the plaintext"u8, [AgeRecipient.TryParse(identity.Recipient!)!]);
        for (var i = 0; i < file.Length; i++)
        {
            var changed = (byte[])file.Clone();
            changed[i] ^= 1;
            Assert.NotEqual(AgeFault.None, AgeFile.TryDecrypt(changed, [identity], out _, out _));
            Assert.NotEqual(AgeFault.None, AgeFile.TryDecrypt(file.AsSpan(0, i), [identity], out _, out _));
        }
    }

    [Fact]
    public void More_work_than_age_itself_asks_for_is_not_done()
    {
        using var passphrase = AgeIdentity.Passphrase("password"u8);
        var file = "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 19\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"u8;
        Assert.Equal(AgeFault.WorkFactor, AgeFile.TryDecrypt(file, [passphrase], out _, out _));
    }

    [Fact]
    public void The_age_program_opens_what_the_gate_writes_and_the_other_way_round()
    {
        Assert.SkipUnless(File.Exists(Program), "age is not installed.");
        using var root = new TempDirectory();
        using var identity = AgeIdentity.Generate();
        var key = new byte[80];
        var path = root.Write("key.txt", Encoding.ASCII.GetString(key, 0, identity.Write(key)));
        File.WriteAllBytes(root["ours.age"], AgeArmor.Encode(AgeFile.Encrypt("from the gate"u8, [AgeRecipient.TryParse(identity.Recipient!)!])));
        Assert.Equal("from the gate", Run("--decrypt", "--identity", path, root["ours.age"]));

        File.WriteAllText(root["plain"], "from age");
        _ = Run("--armor", "--recipient", identity.Recipient!, "--output", root["theirs.age"], root["plain"]);
        Assert.Equal(AgeFault.None, AgeFile.TryDecrypt(AgeArmor.TryDecode(File.ReadAllBytes(root["theirs.age"])), [identity], out var opened, out var length));
        using (opened)
        {
            Assert.Equal("from age"u8, opened!.Span[..length]);
        }
    }

    [Theory]
    [InlineData("AGE-SECRET-KEY-PQ-1QQQQQQQQ", "a hybrid identity")]
    [InlineData("AGE-PLUGIN-YUBIKEY-1GKZHG5QPVEH", "an identity of a plugin")]
    [InlineData("age-encryption.org/v1", "a key behind a passphrase")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----", "an SSH key")]
    [InlineData("hunter2", "something else")]
    [InlineData("# a comment alone", "holds no identity")]
    public void A_key_file_with_anything_else_is_refused_by_name(string text, string reason)
    {
        var problem = AgeKeyText.Read(Encoding.ASCII.GetBytes(text + "\n"), "The key file", []);
        Assert.Equal(SecretFault.KeyFileInvalid, problem?.Fault);
        Assert.Contains(reason, problem!.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem.Detail, StringComparison.Ordinal);
    }

    private static string Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
