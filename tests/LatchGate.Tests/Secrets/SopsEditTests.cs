using System.Text;
using LatchGate.Secrets;
using LatchGate.Secrets.Sops;

namespace LatchGate.Tests.Secrets;

public sealed class SopsEditTests
{
    [Theory]
    [InlineData("flat.yaml", "GITHUB_TOKEN")]
    [InlineData("nested.yaml", "db.password")]
    [InlineData("nested.yaml", "empty")]
    [InlineData("tree.json", "nested.deep.secret")]
    [InlineData("flat.env", "DOTENV_TOKEN")]
    [InlineData("mac-only-encrypted.yaml", "TOKEN")]
    public void A_value_is_set_at_its_place_and_nothing_else_changes(string fixture, string name)
    {
        using var files = new SecretFiles(fixture);
        var before = files.Values();
        var lines = File.ReadAllLines(files.Path);
        Set(files, name, "another value\nof two lines \"'\\");
        var after = files.Values();
        Assert.Equal("another value\nof two lines \"'\\", after[name]);
        Assert.Equal(before.Where(pair => pair.Key != name), after.Where(pair => pair.Key != name));

        // The value, the date and the MAC.
        Assert.Equal(3, lines.Zip(File.ReadAllLines(files.Path)).Count(static pair => pair.First != pair.Second));
    }

    [Theory]
    [InlineData("flat.yaml")]
    [InlineData("nested.yaml")]
    [InlineData("tree.json")]
    [InlineData("flat.env")]
    public void A_new_value_stands_before_the_metadata_and_can_be_removed_again(string fixture)
    {
        using var files = new SecretFiles(fixture);
        var before = files.Values();
        var lines = File.ReadAllLines(files.Path).Length;
        Set(files, "NEW_ONE", "brand-new-value");
        Assert.Equal("brand-new-value", files.Values()["NEW_ONE"]);
        Assert.Equal(lines + 1, File.ReadAllLines(files.Path).Length);
        Remove(files, "NEW_ONE");
        Assert.Equal(before, files.Values());
        Assert.Equal(lines, File.ReadAllLines(files.Path).Length);
    }

    [Theory]
    [InlineData("flat.yaml")]
    [InlineData("nested.yaml")]
    [InlineData("tree.json")]
    [InlineData("flat.env")]
    public void Every_value_of_a_mapping_can_be_removed(string fixture)
    {
        using var files = new SecretFiles(fixture);
        foreach (var name in files.Values().Keys)
        {
            if (!char.IsAsciiDigit(name[^1]) || name.Contains('_', StringComparison.Ordinal))
            {
                Remove(files, name);
                Assert.DoesNotContain(name, files.Values().Keys);
            }
        }
    }

    [Theory]
    [InlineData(nameof(SopsFormat.Yaml), "secrets.yaml")]
    [InlineData(nameof(SopsFormat.Json), "secrets.json")]
    [InlineData(nameof(SopsFormat.Dotenv), "secrets.env")]
    public void A_file_from_nothing_holds_what_is_set(string format, string name)
    {
        using var files = new SecretFiles();
        using var identity = LatchGate.Secrets.Age.AgeIdentity.TryParse(Encoding.ASCII.GetBytes(File.ReadAllLines(files.Key)[^1]));
        var recipient = LatchGate.Secrets.Age.AgeRecipient.TryParse(identity!.Recipient!)!;
        using var other = LatchGate.Secrets.Age.AgeIdentity.Generate();
        files.Path = files.Root[name];
        File.WriteAllBytes(files.Path, SopsEdit.Create(Enum.Parse<SopsFormat>(format), [LatchGate.Secrets.Age.AgeRecipient.TryParse(other.Recipient!)!, recipient], TimeProvider.System));
        Assert.Empty(files.Values());
        Set(files, "FIRST", "the first value");
        Set(files, "SECOND", "the second value");
        Set(files, "FIRST", "the first value again");
        Assert.Equal(new Dictionary<string, string> { ["FIRST"] = "the first value again", ["SECOND"] = "the second value" }, files.Values());
    }

    [Theory]
    [InlineData("")]
    [InlineData("1ST")]
    [InlineData("a.b")]
    [InlineData("a b")]
    [InlineData("a=b")]
    [InlineData("a\nb")]
    [InlineData("sops")]
    [InlineData("sops_mac")]
    [InlineData("ärger")]
    public void A_name_that_a_file_could_misread_is_refused(string name) => Assert.Equal(SecretFault.SecretNameInvalid, SopsEdit.RefuseName(name)?.Fault);

    [Fact]
    public void A_name_that_would_not_be_encrypted_is_refused()
    {
        using var files = new SecretFiles();
        Assert.Equal(SecretFault.SecretNameInvalid, TrySet(files, "TOKEN_unencrypted", "a value of some length")?.Fault);
    }

    [Fact]
    public void An_item_of_a_list_is_left_to_sops()
    {
        using var files = new SecretFiles("nested.yaml");
        Assert.Equal(SecretFault.NotSupported, TrySet(files, "tokens.0", "a value of some length")?.Fault);
    }

    [Fact]
    public void A_file_with_a_rule_of_its_own_takes_no_new_names()
    {
        using var files = new SecretFiles();
        files.Replace(File.ReadAllText(files.Path).Replace("unencrypted_suffix: _unencrypted", "encrypted_regex: ^(GITHUB|billing|unicode)", StringComparison.Ordinal));
        Assert.Equal(3, files.Values().Count);
        Assert.Equal(SecretFault.NotSupported, TrySet(files, "NEW_ONE", "a value of some length")?.Fault);
        Assert.Null(TrySet(files, "GITHUB_TOKEN", "a value of some length"));
    }

    private static void Set(SecretFiles files, string name, string value) => Assert.Null(TrySet(files, name, value));

    private static SecretProblem? TrySet(SecretFiles files, string name, string value)
    {
        using var opened = OpenedSecrets.TryOpen(files.Config, out _)!;
        var text = SopsEdit.TrySet(opened.File!, name, Encoding.UTF8.GetBytes(value), opened.DataKey!.Span, TimeProvider.System, out var problem);
        Assert.Equal(text is null, problem is not null);
        if (text is not null)
        {
            files.Replace(Encoding.UTF8.GetString(text));
        }

        return problem;
    }

    private static void Remove(SecretFiles files, string name)
    {
        using var opened = OpenedSecrets.TryOpen(files.Config, out _)!;
        var text = SopsEdit.TryRemove(opened.File!, name, opened.DataKey!.Span, TimeProvider.System, out var problem);
        Assert.Null(problem);
        files.Replace(Encoding.UTF8.GetString(text!));
    }
}
