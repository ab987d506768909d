using LatchGate.Policy;
using LatchGate.Policy.Bundles;
using LatchGate.Tests.Config;

namespace LatchGate.Tests.Policy;

/// <summary>The example of docs/policy.md is a policy that works.</summary>
public sealed class PolicyDocumentTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(OpaTool.PoliciesFolder, "..", "docs", "policy.md"));

    [Fact]
    public void The_documented_policy_decides_as_the_page_says()
    {
        Assert.SkipWhen(OpaTool.Path is null, OpaTool.Skipped);
        using var root = new TempDirectory();
        root.Write("team-policy/reader.rego", Block("rego"));
        root.Write("team-policy/team/data.json", Block("json"));
        OpaTool.Run(OpaTool.Path!, root["team-policy"], null, "build", "-t", "plan", "-e", "latchgate/decision", "-o", root["bundle.tar.gz"], ".");
        var bundle = PolicyBundle.Read(File.ReadAllBytes(root["bundle.tar.gz"]), null);
        var own = PolicyData.ParseObject("""{"policy_version":"v1","acl":{},"latchgate":{"allowlist":{}}}"""u8);
        var engine = PolicyEngine.Load(bundle.Plan, PolicyData.Of(DataMerge.Overlay(bundle, own)));
        var question = PolicySamples.Base with { Principal = "agent:researcher", EgressAllowedDomains = ["api.github.com", "httpbin.org"] };

        var allowed = engine.Evaluate(question);

        Assert.Equal((PolicyOutcome.Allow, "v1", 9), (allowed.Outcome, allowed.PolicyVersion, allowed.CallsAfter));
        Assert.Equal(["httpbin.org"], allowed.ApprovedDomains);
        Assert.Equal("not a reader", engine.Evaluate(question with { Principal = "agent:other" }).DenyReason);
        Assert.Equal(PolicyOutcome.Deny, engine.Evaluate(question with { ActionId = "http_post" }).Outcome);
        Assert.Equal(PolicyOutcome.Deny, engine.Evaluate(question with { RequestedSinks = ["http_write"] }).Outcome);
        Assert.Equal(PolicyOutcome.Deny, engine.Evaluate(question with { EgressAllowedDomains = default }).Outcome);
    }

    // The first block of that language.
    private static string Block(string language)
    {
        var start = Page.IndexOf($"```{language}\n", StringComparison.Ordinal) + language.Length + 4;
        return Page[start..Page.IndexOf("```", start, StringComparison.Ordinal)];
    }
}
