using System.Text;
using LatchGate.Crypto;
using LatchGate.Secrets;
using LatchGate.Secrets.Age;
using LatchGate.Secrets.Sops;

namespace LatchGate.Tests.Secrets;

/// <summary>Files that were damaged at random are read, or refused; what is read can be changed, and then holds what it held and the change.</summary>
public sealed class SopsMutationTests
{
    private static readonly string[] Fragments =
        [": ", "\n", "- ", "|", "\"", "'", "[]", "{}", "#", " ", "\t", "\r\n", "sops", "ENC[AES256_GCM,data:", "...", "---", "\\u00", "null", "&a", "*a", "!", "%", "=", ",", "{", "]", "\0", "\xff"];

    [Theory]
    [InlineData("flat.yaml")]
    [InlineData("nested.yaml")]
    [InlineData("tree.json")]
    [InlineData("flat.env")]
    public void A_damaged_file_is_refused_or_means_what_it_says(string fixture)
    {
        var identities = new List<AgeIdentity>();
        Assert.Null(AgeKeyText.Read(Encoding.ASCII.GetBytes(SecretFiles.Fixture("key.txt")), "key.txt", identities));
        var (text, format) = (Encoding.UTF8.GetBytes(SecretFiles.Fixture(fixture)), SopsFile.FormatOf(fixture)!.Value);
        var random = new Random(20300102);
        var opened = 0;
        for (var round = 0; round < 1500; round++)
        {
            if (!SopsFile.TryParse(Damaged(text, random), format, out var file, out _))
            {
                continue;
            }

            using var key = file.TryOpen(identities, out _);
            using var values = new SecretValues(file.Text.Length);
            if (key is not null && file.Decrypt(key.Span, values) is null)
            {
                Change(file, key, values);
                opened++;
            }
        }

        identities.ForEach(static identity => identity.Dispose());
        Assert.True(opened > 0, "No damage was harmless: the check of changes did not run.");
    }

    private static void Change(SopsFile file, SecureMemory key, SecretValues values)
    {
        var text = SopsEdit.TrySet(file, "NEW_ONE", "a new value"u8, key.Span, TimeProvider.System, out var problem);
        if (text is null)
        {
            Assert.Equal(SecretFault.NotSupported, problem?.Fault);
            return;
        }

        Assert.True(SopsFile.TryParse(text, file.Format, out var changed, out _));
        using var again = new SecretValues(text.Length);
        Assert.Null(changed.Decrypt(key.Span, again));
        Assert.Equal("a new value"u8, again.Find("NEW_ONE"));
        foreach (var name in values.Names)
        {
            Assert.Equal(values.Find(name), again.Find(name));
        }

        Assert.NotNull(SopsEdit.TryRemove(changed, "NEW_ONE", key.Span, TimeProvider.System, out _));
    }

    private static byte[] Damaged(byte[] text, Random random)
    {
        var bytes = text.ToList();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 120), bytes.Count - at);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.InsertRange(at, Encoding.Latin1.GetBytes(Fragments[random.Next(Fragments.Length)]));
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                default:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
            }
        }

        return [.. bytes];
    }
}
