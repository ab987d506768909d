using LatchGate.Policy.Rego;

namespace LatchGate.Tests.Policy;

/// <summary>Makes questions that are mostly well formed, so that each rule is reached, and sometimes lack or spoil a member.</summary>
internal static class QuestionGenerator
{
    private static readonly string[] Principals = 
    [
        "agent:test-agent", "agent:restricted", "agent:inheriting", "agent:empty-acl", "agent:other", "_comment", "*", "ключ", "", "agent:test-agent ", "agent:test-agen",
        "AGENT:TEST-AGENT", "agent:*", "agent:test-agent\0", "agent:test-agent\u0301", "\uFFFF", "😀", "allowed_actions",
    ];

    private static readonly string[] Actions = ["http_fetch", "http_post", "github_create_issue", "github_delete", "fs_read", "unknown", "http_fetc", "http_fetch*", "*", "", "HTTP_FETCH", "_comment"];
    private static readonly string[] Risks = ["low", "medium", "high", "critical", "severe", "", "LOW", "low ", "medium\0"];
    private static readonly string[] Sinks = ["http_read", "http_write", "http_delete", "zap", "\"q\"<&>", "a\u2028b", "\u00A0\u00AD", "\uE000\U0001F600\U000E0001"];
    private static readonly string[] Scopes = ["tools:call", "email:send", "file:write", "naïve", "\u0001", "\u0085\u200B"];
    private static readonly string[] Paths =
    [
        ".env", "src/.env.local", "secrets", "a/secrets/b", "README.md", "a//.ssh/x", "x.env", "", ".aws/credentials", "a/😀/.env",
        ".env/x", "env", "a.env", ".environment", ".env.", "secrets/", "secretsx/a", "xsecrets/a", "a/secrets", "/.env", "*", "**", "[a]", "{.env}", "a/.aws/credentials/x", ".ssh", "a/../.env", "\n/.env",
    ];

    internal static RegoObject Next(Random random)
    {
        var question = new RegoObject();
        Set(question, "principal", Text(Likely(random, Principals)));
        Set(question, "session_id", Text("s"));
        Set(question, "action_id", Text(random.Next(4) == 0 ? "github_create_issue" : Likely(random, Actions)));
        Set(question, "action_version", Text("1.0.0"));
        Set(question, "action_risk_level", Text(Likely(random, Risks)));
        Set(question, "action_trust_verdict", Text(random.Next(20) == 0 ? "not_registered" : "digest_ok"));
        Set(question, "scopes", Some(random, Scopes));
        Set(question, "required_scopes", random.Next(3) == 0 ? Some(random, Scopes) : RegoArray.OfStrings(["tools:call"]));
        Set(question, "requested_sinks", random.Next(4) == 0 ? Some(random, Sinks) : RegoArray.OfStrings(["http_read"]));
        Set(question, "requested_secrets", Some(random, Scopes));
        Set(question, "egress_profile", Text("none"));
        var budget = new RegoObject();
        Set(budget, "calls_remaining", Calls(random));
        Set(question, "budgets_before", budget);
        if (random.Next(3) == 0)
        {
            Set(question, "action_category", Text(random.Next(5) == 0 ? "other" : "fs"));
            Set(question, "fs_path", Text(Paths[random.Next(Paths.Length)]));
        }

        if (random.Next(5) == 0)
        {
            Set(question, random.Next(2) == 0 ? "unresolved_domains" : "unresolved_paths", Some(random, Paths));
        }

        if (random.Next(12) == 0)
        {
            Spoil(question, random);
        }

        return random.Next(12) == 0 ? Without(question, random.Next(question.Count)) : question;
    }

    private static RegoObject Without(RegoObject question, int left)
    {
        var rest = new RegoObject();
        for (var i = 0; i < question.Count; i++)
        {
            if (i != left)
            {
                rest.Set(question.Keys[i], question.Values[i]);
            }
        }

        return rest;
    }

    private static void Spoil(RegoObject question, Random random)
    {
        RegoValue[] wrong = [RegoNull.Instance, RegoBoolean.False, RegoNumber.Of(0), RegoString.Empty, new RegoArray(), new RegoObject(), new RegoArray([RegoNumber.Of(1)]), new RegoArray([new RegoArray()]), Text("tools:call")];
        question.Set(question.Keys[random.Next(question.Count)], wrong[random.Next(wrong.Length)]);
    }

    private static RegoNumber Calls(Random random) => random.Next(12) switch
    {
        0 => RegoNumber.Of(0),
        1 => RegoNumber.Of(-3),
        2 => RegoNumber.Parse("1.5"),
        3 => RegoNumber.Parse("9007199254740991"),
        4 => RegoNumber.Parse("1e3"),
        _ => RegoNumber.Of(random.Next(1, 1000)),
    };

    // The first of the list half of the time, so that most questions get past the first rules.
    private static string Likely(Random random, string[] from) => from[random.Next(2) == 0 ? 0 : random.Next(from.Length)];

    private static RegoArray Some(Random random, string[] from)
    {
        var some = new RegoArray();
        for (var i = 0; i < from.Length; i++)
        {
            if (i == 0 ? random.Next(8) > 0 : random.Next(3) == 0)
            {
                some.Append(Text(from[i]));
            }
        }

        return some;
    }

    private static RegoString Text(string text) => new(text);

    private static void Set(RegoObject holder, string name, RegoValue value) => holder.Set(new RegoString(name), value);
}
