using System.Text;
using System.Text.Json;
using LatchGate.Actions;

namespace LatchGate.Tests.Actions;

public sealed class ValidatedRequestTests
{
    // Found by fuzzing: the text was below the bound, its canonical form, which is hashed and executed, was not.
    [Theory]
    [InlineData("2.4", true)]
    [InlineData("2.5", false)]
    [InlineData("2.4999999999999999999", false)]
    public void What_is_checked_is_what_is_executed(string number, bool accepted)
    {
        var action = ActionRegistry.OfThisBuild().Actions[0] with { ValidateRequest = Below, Template = null };
        Assert.Equal(accepted, ValidatedRequest.TryCreate(action, Encoding.UTF8.GetBytes($$"""{"x":{{number}}}"""), out var request, out _));
        if (request is not null)
        {
            Assert.Equal($$"""{"x":{{number}}}""", request.Root.GetRawText());
            request.Dispose();
        }
    }

    private static void Below(JsonElement value, ref SchemaErrors errors)
    {
        if (JsonNumber.Compare(value.GetProperty("x"), "2.5"u8) >= 0)
        {
            errors.Add("/x", "is too large");
        }
    }
}
