using System.Buffers;
using System.Text;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Tests.Evidence;

public sealed class ReceiptTests
{
    [Fact]
    public async Task Anyone_can_check_a_shown_receipt_from_its_JSON_and_the_public_key()
    {
        using var temp = new TempLedger();
        var id = (await temp.CallAsync()).Receipt.Content.ReceiptId;
        using var shown = Show(temp, id);
        var root = shown.RootElement;
        Assert.Equal("valid", root.GetProperty("signature_status").GetString());

        // Take away the four members that are not content, canonicalise, hash, and verify over the hash's hexadecimal digits.
        var content = "{" + string.Join(',', root.EnumerateObject()
            .Where(m => m.Name is not ("result_hash" or "receipt_signature" or "signing_key_id" or "signature_status"))
            .Select(m => m.ToString())) + "}";
        var hash = Jcs.Canonicalize(Encoding.UTF8.GetBytes(content), JsonLimits.Evidence).Digest.ToHex();
        Assert.Equal(hash, root.GetProperty("result_hash").GetString());
        var signature = Convert.FromHexString(root.GetProperty("receipt_signature").GetString()!);
        Assert.True(Ed25519.Verify(temp.Signer.PublicKey, Encoding.ASCII.GetBytes(hash), signature));
        Assert.Equal("03a107bff3ce10be", root.GetProperty("signing_key_id").GetString()); // seed 00…1f, reference/kernel.md §4.5
    }

    [Fact]
    public async Task A_receipt_is_bound_to_request_action_module_and_effect()
    {
        using var temp = new TempLedger();
        var evidence = await temp.CallAsync();
        var intent = evidence.Receipt.Content.Intent;
        using var shown = Show(temp, evidence.Receipt.Content.ReceiptId);
        var root = shown.RootElement;
        Assert.Equal(intent.Intent.TraceId, root.GetProperty("trace_id").GetString());
        Assert.Equal(intent.Intent.GrantId, root.GetProperty("grant_id").GetString());
        Assert.Equal("demo_get", root.GetProperty("action_id").GetString());
        Assert.Equal("agent:demo", root.GetProperty("principal").GetString());
        Assert.Equal(intent.Digest.ToString(), root.GetProperty("intent_digest").GetString());
        Assert.Equal(Sha256Digest.Of("module"u8).ToString(), root.GetProperty("module_sha256").GetString());
        Assert.Equal("builtin:http_api", root.GetProperty("provider_module_digest").GetString());
        Assert.Equal("2026-01-02T03:04:05.000Z", root.GetProperty("started_at").GetString());
        Assert.Equal("2026-01-02T03:04:06.250Z", root.GetProperty("finished_at").GetString());
        Assert.Equal("https://api.example.com", root.GetProperty("effect_evidence")[0].GetProperty("target").GetString());
        Assert.Equal("""{"kind":"success","summary":"provider completed successfully"}""", root.GetProperty("normalized_result").GetRawText());
        Assert.Equal("""{"evidence":{"http_status":200},"status":"verified"}""", root.GetProperty("verification_outcome").GetRawText());
    }

    [Fact]
    public async Task An_edited_receipt_is_shown_as_invalid()
    {
        using var temp = new TempLedger();
        var id = (await temp.CallAsync()).Receipt.Content.ReceiptId;
        using (var database = Database.Open(temp.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute("UPDATE receipts SET body = CAST(replace(CAST(body AS TEXT), '\"ok\":true', '\"ok\":false') AS BLOB)");
        }

        using var shown = Show(temp, id);
        Assert.Equal("invalid", shown.RootElement.GetProperty("signature_status").GetString());
    }

    [Theory]
    [InlineData(2026, 1, 2, 3, 4, 5, 6, "2026-01-02T03:04:05.006Z")]
    [InlineData(1999, 12, 31, 23, 59, 59, 999, "1999-12-31T23:59:59.999Z")]
    public void A_time_has_one_form(int year, int month, int day, int hour, int minute, int second, int millisecond, string text)
    {
        var time = new DateTimeOffset(year, month, day, hour, minute, second, millisecond, TimeSpan.Zero);
        Assert.Equal(text, WireTime.Format(time.AddTicks(9999).ToOffset(TimeSpan.FromHours(5))));
        Assert.True(WireTime.TryParse(text, out var parsed));
        Assert.Equal(time, parsed);
        Assert.False(WireTime.TryParse(text.Replace("Z", "+00:00", StringComparison.Ordinal), out _));
    }

    private static JsonDocument Show(TempLedger temp, string id)
    {
        var output = new ArrayBufferWriter<byte>();
        temp.Ledger.Read(r => r.FindReceipt(id))!.WriteJson(output, temp.Keys);
        return JsonDocument.Parse(output.WrittenMemory);
    }
}
