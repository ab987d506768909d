using System.Globalization;
using System.Text;
using LatchGate.Policy;
using LatchGate.Policy.Rego;
using static LatchGate.Tests.Policy.BuiltinCalls;
using static LatchGate.Tests.Policy.PolicySamples;

namespace LatchGate.Tests.Policy;

/// <summary>Calls that once hung, ate gigabytes or overflowed the stack: each now ends within what one evaluation may use.</summary>
public sealed class EvaluationBoundTests
{
    private static readonly RegoString Megabyte = Text(new string('a', 1 << 20));

    [Fact]
    public void Numbers_far_below_one_are_divided_and_written() =>
        Assert.Matches("^3\\.33333333333333333[0-9]*e-20001$", Assert.IsType<RegoNumber>(Bounded("div", Number("1e-20000"), Number("3"))).ToJson());

    [Fact]
    public void A_product_beyond_all_bounds_ends_the_evaluation() => Stops("mul", Number("1e20000"), Number("1e20000"));

    [Fact]
    public void A_number_squared_again_and_again_ends_the_evaluation() => Assert.Throws<ValueWorkException>(() => Bounded(() =>
    {
        var number = Number("12345678901234567890");
        for (var i = 0; i < 40; i++)
        {
            number = (RegoNumber)BuiltinCalls.Call("mul", number, number)!;
        }
    }));

    [Theory]
    [InlineData("bits.negate")]
    [InlineData("ceil")]
    [InlineData("abs")]
    public void A_number_of_a_million_digits_ends_the_evaluation(string name) => Stops(name, Number(new string('7', 1_000_000)));

    [Fact]
    public void A_number_of_a_million_digits_is_no_count_of_calls() => Assert.False(Number(new string('7', 1_000_000)).TryGetInt64(out _));

    [Theory]
    [InlineData("json.marshal")]
    [InlineData("sprintf")]
    public void One_long_text_held_often_is_not_written_often(string name)
    {
        var many = new RegoArray([.. Enumerable.Repeat<RegoValue>(Megabyte, 4_000)]);
        Stops(name, name == "sprintf" ? [Text(""), many] : [many]);
    }

    [Fact]
    public void One_long_text_held_often_is_not_encoded_often()
    {
        var query = new RegoObject();
        query.Set("q", new RegoArray([.. Enumerable.Repeat<RegoValue>(Megabyte, 4_000)]));
        Stops("urlquery.encode_object", query);
    }

    [Theory]
    [InlineData("contains")]
    [InlineData("indexof")]
    [InlineData("strings.count")]
    public void A_search_that_fails_late_everywhere_is_stopped(string name) =>
        Stops(name, Megabyte, Text(new string('a', 1 << 18) + "b" + new string('a', 1 << 18)));

    [Theory]
    [InlineData("json.patch")]
    [InlineData("json.remove")]
    [InlineData("json.filter")]
    [InlineData("walk")]
    public void A_document_that_holds_itself_overflows_no_stack(string name)
    {
        var document = new RegoObject();
        document.Set("a", document);
        var path = Text(string.Concat(Enumerable.Repeat("/a", 400_000)));
        var patch = new RegoObject();
        patch.Set("op", Text("remove"));
        patch.Set("path", path);
        Stops(name, name switch
        {
            "walk" => [document],
            "json.patch" => [document, new RegoArray([patch])],
            _ => [document, new RegoArray([path])],
        });
    }

    [Fact]
    public void Objects_nested_without_end_are_no_subset_and_overflow_no_stack() => Stops("object.subset", Nested(), Nested());

    [Fact]
    public void Unions_in_the_worst_order_are_stopped() => Stops("object.union", Members("b"), Members("a"));

    [Fact]
    public void A_patch_copies_no_more_than_an_evaluation_may() => Stops(
        "json.patch",
        Members("a"),
        new RegoArray([.. Enumerable.Repeat(Value("""{"op":"add","path":"/x","value":1}"""), 10_000)]));

    [Fact]
    public void A_set_of_unsorted_values_is_sorted_and_holds_each_once() =>
        Assert.Equal("[1,2,3,\"a\",[1]]", RegoText.ToJson(RegoSet.Of([Value("[1]"), Number("3"), Text("a"), Number("2"), Number("3"), Number("1")])));

    [Theory]
    [InlineData("""{"type":"CallStmt","stmt":{"func":null,"args":[],"result":2}}""")]
    [InlineData("""{"type":null,"stmt":{}}""")]
    [InlineData("""{"type":"MakeNumberRefStmt","stmt":{"Index":0,"target":2}}""")]
    [InlineData("""{"type":"BreakStmt","stmt":{"index":-2}}""")]
    [InlineData("""{"type":"BreakStmt","stmt":{"index":2147483647}}""")]
    public void A_statement_that_no_compiler_writes_is_refused_when_it_is_loaded(string statement) =>
        Assert.Throws<LatchGate.Pipeline.StartupException>(() => Plan(statement));

    [Fact]
    public void A_text_of_a_plan_that_is_null_is_refused_when_it_is_loaded() =>
        Assert.Throws<LatchGate.Pipeline.StartupException>(() => Plan("""{"type":"NopStmt","stmt":{}}""", text: "null"));

    [Fact]
    public void A_built_in_that_is_called_with_too_few_arguments_denies()
    {
        var decision = Plan("""{"type":"CallStmt","stmt":{"func":"array.slice","args":[],"result":2}}""").Evaluate(Base);
        Assert.Equal((PolicyOutcome.Deny, PolicyFault.Malformed), (decision.Outcome, decision.Fault));
    }

    [Fact]
    public void Documents_replaced_over_and_over_are_stopped()
    {
        const string with = """
            {"type":"MakeNumberIntStmt","stmt":{"value":0,"target":2}},
            {"type":"MakeNumberIntStmt","stmt":{"value":100000,"target":3}},
            {"type":"CallStmt","stmt":{"func":"numbers.range","args":[{"type":"local","value":2},{"type":"local","value":3}],"result":4}},
            {"type":"MakeObjectStmt","stmt":{"target":1}},
            {"type":"ScanStmt","stmt":{"source":4,"key":5,"value":6,"block":{"stmts":[
              {"type":"ObjectInsertStmt","stmt":{"key":{"type":"local","value":6},"value":{"type":"local","value":6},"object":1}}]}}},
            {"type":"ScanStmt","stmt":{"source":4,"key":5,"value":6,"block":{"stmts":[
              {"type":"WithStmt","stmt":{"local":1,"path":[0],"value":{"type":"local","value":6},"block":{"stmts":[{"type":"NopStmt","stmt":{}}]}}}]}}}
            """;
        var (before, engine) = (GC.GetAllocatedBytesForCurrentThread(), Plan(with));

        // A hundred thousand copies of a hundred thousand members would be 160 GB.
        Assert.Contains(engine.Evaluate(Base).Fault, new[] { PolicyFault.MemoryLimit, PolicyFault.StepLimit });
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1L << 30);
    }

    [Theory]
    [InlineData(256, PolicyOutcome.Allow)]
    [InlineData(257, PolicyOutcome.Deny)]
    public void A_version_that_fills_every_record_is_refused(int length, PolicyOutcome outcome)
    {
        var plan = ConstantPlan.Of(ConstantPlan.Allow("\"none\"").Replace("custom-1", new string('v', length), StringComparison.Ordinal));
        Assert.Equal(outcome, PolicyEngine.Load(plan, Data()).Evaluate(Base with { CallsRemaining = 1 }).Outcome);
    }

    private static PolicyEngine Plan(string statements, string text = "\"x\"") => PolicyEngine.Load(
        Encoding.UTF8.GetBytes($$$"""
            {"static":{"strings":[{"value":{{{text}}}}],"builtin_funcs":[{"name":"array.slice"},{"name":"numbers.range"}]},
             "plans":{"plans":[{"name":"latchgate/decision","blocks":[{"stmts":[{{{statements}}}]}]}]}}
            """),
        Data());

    private static RegoNumber Number(string text) => RegoNumber.Parse(text);

    private static RegoObject Nested()
    {
        var inner = new RegoObject();
        for (var i = 0; i < 500_000; i++)
        {
            var outer = new RegoObject(1);
            outer.Set("a", inner);
            inner = outer;
        }

        return inner;
    }

    private static RegoObject Members(string prefix)
    {
        var members = new RegoObject();
        for (var i = 0; i < 200_000; i++)
        {
            members.Set(string.Create(CultureInfo.InvariantCulture, $"{prefix}{i:D6}"), RegoBoolean.True);
        }

        return members;
    }

    // It ends by one of the bounds, and says so.
    private static void Stops(string name, params RegoValue[] args)
    {
        var evaluation = new Evaluation(EvaluationLimits.Default);
        var stopped = false;
        try
        {
            Bounded(() => BuiltinCalls.Call(evaluation, name, args));
        }
        catch (Exception e) when (e is ValueWorkException or InsufficientExecutionStackException)
        {
            stopped = true;
        }

        Assert.True(stopped || evaluation.Fault is EvaluationFault.StepLimit or EvaluationFault.MemoryLimit, $"{evaluation.Fault}");
    }

    private static RegoValue? Bounded(string name, params RegoValue[] args)
    {
        RegoValue? answer = null;
        Bounded(() => answer = BuiltinCalls.Call(name, args));
        return answer;
    }

    private static void Bounded(Action run)
    {
        ValueWork.Begin(EvaluationLimits.Default.Steps);
        try
        {
            run();
        }
        finally
        {
            ValueWork.End();
        }
    }
}
