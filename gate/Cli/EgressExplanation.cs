using System.Globalization;
using System.Net;
using LatchGate.Egress;

namespace LatchGate.Cli;

/// <summary>What one step of a judgement came to.</summary>
internal enum StepResult
{
    /// <summary>It let the target through.</summary>
    Passed,

    /// <summary>It refused.</summary>
    Failed,

    /// <summary>It refused, and audit mode let the target through.</summary>
    Forgiven,

    /// <summary>It was not asked, since an earlier one refused, or a lookup was not wanted.</summary>
    NotReached,

    /// <summary>It cannot be told without the running gate or its secrets.</summary>
    NotKnown,
}

/// <summary>One line of an explanation.</summary>
/// <param name="Number">The step of reference/egress.md C3.</param>
/// <param name="Name">What it looks at.</param>
/// <param name="Result">What it came to.</param>
/// <param name="Detail">What decided, in words.</param>
internal sealed record ExplainedStep(string Number, string Name, StepResult Result, string Detail);

/// <summary>Puts what the judge noted on its way into lines. It judges nothing itself.</summary>
/// <param name="trace">The judge's notes.</param>
/// <param name="target">The target; null when the text is none.</param>
/// <param name="verdict">The judge's last word.</param>
/// <param name="route">The route; null unless addresses were judged and allowed.</param>
/// <param name="answers">What the lookup answered; empty where there was none.</param>
/// <param name="ceiling">The operator's bounds.</param>
internal sealed class EgressExplanation(
    JudgementTrace trace, Target? target, EgressVerdict verdict, JudgedRoute? route, IReadOnlyList<IPAddress> answers, EgressCeiling ceiling)
{
    private static readonly string[] TextSteps = ["text", "authority", "host", "address form", "port"];

    /// <summary>The steps in their order.</summary>
    internal List<ExplainedStep> Steps()
    {
        var steps = new List<ExplainedStep>(16);
        AddText(steps);
        AddLists(steps);
        Add(steps, "8", "dns", JudgementStep.Lookup, target?.Address is null ? null : "the host is an address; nothing is looked up", Lookup);
        Add(steps, "9", "floor", JudgementStep.Floor, null, static entry => ClassOf(entry.Verdict));
        Add(steps, "10", "deny cidrs", JudgementStep.DenyNetworks, null, static entry => Decided(entry.Verdict, "no deny rule holds any address"));
        Add(steps, "11", "cover", JudgementStep.AllowNetworks, null, entry => entry.Verdict.Allowed
            ? $"rule '{entry.Verdict.Rule}' covers every address{(entry.Verdict.Mixed ? ", public and other" : "")}" : ClassOf(entry.Verdict));
        var caps = Bounds();
        steps.Add(new ExplainedStep(
            "12", "caps", !verdict.Allowed ? StepResult.NotReached : caps is null ? StepResult.Passed : StepResult.NotKnown, verdict.Allowed ? caps ?? "the rule has none" : ""));
        Add(steps, "13", "credentials", JudgementStep.Credentials, null, Credentials);
        return steps;
    }

    private void AddText(List<ExplainedStep> steps)
    {
        var failed = verdict.Reason switch
        {
            _ when target is not null => TextSteps.Length,
            EgressReason.InvalidUrl or EgressReason.UnsupportedScheme => 0,
            EgressReason.UrlCredentials => 1,
            EgressReason.MissingHost or EgressReason.InvalidHost => 2,
            EgressReason.NoncanonicalIp => 3,
            _ => 4,
        };
        for (var i = 0; i < TextSteps.Length; i++)
        {
            var result = i < failed ? StepResult.Passed : i == failed ? StepResult.Failed : StepResult.NotReached;
            steps.Add(new ExplainedStep((i + 1).ToString(CultureInfo.InvariantCulture), TextSteps[i], result, i == failed ? Words(in verdict) : TextDetail(i)));
        }
    }

    private string TextDetail(int step) => target is null ? "" : step switch
    {
        0 => target.Scheme == EgressSchemes.Https ? "https" : "http",
        1 => "no user, no password",
        2 => target.Host,
        3 => target.Address is null ? "a name" : "a canonical address",
        4 => target.Port.ToString(CultureInfo.InvariantCulture),
        _ => "",
    };

    // The operator's lists stand in the same steps of the judge, after the action's own.
    private void AddLists(List<ExplainedStep> steps)
    {
        AddList(steps, JudgementStep.DenyRules, "6", "deny rules", "operator's deny", "no deny rule covers it",
            ceiling.Deny.IsEmpty ? "[egress] deny is empty" : "[egress] deny does not name it");
        AddList(steps, JudgementStep.AllowRules, "7", "candidates", "ceiling", Candidates(),
            ceiling.RuntimeAllowlist is null ? "[egress] sets no ceiling_hosts" : "[egress] ceiling_hosts lists it");
    }

    private void AddList(List<ExplainedStep> steps, JudgementStep step, string number, string own, string operators, string passedOwn, string passedOperator)
    {
        JudgementEntry? ofAction = null;
        JudgementEntry? ofOperator = null;
        var isTaken = false;
        foreach (var entry in trace.Entries)
        {
            if (entry.Step == step)
            {
                isTaken = true;
                ofAction = !entry.Verdict.Allowed && entry.Verdict.Layer == EgressLayer.Kernel ? entry : ofAction;
                ofOperator = !entry.Verdict.Allowed && entry.Verdict.Layer == EgressLayer.Gate ? entry : ofOperator;
            }
        }

        var isLast = isTaken && ofOperator is null && ofAction is not null && !verdict.Allowed && trace.Entries[^1] == ofAction;
        steps.Add(new ExplainedStep(
            number,
            own,
            !isTaken ? StepResult.NotReached : ofAction is null ? StepResult.Passed : isLast ? StepResult.Failed : StepResult.Forgiven,
            !isTaken ? "" : ofAction is null ? passedOwn : Words(ofAction.Verdict)));
        steps.Add(new ExplainedStep(
            number,
            operators,
            !isTaken || isLast ? StepResult.NotReached : ofOperator is null ? StepResult.Passed : StepResult.Failed,
            !isTaken || isLast ? "" : ofOperator is null ? passedOperator : Words(ofOperator.Verdict)));
    }

    private static void Add(List<ExplainedStep> steps, string number, string name, ExplainedStep step) => steps.Add(step with { Number = number, Name = name });

    private void Add(List<ExplainedStep> steps, string number, string name, JudgementStep step, string? needless, Func<JudgementEntry, string> detail)
    {
        JudgementEntry? found = null;
        foreach (var entry in trace.Entries)
        {
            found = entry.Step == step ? entry : found;
        }

        var isForgiven = found is { Verdict.Allowed: false } && (verdict.Allowed || trace.Entries[^1] != found);
        Add(steps, number, name, found switch
        {
            { Verdict.Allowed: true } => new ExplainedStep("", "", StepResult.Passed, detail(found)),
            not null => new ExplainedStep("", "", isForgiven ? StepResult.Forgiven : StepResult.Failed, Words(found.Verdict)),
            null when needless is not null && WentBeyond(step) => new ExplainedStep("", "", StepResult.Passed, needless),
            _ => new ExplainedStep("", "", StepResult.NotReached, step == JudgementStep.Lookup && verdict.Allowed ? "names are looked up with --resolve alone" : ""),
        });
    }

    private bool WentBeyond(JudgementStep step)
    {
        foreach (var entry in trace.Entries)
        {
            if (entry.Step > step)
            {
                return true;
            }
        }

        return false;
    }

    private string Candidates()
    {
        var names = new List<string>();
        foreach (var rule in trace.Rules)
        {
            // What came to the networks was a candidate, whatever they said.
            if (rule.Reason is EgressReason.Allowed or > EgressReason.MethodNotAllowed)
            {
                names.Add($"'{rule.Rule.Name}'");
            }
        }

        return names.Count == 0 ? "no rule names it, and the default lets it through" : $"rule {string.Join(", ", names)}";
    }

    private string Lookup(JudgementEntry entry)
    {
        var texts = new List<string>(answers.Count);
        foreach (var address in answers)
        {
            texts.Add($"{address} ({AddressClassifier.Classify(address, ceiling.Nat64Prefixes).Label})");
        }

        return string.Join(", ", texts);
    }

    private string Credentials(JudgementEntry entry)
    {
        if (route is not { Credentials.IsEmpty: false })
        {
            return "the rule binds none";
        }

        var names = new List<string>();
        foreach (var credential in route.Credentials)
        {
            names.AddRange(credential.SecretNames());
        }

        return $"https; the store is not opened here for {string.Join(", ", names)}";
    }

    // What the deciding rule bounds; how much of it is used up, the running gate alone knows.
    private string? Bounds()
    {
        EgressAllowRule? deciding = null;
        foreach (var rule in trace.Rules)
        {
            deciding = rule.Reason == EgressReason.Allowed && (route is null || rule.Rule.Name == route.Rule) ? deciding ?? rule.Rule : deciding;
        }

        var bounds = new List<string>();
        void Bound(long? value, string name)
        {
            if (value is { } number)
            {
                bounds.Add(string.Create(CultureInfo.InvariantCulture, $"{name} {number}"));
            }
        }

        Bound(deciding?.Bandwidth?.BytesPerSecond, "bytes_per_second");
        Bound(deciding?.Bandwidth?.BytesPerExecution, "bytes_per_execution");
        Bound(deciding?.Bandwidth?.BytesPerDay, "bytes_per_day");
        Bound(deciding?.Spend?.TokensPerExecution, "tokens_per_execution");
        Bound(deciding?.Spend?.TokensPerDay, "tokens_per_day");
        Bound(deciding?.Spend?.UsdMicrosPerDay, "usd_micros_per_day");
        return bounds.Count == 0 ? null : $"what is left the running gate knows: {string.Join(", ", bounds)}";
    }

    private static string Decided(in EgressVerdict said, string passed) => said.Allowed ? passed : Words(in said);

    private static string ClassOf(in EgressVerdict said) => said.Address is { } kind ? $"{kind.Label}{(said.Mixed ? ", and others in the same answer" : "")}" : "";

    private static string Words(in EgressVerdict said)
    {
        var rule = said.Rule.Length > 0 ? $" (rule '{said.Rule}')" : "";
        var kind = said.Address is { } address ? $" ({address.Label}{(said.Mixed ? ", mixed with others" : "")})" : "";
        var whose = said.Layer == EgressLayer.Gate ? " (the operator's list)" : "";
        return $"{said.Reason.Label()}: {said.Message}{whose}{rule}{kind}";
    }
}
