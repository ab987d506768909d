using System.Globalization;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli.Client;

namespace LatchGate.Tests.Catalogue;

/// <summary>Every action of the catalogue against a strict fake of its vendor, through the whole gate (README.md).</summary>
public sealed class CatalogueTests(CatalogueGate gate) : IClassFixture<CatalogueGate>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Cases => [.. CatalogueCase.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_action_does_what_its_vendor_documents(string key)
    {
        var @case = CatalogueCase.All[key];
        Assert.True(ActionRegistry.OfThisBuild().TryFind(@case.Action, out var action), $"There is no action {@case.Action}.");
        gate.Vendor.Expect(@case.Reply);
        var answer = await gate.Agent(@case).ExecuteAsync(@case.Action, Encoding.UTF8.GetBytes(@case.Input.GetRawText()), Cancel);
        if (@case.End == CaseEnd.Refused)
        {
            Assert.True(@case.Code == answer.ErrorCode && (answer.Status == 422 || @case.Code != "schema_violation"), TextOf(answer));
            Assert.Contains(@case.Pointer ?? "", TextOf(answer), StringComparison.Ordinal);
            Assert.Empty(gate.Vendor.Arrived);
            return;
        }

        var isHeld = action!.Risk is RiskLevel.High or RiskLevel.Critical;
        var id = "";
        if (isHeld)
        {
            Assert.True((202, "pending_approval") == (answer.Status, answer.Text("decision")), TextOf(answer));
            Assert.Empty(gate.Vendor.Arrived);
            id = answer.Text("approval_id")!;
            answer = await gate.Operator(@case).ApproveAsync(id, Cancel);
        }

        Assert.True(gate.Vendor.Arrived.Length == 1, $"{gate.Vendor.Arrived.Length} requests arrived. {TextOf(answer)}");
        ArrivedCall.Compare(@case.Call!.Value, gate.Vendor.Arrived[0]);
        if (@case.End == CaseEnd.Unconfirmed && isHeld)
        {
            Assert.True((502, "verification_failed") == (answer.Status, answer.ErrorCode), TextOf(answer));
        }
        else
        {
            var outcome = @case.End == CaseEnd.Verified ? "verified" : "verification_failed";
            Assert.True((200, "executed") == (answer.Status, answer.Text("decision")), TextOf(answer));
            Assert.True(outcome == answer.Text("verification_outcome"), TextOf(answer));
        }

        if (@case.Output is { } expected)
        {
            var output = (isHeld ? await gate.Agent(@case).PollAsync(id, Cancel) : answer).Body.GetProperty("output");
            foreach (var member in expected.EnumerateObject())
            {
                Assert.True(JsonElement.DeepEquals(member.Value, At(output, member.Name)), $"{member.Name} of {output}");
            }
        }
    }

    /// <summary>One action for each set of limits: they must hold a JSON body of the greatest size, as text and as JSON.</summary>
    public static TheoryData<string> Readers => [.. CompiledActions.All
        .Where(static action => action.ProviderName == "http_api" && action.Risk is RiskLevel.Low or RiskLevel.Medium)
        .Where(static action => Of(action).Any(IsRead))
        .GroupBy(static action => (action.Limits with { TimeoutSeconds = 0, MaxIoCalls = 0 }, action.Io.MaxResponseBytes))
        .Select(static group => group.First().Id)];

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task The_greatest_answer_that_an_action_takes_comes_through(string id)
    {
        Assert.True(ActionRegistry.OfThisBuild().TryFind(id, out var action));
        var @case = Of(action).First(IsRead);
        var (size, items) = (action.Limits.MaxHostResponseBytes, (action.Limits.MaxHostResponseBytes - 3) / 4);
        var text = $"[0{new StringBuilder().Insert(0, ",\"a\"", items)}]".PadRight(size);
        gate.Vendor.Expect(new VendorReply(200, [("content-type", "application/json")], Encoding.UTF8.GetBytes(text)));
        var answer = await gate.Agent(@case).ExecuteAsync(id, Encoding.UTF8.GetBytes(@case.Input.GetRawText()), Cancel);
        Assert.True((200, "executed") == (answer.Status, answer.Text("decision")), answer.ErrorText);
        var data = answer.Body.GetProperty("output").GetProperty("data");
        Assert.Equal(text, data.GetProperty("body").GetString());
        Assert.Equal(items + 1, data.GetProperty("json").GetArrayLength());
    }

    [Fact]
    public void Every_action_has_a_case_that_succeeds_and_one_that_does_not()
    {
        var missing = CompiledActions.All
            .Where(static action => action.ProviderName == "http_api")
            .Where(static action =>
                !Of(action).Any(static c => c.End == CaseEnd.Verified) || !Of(action).Any(static c => c.End != CaseEnd.Verified))
            .Select(static action => action.Id);
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_action_with_optional_members_is_called_with_some_and_without_some()
    {
        foreach (var action in CompiledActions.All.Where(static action => action.ProviderName == "http_api"))
        {
            using var schema = JsonDocument.Parse(action.RequestSchema);
            string[] required = schema.RootElement.TryGetProperty("required", out var names)
                ? [.. names.EnumerateArray().Select(static name => name.GetString()!)]
                : [];
            var properties = schema.RootElement.GetProperty("properties").EnumerateObject().Select(static property => property.Name);
            var optional = properties.Except(required).ToList();
            var calls = Of(action).Where(static c => c.End == CaseEnd.Verified).ToList();
            Assert.True(optional.Count == 0 || calls.Any(c => optional.Any(name => c.Input.TryGetProperty(name, out _))), action.Id);
            Assert.True(optional.Count == 0 || calls.Any(c => optional.Any(name => !c.Input.TryGetProperty(name, out _))), action.Id);
        }
    }

    private static bool IsRead(CatalogueCase @case) =>
        @case is { End: CaseEnd.Verified, Call: { } call } && call.GetProperty("method").GetString() == "GET";

    private static IEnumerable<CatalogueCase> Of(ActionSpec action) => CatalogueCase.All.Values.Where(c => c.Action == action.Id);

    private static string TextOf(GateResponse answer) => $"{answer.Status} {answer.Body}";

    // RFC 6901, for names without escapes.
    private static JsonElement At(JsonElement value, string pointer)
    {
        foreach (var name in pointer.Split('/')[1..])
        {
            value = value.ValueKind == JsonValueKind.Array ? value[int.Parse(name, CultureInfo.InvariantCulture)] : value.GetProperty(name);
        }

        return value;
    }
}
