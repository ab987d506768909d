using System.Text;
using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Crypto;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Approvals;

public sealed class FrozenPlanTests
{
    private static readonly FrozenPlan Plan = Fresh();

    private static FrozenPlan Fresh() => new()
    {
        GrantId = "01941f29-7c00-7000-8000-000000000001",
        Subject = new CallSubject("trace", "agent:demo", "session", "jti", "binding", HasBudget: true, "peercred", Owner: null) { Scopes = ["tools:call"], PeerUid = 1000, Epoch = 3 },
        ActionId = "http_delete",
        ActionVersion = "1.0.0",
        ActionDigest = Sha256Digest.Of("manifest"u8),
        ModuleDigest = Sha256Digest.Of("module"u8),
        RequestHash = Sha256Digest.Of("request"u8),
        Task = Encoding.UTF8.GetBytes("{\"url\":\"https://example.com/é\"}"),
        TaskHash = Sha256Digest.Of("task"u8),
        PolicyVersion = "v1",
        Secrets = ["token"],
        Targets = ["http_delete"],
        Domains = ["example.com"],
        EgressDigest = Sha256Digest.Of("egress"u8),
        Verifier = VerifierKind.HttpStatus,
        CallsRemaining = 3,
        CallsAfter = 2,
        UnlistedHost = "example.com",
        Epoch = 3,
    };

    [Fact]
    public void A_plan_is_read_back_as_it_was_frozen()
    {
        var text = Plan.ToCanonical();
        var read = FrozenPlan.TryRead(text.Memory, text.Digest)!;
        Assert.Equal(Plan.Task.ToArray(), read.Task.ToArray());
        Assert.Equal(Plan.Secrets, read.Secrets);
        Assert.Equal(["tools:call"], read.Subject.Scopes);

        // The rest by the record's own equality: arrays compare by identity there.
        Assert.Equal(Plan, read with { Task = Plan.Task, Secrets = Plan.Secrets, Targets = Plan.Targets, Domains = Plan.Domains, Subject = read.Subject with { Scopes = Plan.Subject.Scopes } });
        Assert.Equal(text.Memory.ToArray(), read.ToCanonical().Memory.ToArray());
    }

    [Fact]
    public void Plans_of_the_same_request_have_different_digests_so_that_nobody_can_guess_one_from_it() =>
        Assert.NotEqual(Plan.ToCanonical().Digest, Fresh().ToCanonical().Digest);

    [Fact]
    public void A_changed_byte_anywhere_makes_it_no_plan()
    {
        var text = Plan.ToCanonical();
        for (var i = 0; i < text.Length; i++)
        {
            var changed = text.Memory.ToArray();
            changed[i] ^= 1;
            Assert.Null(FrozenPlan.TryRead(changed, text.Digest));
        }

        Assert.Null(FrozenPlan.TryRead(text.Memory[..^1], text.Digest));
        Assert.Null(FrozenPlan.TryRead(text.Memory, Sha256Digest.Of("another plan"u8)));
    }
}
