using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Policy;
using LatchGate.Policy.Rego;

namespace LatchGate.Tests.Policy;

/// <summary>The plan in the binary is the policy in the repository, and both answer as OPA does.</summary>
public sealed class CompiledPolicyTests
{
    private const int Questions = 10_000;
    private const int Seed = 20_261_122;

    [Fact]
    public void The_plan_has_the_pinned_digest()
    {
        var pinned = File.ReadAllText(Path.Combine(OpaTool.PoliciesFolder, "plan.json.sha256")).Split(' ')[0];
        var plan = File.ReadAllBytes(Path.Combine(OpaTool.PoliciesFolder, "plan.json"));

        Assert.Equal(pinned, Convert.ToHexStringLower(SHA256.HashData(plan)));
    }

    [Fact]
    public void The_example_data_is_valid_and_grants_what_it_says()
    {
        var engine = PolicyEngine.LoadBuiltIn(File.ReadAllBytes(Path.Combine(OpaTool.PoliciesFolder, "data.json")));

        Assert.Equal("v1-example", engine.PolicyVersion);
        Assert.Equal(PolicyOutcome.Allow, engine.Evaluate(PolicySamples.Base with { Principal = "agent:example" }).Outcome);
        Assert.Equal(PolicyOutcome.Deny, engine.Evaluate(PolicySamples.Base).Outcome);
    }

    [Fact]
    public void The_policy_compiles_to_the_plan_that_is_checked_in()
    {
        Assert.SkipWhen(OpaTool.Path is null, OpaTool.Skipped);
        var folder = Directory.CreateTempSubdirectory("lg-plan-").FullName;
        try
        {
            OpaTool.Run("/bin/sh", OpaTool.PoliciesFolder, ("OPA", OpaTool.Path!), "build.sh", folder);

            Assert.Equal(File.ReadAllText(Path.Combine(OpaTool.PoliciesFolder, "plan.json")), File.ReadAllText(Path.Combine(folder, "plan.json")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_policys_own_tests_pass()
    {
        Assert.SkipWhen(OpaTool.Path is null, OpaTool.Skipped);

        var report = OpaTool.Run(OpaTool.Path!, OpaTool.PoliciesFolder, null, "test", ".");

        Assert.DoesNotContain("FAIL", report, StringComparison.Ordinal);
        Assert.Contains("PASS", report, StringComparison.Ordinal);
        var tests = Directory.GetFiles(OpaTool.PoliciesFolder, "*_test.rego").Sum(static file => File.ReadLines(file).Count(static line => line.StartsWith("test_", StringComparison.Ordinal)));
        Assert.True(tests >= 149, $"{tests} tests");
    }

    [Fact]
    public void Generated_questions_get_the_answer_that_opa_gives()
    {
        Assert.SkipWhen(OpaTool.Path is null, OpaTool.Skipped);
        var random = new Random(Seed);
        var questions = new RegoArray();
        for (var i = 0; i < Questions; i++)
        {
            questions.Append(QuestionGenerator.Next(random));
        }

        var data = PolicySamples.Data("""{ "github_create_issue": { "agent:test-agent": true }, "fs_read": { "agent:test-agent": true }, "http_post": { "agent:restricted": true, "agent:test-agent": false } }""");
        var folder = Directory.CreateTempSubdirectory("lg-opa-").FullName;
        try
        {
            // One evaluation answers all: the decision under each input in turn.
            File.WriteAllBytes(Path.Combine(folder, "data.json"), data);
            File.WriteAllText(Path.Combine(folder, "questions.json"), RegoText.ToJson(questions));
            var output = OpaTool.Run(
                OpaTool.Path!, folder, null, "eval", "-d", Path.Combine(OpaTool.PoliciesFolder, "latchgate.rego"), "-d", "data.json", "-i", "questions.json",
                "[decision | some question in input; decision := data.latchgate.decision with input as question]");
            using var report = JsonDocument.Parse(output);
            var value = report.RootElement.GetProperty("result")[0].GetProperty("expressions")[0].GetProperty("value").GetRawText();
            var answers = Assert.IsType<RegoArray>(RegoJson.Parse(Encoding.UTF8.GetBytes(value)));

            Assert.Equal(Questions, answers.Count);
            var engine = PolicyEngine.LoadBuiltIn(data);
            var reasons = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var i = 0; i < Questions; i++)
            {
                var answer = engine.Ask(questions[i]);
                Assert.True(answers[i].Equals(answer), $"seed {Seed}, question {i}, {questions[i]}: OPA says {answers[i]}, the gate {answer}");
                var kind = Kind((RegoObject)answers[i]);
                reasons[kind] = reasons.GetValueOrDefault(kind) + 1;
            }

            // The generator reaches each branch, often: 7 kinds of denial, allow, approval, standing approval.
            Assert.Equal(10, reasons.Count);
            var shares = string.Join(", ", reasons);
            Assert.True(reasons.Values.Min() >= 50 && reasons["false false"] >= 500 && reasons["true false"] >= 500, shares);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Kind(RegoObject answer) => answer.Get("deny_reason") is RegoString reason
        ? reason.Value[..9]
        : $"{answer.Get("requires_approval")} {answer.Get("standing_approval")}";
}
