using System.Net;
using System.Text;
using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Crypto;
using LatchGate.Egress;

namespace LatchGate.Tests.Approvals;

public sealed class ApprovedHostTests
{
    private static readonly ActionSpec Fetch = ActionRegistry.OfThisBuild().Actions.Single(static action => action.Id == "http_fetch");

    [Fact]
    public void The_approved_host_is_open_for_what_was_asked_and_nothing_else()
    {
        var rules = ApprovedHost.Open(Fetch.Egress, "new.example.com", Task("https://new.example.com:8443/x"));
        Assert.True(Judge(rules, "https://new.example.com:8443/y", "GET").Allowed);
        Assert.Equal(EgressReason.PortNotAllowed, Judge(rules, "https://new.example.com/x", "GET").Reason);
        Assert.Equal(EgressReason.SchemeNotAllowed, Judge(rules, "http://new.example.com:8443/x", "GET").Reason);
        Assert.Equal(EgressReason.MethodNotAllowed, Judge(rules, "https://new.example.com:8443/x", "DELETE").Reason);
        Assert.Equal(EgressReason.HostNotAllowed, Judge(rules, "https://sub.new.example.com:8443/x", "GET").Reason);
    }

    [Fact]
    public void A_private_address_stays_shut_whatever_was_approved()
    {
        var rules = ApprovedHost.Open(Fetch.Egress, "new.example.com", Task("https://new.example.com/"));
        Assert.True(Target.Parse("https://new.example.com/", out var target, out _));
        Assert.True(EgressJudge.JudgeBeforeDns(Question(rules, target, "GET"), out var permit).Allowed);
        var verdict = EgressJudge.JudgeAddresses(permit!, [IPAddress.Parse("10.0.0.1")], out var route);
        Assert.Equal(EgressReason.PrivateTarget, verdict.Reason);
        Assert.Null(route);
    }

    [Fact]
    public void A_host_that_the_task_does_not_name_opens_nothing() =>
        Assert.Same(Fetch.Egress, ApprovedHost.Open(Fetch.Egress, "other.example.com", Task("https://new.example.com/")));

    private static EgressVerdict Judge(EgressRuleSet rules, string url, string method)
    {
        Assert.True(Target.Parse(url, out var target, out _));
        return EgressJudge.JudgeBeforeDns(Question(rules, target, method), out _);
    }

    private static EgressQuestion Question(EgressRuleSet rules, Target target, string method) =>
        new(rules, new EgressCeiling { PrivateCidrs = [] }, target, method, "agent:demo", Fetch.Id, DateTimeOffset.UnixEpoch);

    private static ResolvedTask Task(string url)
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"method":"GET","url":"{{url}}"}""");
        Assert.True(ResolvedTask.TryThaw(Fetch, bytes, Sha256Digest.Of(bytes), out var task));
        return task;
    }
}
