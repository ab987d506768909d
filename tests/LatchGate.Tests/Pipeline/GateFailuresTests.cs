using System.Text.Json;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Pipeline;

public sealed class GateFailuresTests
{
    public static TheoryData<GateFailure> All => [.. Enum.GetValues<GateFailure>()];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_failure_has_a_status_a_sentence_and_a_remedy(GateFailure failure)
    {
        var text = GateFailures.Describe(failure);
        Assert.InRange(text.Status, 400, 599);
        Assert.Matches("^[a-z]+(_[a-z]+)*$", text.Code);
        foreach (var sentence in new[] { text.Message, text.Remedy })
        {
            Assert.Matches(@"^[A-Z][^.\n]*(\.[^ \n][^.\n]*)*\.$", sentence);
            Assert.DoesNotContain(sentence, char.IsControl);
        }
    }

    [Fact]
    public void No_two_failures_share_a_code() =>
        Assert.Equal(Enum.GetValues<GateFailure>().Length, Enum.GetValues<GateFailure>().Select(f => GateFailures.Describe(f).Code).Distinct().Count());

    [Theory]
    [MemberData(nameof(All))]
    public void A_code_is_the_name_of_its_member(GateFailure failure)
    {
        // The one exception: existing clients know this name.
        var expected = failure == GateFailure.UpstreamFailed ? "upstream_error" : JsonNamingPolicy.SnakeCaseLower.ConvertName(failure.ToString());
        Assert.Equal(expected, GateFailures.Describe(failure).Code);
    }

    [Fact]
    public void A_value_that_is_no_member_has_no_answer() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GateFailures.Describe((GateFailure)int.MaxValue));
}
