using System.Net;
using LatchGate.Egress;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;

namespace LatchGate.Fuzz.Targets;

/// <summary>The judge, under rules, bounds, a request and answers that the input chooses (<see cref="EgressScenario"/>).</summary>
internal sealed class EgressJudgeTarget : FuzzTarget
{
    internal override string Name => "egress-judge";

    internal override string Property => "the verdict is that of a judge that reads rules as plain lists; a route holds exactly the judged addresses; another spelling of the host changes nothing";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Egress.LookupPermit", "LatchGate.Egress.JudgedRoute", "LatchGate.Egress.EgressRuleIndex", "LatchGate.Egress.HostTable", "LatchGate.Egress.PrincipalSelector", "LatchGate.Egress.Cidr"];

    internal override int MaxLength => 256;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var scenario = EgressScenario.Read(input);
        if (!Target.Parse(scenario.Url, out var target, out _))
        {
            return;
        }

        var answers = target.Address is { } literal ? [literal] : scenario.Answers;
        var (verdict, permit, route) = Judge(scenario, target, answers);
        var question = Question(scenario, target);
        if (target.Address is null)
        {
            // A literal that no rule's network holds may be refused before or after what is a lookup for names.
            Check.Equal(NaiveJudge.MayLookUp(question), permit is not null, "whether the name may be looked up");
        }

        Check.Equal(NaiveJudge.Judge(question, answers), Of(verdict), $"the verdict {verdict.Reason}");
        Check.Equal(verdict.Allowed, route is not null, "a route, or a refusal");
        if (route is not null)
        {
            Check.Holds(route.Addresses.SequenceEqual(answers.Select(NaiveNetworks.Unmapped).Distinct()), "the route's addresses are those judged");
            Check.Holds(route.Target == target && route.Principal == scenario.Principal, "the route is for what was asked");
            Check.Holds(verdict.WouldDeny is null || route.Credentials.IsEmpty, "a forgiven request carries no credential");
        }

        if (target.Address is null)
        {
            var spelling = $"{target.RequestUri.Scheme}://{target.Host.ToUpperInvariant()}.:{target.Port}/";
            Check.Holds(Target.Parse(spelling, out var other, out var reason), $"another spelling is refused: {reason}");
            Check.Equal(verdict, Judge(scenario, other, answers).Verdict, "the verdict on another spelling");
        }
    }

    internal static EgressQuestion Question(EgressScenario scenario, Target target) =>
        new(scenario.Rules, scenario.Ceiling, target, scenario.Method, scenario.Principal, "fuzz", EgressScenario.Now);

    private static (EgressVerdict Verdict, LookupPermit? Permit, JudgedRoute? Route) Judge(EgressScenario scenario, Target target, IPAddress[] answers)
    {
        var verdict = EgressJudge.JudgeBeforeDns(Question(scenario, target), out var permit);
        Check.Equal(verdict.Allowed, permit is not null, "a permit, or a refusal");
        return permit is null ? (verdict, null, null) : (EgressJudge.JudgeAddresses(permit, answers, out var route), permit, route);
    }

    private static NaiveVerdict Of(in EgressVerdict verdict) =>
        !verdict.Allowed ? NaiveVerdict.Denied : verdict.WouldDeny is null ? NaiveVerdict.Allowed : NaiveVerdict.Forgiven;
}
