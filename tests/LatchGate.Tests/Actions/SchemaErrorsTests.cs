using System.Text.Json;
using LatchGate.Actions;

namespace LatchGate.Tests.Actions;

public sealed class SchemaErrorsTests
{
    [Fact]
    public void A_violation_names_its_place_as_a_JSON_pointer()
    {
        using var document = JsonDocument.Parse("""{"a/b":{"c~d":1}}""");
        var outer = document.RootElement.EnumerateObject().First();
        var inner = outer.Value.EnumerateObject().First();
        var errors = default(SchemaErrors);
        errors.Enter(outer);
        errors.Enter(3);
        errors.Enter(inner);
        errors.Add("is wrong");
        errors.Leave();
        errors.Leave();
        errors.Add("is wrong too");
        Assert.Equal("/a~1b/3/c~0d: is wrong; /a~1b: is wrong too", errors.ToString());
    }

    [Fact]
    public void Only_the_first_few_are_kept_and_all_are_counted()
    {
        var errors = default(SchemaErrors);
        for (var i = 0; i < SchemaErrors.Kept + 2; i++)
        {
            errors.Add("x");
        }

        Assert.Equal(SchemaErrors.Kept + 2, errors.Count);
        Assert.EndsWith("; and 2 more", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_deeper_than_any_payload_is_cut_and_not_a_crash()
    {
        var errors = default(SchemaErrors);
        for (var i = 0; i < 40; i++)
        {
            errors.Enter(i);
        }

        errors.Add("is wrong");
        for (var i = 0; i < 40; i++)
        {
            errors.Leave();
        }

        errors.Add("here");
        Assert.Equal("/0/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15: is wrong; here", errors.ToString());
    }
}
