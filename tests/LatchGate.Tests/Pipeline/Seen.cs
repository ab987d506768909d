using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.HostIo;

namespace LatchGate.Tests.Pipeline;

/// <summary>What a host saw.</summary>
internal static class Seen
{
    private static Target TargetOf(string url)
    {
        Assert.True(Target.Parse(url, out var target, out _));
        return target;
    }

    /// <summary>One exchange that ended with <paramref name="status"/>, or without an answer.</summary>
    internal static EffectEvidence Status(int? status) => new()
    {
        Method = "GET",
        Target = TargetOf("https://api.example.com/"),
        Verdict = EgressVerdict.Allow("rule"),
        Rule = "rule",
        Fingerprint = Sha256Digest.Of("request"u8),
        RequestBody = Sha256Digest.Of(""u8),
        Outcome = status is null ? EgressReason.UpstreamFailed : EgressReason.Allowed,
        Status = status,
        ResponseBody = null,
        ResponseLength = 0,
        KeptBody = default,
        StrippedHeaders = [],
        StartedAt = DateTimeOffset.UnixEpoch,
        FinishedAt = DateTimeOffset.UnixEpoch,
    };
}
