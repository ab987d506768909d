using LatchGate.Secrets;
using LatchGate.Secrets.Sops;

namespace LatchGate.Tests.Secrets;

public sealed class SopsReadTests
{
    [Fact]
    public void A_flat_yaml_file_gives_its_values()
    {
        using var files = new SecretFiles("flat.yaml");
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["GITHUB_TOKEN"] = "ghp_0123456789abcdefghij", ["billing-token"] = "s3cr3t/with+odd=chars & more", ["unicode"] = "pässwörd-日本語",
            },
            files.Values());
    }

    [Fact]
    public void Nested_names_are_joined_and_what_is_not_encrypted_is_no_secret()
    {
        using var files = new SecretFiles("nested.yaml");
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["db.password"] = "correct horse battery", ["tokens.0"] = "first-token-0001", ["tokens.1"] = "second-token-002",
                ["pem"] = "-----BEGIN KEY-----\nAAAA\nBBBB\n-----END KEY-----\n",
            },
            files.Values());
        using var opened = OpenedSecrets.TryOpen(files.Config, out _);
        Assert.Equal(["db.port", "db.ratio", "db.tls"], opened!.Values.TooShort);
    }

    [Theory]
    [InlineData("kms: null", "kms: []")]
    [InlineData("kms: null", "kms: {}")]
    [InlineData("kms: null", "kms:")]
    [InlineData("kms: null", "kms: ~ # none")]
    [InlineData("\n", "\r\n")]
    [InlineData("sops:\n", "# A comment.\n\nsops:\n")]
    [InlineData("    lastmodified: \"", "    'lastmodified': \"")]
    public void The_spelling_of_a_file_does_not_matter(string from, string to)
    {
        using var files = new SecretFiles("flat.yaml");
        files.Replace(File.ReadAllText(files.Path).Replace(from, to, StringComparison.Ordinal));
        Assert.Equal(3, files.Values().Count);
    }

    [Fact]
    public void A_json_file_gives_its_values()
    {
        using var files = new SecretFiles("tree.json");
        Assert.Equal(
            new Dictionary<string, string> { ["API_KEY"] = "json-secret-value-1", ["nested.deep.secret"] = "json \"quoted\" \\ value", ["list.0"] = "json-list-item-0" },
            files.Values());
    }

    [Fact]
    public void A_dotenv_file_gives_its_values()
    {
        using var files = new SecretFiles("flat.env");
        Assert.Equal(new Dictionary<string, string> { ["DOTENV_TOKEN"] = "dotenv-secret-value", ["TWO_LINES"] = "line one of it\nline two of it" }, files.Values());
    }

    [Fact]
    public void A_mac_over_encrypted_values_alone_is_checked_as_such()
    {
        using var files = new SecretFiles("mac-only-encrypted.yaml");
        Assert.Equal("mac-only-encrypted-1", Assert.Single(files.Values()).Value);
        files.Replace(File.ReadAllText(files.Path).Replace("not part of the mac", "changed", StringComparison.Ordinal));
        Assert.Null(files.Problem());
        files.Replace(File.ReadAllText(files.Path).Replace("mac_only_encrypted: true", "mac_only_encrypted: false", StringComparison.Ordinal));
        Assert.Equal(SecretFault.MacMismatch, files.Problem()?.Fault);
    }

    [Theory]
    [InlineData("region_unencrypted: eu-west-1", "region_unencrypted: eu-west-2", nameof(SecretFault.MacMismatch))]
    [InlineData("replicas_unencrypted: 3", "replicas_unencrypted: 4", nameof(SecretFault.MacMismatch))]
    [InlineData("debug_unencrypted: false\n", "", nameof(SecretFault.MacMismatch))]
    [InlineData("empty: \"\"", "empty: x", nameof(SecretFault.MacMismatch))]
    [InlineData("db:", "bd:", nameof(SecretFault.SecretDamaged))]
    [InlineData("2030-01-02T03:04:05Z", "2030-01-02T03:04:06Z", nameof(SecretFault.MacMismatch))]
    [InlineData("nothing: null", "nothing: 2030-01-02", nameof(SecretFault.NotSupported))]
    [InlineData("nothing: null", "nothing: 1e400", nameof(SecretFault.NotSupported))]
    [InlineData("nothing: null", "nothing: &a x", nameof(SecretFault.SecretsFileInvalid))]
    [InlineData("nothing: null", "nothing: [a]", nameof(SecretFault.SecretsFileInvalid))]
    [InlineData("nothing: null", "nothing: >\n  x", nameof(SecretFault.SecretsFileInvalid))]
    [InlineData("nothing: null", "db.password: x", nameof(SecretFault.SecretsFileInvalid))]
    [InlineData("nothing: null", "empty: null", nameof(SecretFault.SecretsFileInvalid))]
    [InlineData("\nsops:", "\nspos:", nameof(SecretFault.SopsMetadataMissing))]
    [InlineData("    mac:", "    cam:", nameof(SecretFault.SopsMetadataInvalid))]
    [InlineData("    lastmodified:", "    firstmodified:", nameof(SecretFault.SopsMetadataInvalid))]
    public void A_changed_file_is_refused_by_name(string from, string to, string fault)
    {
        using var files = new SecretFiles("nested.yaml");
        var text = File.ReadAllText(files.Path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        files.Replace(text.Replace(from, to, StringComparison.Ordinal));
        Assert.Equal(fault, files.Problem()?.Fault.ToString());
    }

    [Fact]
    public void Values_that_change_places_are_refused()
    {
        using var files = new SecretFiles("flat.env");
        var lines = File.ReadAllLines(files.Path);
        var (first, second) = (lines[0].Split('=', 2), lines[1].Split('=', 2));
        (lines[0], lines[1]) = ($"{first[0]}={second[1]}", $"{second[0]}={first[1]}");
        files.Replace(string.Join('\n', lines));
        Assert.Equal(SecretFault.SecretDamaged, files.Problem()?.Fault);

        (lines[0], lines[1]) = ($"{second[0]}={second[1]}", $"{first[0]}={first[1]}");
        files.Replace(string.Join('\n', lines));
        Assert.Equal(SecretFault.MacMismatch, files.Problem()?.Fault);
    }

    [Fact]
    public void A_file_for_somebody_else_is_refused()
    {
        using var files = new SecretFiles("for-another.yaml");
        Assert.Equal(SecretFault.AgeNoMatch, files.Problem()?.Fault);
    }

    [Fact]
    public void A_wrapped_key_that_was_changed_is_refused()
    {
        using var files = new SecretFiles("flat.yaml");
        var text = File.ReadAllText(files.Path);
        var at = text.IndexOf("-----END AGE", StringComparison.Ordinal) - 40;
        files.Replace(text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..]);
        Assert.Equal(SecretFault.DataKeyDamaged, files.Problem()?.Fault);
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xfe })]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { (byte)'{' })]
    public void What_is_no_file_of_sops_is_refused(byte[] bytes)
    {
        foreach (var format in Enum.GetValues<SopsFormat>())
        {
            Assert.False(SopsFile.TryParse(bytes, format, out _, out var problem));
            Assert.True(problem.Fault is SecretFault.SecretsFileInvalid or SecretFault.SopsMetadataMissing);
        }
    }

    [Fact]
    public void Every_truncation_of_a_file_is_refused()
    {
        foreach (var fixture in (string[])["flat.yaml", "tree.json", "flat.env"])
        {
            using var files = new SecretFiles(fixture);
            var text = File.ReadAllText(files.Path).TrimEnd();
            for (var length = 0; length < text.Length; length += 7)
            {
                files.Replace(text[..length]);
                using var opened = OpenedSecrets.TryOpen(files.Config, out _);

                // A file without its last line, the version, says the same.
                Assert.True(opened is null || text.AsSpan(0, length).Contains("mac", StringComparison.Ordinal), $"{fixture}: {length}");
            }
        }
    }
}
