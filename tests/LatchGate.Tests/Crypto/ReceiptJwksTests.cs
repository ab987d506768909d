using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Tests.Identity;

namespace LatchGate.Tests.Crypto;

public sealed class ReceiptJwksTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FixedClock _clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    // RFC 8037 appendix A.1: seed, x and public key.
    private readonly Ed25519Signer _key = new(Convert.FromHexString("9D61B19DEFFD5A60BA844AF492EC2CC44449C5697B326919703BAC031CAE7F60"));

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }

    private string FilePath => _folder.File("receipt_keys.jwks");

    [Fact]
    public void The_current_key_is_appended_in_the_form_of_RFC_8037()
    {
        ReceiptJwks.LoadAndAppend(FilePath, _key, _clock);

        using var json = JsonDocument.Parse(File.ReadAllBytes(FilePath));
        var entry = Assert.Single(json.RootElement.GetProperty("keys").EnumerateArray());
        var members = entry.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetString());
        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["kty"] = "OKP",
                ["crv"] = "Ed25519",
                ["x"] = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                ["kid"] = "d75a980182b10ab7",
                ["alg"] = "EdDSA",
                ["use"] = "sig",
                ["added_at"] = "2026-01-02T03:04:05.678Z",
                ["x_hex"] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            },
            members);
    }

    [Fact]
    public void A_new_key_is_added_after_the_old_ones_and_an_old_one_only_once()
    {
        using var second = new Ed25519Signer(new byte[32]);
        ReceiptJwks.LoadAndAppend(FilePath, _key, _clock);
        ReceiptJwks.LoadAndAppend(FilePath, second, _clock);
        var set = ReceiptJwks.LoadAndAppend(FilePath, _key, _clock);

        Assert.Equal([_key.KeyId, second.KeyId], set.Keys.Select(k => k.KeyId));
        Assert.Equal(second.PublicKey.ToArray(), ReceiptJwks.Read(FilePath).Find(second.KeyId)!.PublicKey.ToArray());
        Assert.Null(set.Find("0000000000000000"));
    }

    [Fact]
    public void A_file_of_entries_with_only_x_hex_is_read()
    {
        File.WriteAllText(FilePath, Entry(""" "x_hex":"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" """));

        Assert.Equal(_key.PublicKey.ToArray(), ReceiptJwks.Read(FilePath).Keys[0].PublicKey.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"keys":{}}""")]
    [InlineData("""{"keys":[1]}""")]
    [InlineData("""{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"d75a980182b10ab7","added_at":"2026-01-01T00:00:00.000Z"}]}""")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"Ed25519","kid":"d75a980182b10ab7","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","added_at":"2026-01-01T00:00:00.000Z"}]}""")]
    [InlineData("""{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"0000000000000000","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","added_at":"2026-01-01T00:00:00.000Z"}]}""")]
    [InlineData("""{"keys":[{"kty":"OKP","crv":"Ed25519","kid":7,"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","added_at":"2026-01-01T00:00:00.000Z"}]}""")]
    [InlineData("""{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"d75a980182b10ab7","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","added_at":"yesterday"}]}""")]
    [InlineData("""{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"d75a980182b10ab7","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=","added_at":"2026-01-01T00:00:00.000Z"}]}""")]
    public void The_gate_does_not_start_on_a_damaged_history_and_leaves_it_alone(string content)
    {
        File.WriteAllText(FilePath, content);

        var refusal = Assert.Throws<StartupException>(() => ReceiptJwks.LoadAndAppend(FilePath, _key, _clock));

        Assert.Equal(StartupError.SigningKeyFailed, refusal.Error);
        Assert.Equal(content, File.ReadAllText(FilePath));
    }

    [Fact]
    public void Members_that_disagree_and_repeated_kids_are_damage()
    {
        File.WriteAllText(FilePath, Entry($""" "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","x_hex":"{new string('0', 64)}" """));
        Assert.Throws<StartupException>(() => ReceiptJwks.Read(FilePath));

        var entry = """{"kty":"OKP","crv":"Ed25519","kid":"d75a980182b10ab7","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","added_at":"2026-01-01T00:00:00.000Z"}""";
        File.WriteAllText(FilePath, $$"""{"keys":[{{entry}},{{entry}}]}""");
        Assert.Throws<StartupException>(() => ReceiptJwks.Read(FilePath));
    }

    private static string Entry(string key) =>
        $$$"""{"keys":[{"kid":"d75a980182b10ab7","kty":"OKP","crv":"Ed25519","alg":"EdDSA","added_at":"2026-01-01T00:00:00.000Z",{{{key}}}}]}""";
}
