using System.Text;
using System.Text.Json;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Pipeline;

public sealed class OutputNumberTests
{
    [Theory]
    [InlineData("12345678901234567890")]
    [InlineData("-9223372036854775808")]
    [InlineData("9007199254740993")]
    [InlineData("1e999")]
    [InlineData("1e17")] // Canonical form would write it as an integer that no verifier reads.
    public async Task An_answer_with_a_number_that_no_double_holds_is_passed_on_and_signed_unchanged(string number)
    {
        using var rig = new ExecutionRig(new AnsweringWorld($$"""{"id":{{number}}}"""));
        var executed = Assert.IsType<CallOutcome.Executed>(await rig.FetchAsync());
        var text = Encoding.UTF8.GetString(executed.Report.Output.Span);
        Assert.Contains($$"""{"id":{{number}}}""", text, StringComparison.Ordinal);

        var signed = rig.Receipt(executed.Report.ReceiptId).GetProperty("provider_receipt");
        Assert.Equal(JsonValueKind.String, signed.ValueKind);
        Assert.Equal(text, signed.GetString());
    }

    [Fact]
    public async Task An_answer_whose_numbers_are_exact_is_signed_in_canonical_form()
    {
        using var rig = new ExecutionRig(new AnsweringWorld("""{"id":9007199254740991}"""));
        var executed = Assert.IsType<CallOutcome.Executed>(await rig.FetchAsync());
        var signed = rig.Receipt(executed.Report.ReceiptId).GetProperty("provider_receipt");
        Assert.Equal(9007199254740991, signed.GetProperty("data").GetProperty("json").GetProperty("id").GetInt64());
    }

    [Theory]
    [InlineData("""{"a":12345678901234567890,"a":1}""")]
    [InlineData("""{"a":1e999,"b":"\ud800"}""")]
    public void Any_number_does_not_mean_any_text(string text) => Assert.False(
        StrictJson.TryParse(Encoding.UTF8.GetBytes(text), JsonLimits.Evidence with { AnyNumber = true }, out _, out _));

    [Fact]
    public void A_text_with_such_a_number_has_no_canonical_form() => Assert.Throws<InvalidOperationException>(
        () => StrictJson.TryParse("[12345678901234567890]"u8.ToArray(), JsonLimits.Evidence with { AnyNumber = true }, out _, out _, out _));
}
