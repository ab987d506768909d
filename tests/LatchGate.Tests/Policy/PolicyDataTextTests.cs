using System.Text;
using LatchGate.Policy;

namespace LatchGate.Tests.Policy;

public sealed class PolicyDataTextTests
{
    private const string Document = """
        {
          "_warning": "mine <b>",
          "custom": { "limit": 1.50, "big": 123456789012345678901234567890, "list": [ 1, {"b": 2, "a": 1} ] },
          "policy_version": "m0-dev-001",
          "acl": {
            "_comment": "by hand",
            "agent:b": { "_why": "build", "allowed_actions": ["http_fetch"], "allowed_sinks": ["http_read"] },
            "agent:a": { "allowed_actions": [] }
          },
          "latchgate": { "allowlist": { "_c": "standing", "http_delete": { "agent:a": true } }, "other": true }
        }
        """;

    private static string Rewrite(params PolicyDataPatch[] patches) => Encoding.UTF8.GetString(PolicyDataText.Rewrite(Encoding.UTF8.GetBytes(Document), patches));

    [Theory]
    [InlineData("", "v1")]
    [InlineData("v1", "v1-1")]
    [InlineData("v1-1", "v1-2")]
    [InlineData("v1-prod", "v1-prod-1")]
    [InlineData("m0-dev-001", "m0-dev-002")]
    [InlineData("m0-dev-009", "m0-dev-010")]
    [InlineData("m0-dev-099", "m0-dev-100")]
    [InlineData("x-9", "x-10")]
    [InlineData("x-99999999999999999999", "x-100000000000000000000")]
    [InlineData("x-", "x--1")]
    [InlineData("-7", "-8")]
    [InlineData("7", "7-1")]
    [InlineData("x-1a", "x-1a-1")]
    [InlineData("x-١", "x-١-1")]
    public void The_next_version_counts_up_and_keeps_leading_zeros(string version, string next) => Assert.Equal(next, PolicyVersion.Next(version));

    [Fact]
    public void What_is_not_patched_keeps_its_place_its_order_and_its_digits()
    {
        var text = Rewrite(new PolicyDataPatch(["policy_version"], static json => json.WriteStringValue("m0-dev-002")));
        Assert.Equal(
            """
            {
              "_warning": "mine <b>",
              "custom": {
                "limit": 1.50,
                "big": 123456789012345678901234567890,
                "list": [
                  1,
                  {
                    "b": 2,
                    "a": 1
                  }
                ]
              },
              "policy_version": "m0-dev-002",
              "acl": {
                "_comment": "by hand",
                "agent:b": {
                  "_why": "build",
                  "allowed_actions": [
                    "http_fetch"
                  ],
                  "allowed_sinks": [
                    "http_read"
                  ]
                },
                "agent:a": {
                  "allowed_actions": []
                }
              },
              "latchgate": {
                "allowlist": {
                  "_c": "standing",
                  "http_delete": {
                    "agent:a": true
                  }
                },
                "other": true
              }
            }

            """,
            text);
    }

    [Fact]
    public void Members_are_set_in_place_added_at_the_end_and_taken_away()
    {
        var text = Rewrite(
            new PolicyDataPatch(["acl", "agent:a", "allowed_actions"], static json => json.WriteStringValue("set")),
            new PolicyDataPatch(["acl", "agent:a", "allowed_sinks"], static json => json.WriteStringValue("added")),
            new PolicyDataPatch(["acl", "agent:new", "allowed_actions"], static json => json.WriteStringValue("made")),
            new PolicyDataPatch(["latchgate", "allowlist", "http_delete"], null),
            new PolicyDataPatch(["latchgate", "nothing", "here"], null));
        var compact = text.Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        Assert.Contains("""
            "agent:a":{"allowed_actions":"set","allowed_sinks":"added"},"agent:new":{"allowed_actions":"made"}}
            """.Trim(), compact, StringComparison.Ordinal);
        Assert.Contains("""
            "latchgate":{"allowlist":{"_c":"standing"},"other":true
            """.Trim(), compact, StringComparison.Ordinal);
    }
}
