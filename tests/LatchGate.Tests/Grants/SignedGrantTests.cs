using System.Collections.Immutable;
using System.Reflection;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Grants;

namespace LatchGate.Tests.Grants;

public sealed class SignedGrantTests : IDisposable
{
    private static readonly DateTimeOffset Issued = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly ActionSpec Low = Cli.TestActions.Fetch;
    private static readonly ActionSpec Critical = Cli.TestActions.Delete;

    private readonly Ed25519Signer _key = new(Enumerable.Repeat((byte)1, 32).ToArray());
    private readonly Ed25519Signer _other = new(Enumerable.Repeat((byte)2, 32).ToArray());

    public void Dispose()
    {
        _key.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void A_grant_permits_what_it_was_made_for()
    {
        var grant = SignedGrant.Sign(Terms(Low), _key);
        Assert.Equal(GrantFault.None, Check(grant, Low));
        Assert.Equal(GrantFault.None, Check(grant, Low, now: grant.Terms.ExpiresAt.AddTicks(-1)));
        Assert.Equal(_key.KeyId, grant.KeyId);
    }

    [Fact]
    public void A_grant_ends_at_its_time()
    {
        var grant = SignedGrant.Sign(Terms(Low), _key);
        Assert.Equal(GrantFault.Expired, Check(grant, Low, now: grant.Terms.ExpiresAt));
    }

    [Fact]
    public void A_grant_of_an_earlier_epoch_is_revoked()
    {
        var grant = SignedGrant.Sign(Terms(Low), _key);
        Assert.Equal(GrantFault.Revoked, Check(grant, Low, epoch: 8));
        Assert.Equal(GrantFault.None, Check(grant, Low, epoch: 7));
    }

    [Fact]
    public void Only_the_signature_of_the_grant_key_verifies()
    {
        var grant = SignedGrant.Sign(Terms(Low), _key);
        Assert.Same(grant.Terms, VerifiedGrant.TryVerify(grant, _key)?.Terms);
        Assert.Null(VerifiedGrant.TryVerify(SignedGrant.Sign(Terms(Low), _other), _key));
    }

    [Fact]
    public void A_term_that_changed_after_the_signature_is_seen()
    {
        var grant = SignedGrant.Sign(Terms(Low), _key);
        typeof(GrantTerms).GetProperty(nameof(GrantTerms.Subject))!.SetValue(grant.Terms, "agent:evil");
        Assert.Null(VerifiedGrant.TryVerify(grant, _key));
    }

    [Fact]
    public void A_grant_for_another_action_manifest_or_module_is_refused()
    {
        Assert.Equal(GrantFault.OtherAction, Check(SignedGrant.Sign(Terms(Low) with { ActionId = "http_post" }, _key), Low));
        Assert.Equal(GrantFault.OtherAction, Check(SignedGrant.Sign(Terms(Low) with { ActionDigest = Sha256Digest.Of("x"u8) }, _key), Low));
        Assert.Equal(GrantFault.OtherAction, Check(SignedGrant.Sign(Terms(Low) with { ModuleDigest = Sha256Digest.Of("x"u8) }, _key), Low));
    }

    [Fact]
    public void A_grant_for_other_task_bytes_is_refused() =>
        Assert.Equal(GrantFault.OtherTask, Terms(Low).Validate(Low, "task "u8, Issued, 7));

    [Fact]
    public void A_risky_action_needs_an_approval_in_the_grant()
    {
        Assert.Equal(GrantFault.NotApproved, Check(SignedGrant.Sign(Terms(Critical), _key), Critical));
        Assert.Equal(GrantFault.None, Check(SignedGrant.Sign(Terms(Critical) with { ApprovalHash = Sha256Digest.Of("approval"u8) }, _key), Critical));
    }

    [Fact]
    public void Every_term_is_signed()
    {
        var terms = Terms(Low);
        var before = SignedGrant.Sign(terms, _key).Hash;
        var changed = 0;
        foreach (var property in typeof(GrantTerms).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var copy = terms with { };
            property.SetValue(copy, Another(property.GetValue(copy), property.PropertyType));
            Assert.True(before != SignedGrant.Sign(copy, _key).Hash, $"{property.Name} can be changed unseen.");
            changed++;
        }

        Assert.Equal(21, changed);
    }

    [Fact]
    public void Terms_that_read_alike_when_joined_have_different_hashes()
    {
        // Two lists that a plain join would make one text of.
        var one = Terms(Low) with { ApprovedTargets = ["a,b"] };
        var two = Terms(Low) with { ApprovedTargets = ["a", "b"] };
        Assert.NotEqual(SignedGrant.Sign(one, _key).Hash, SignedGrant.Sign(two, _key).Hash);
        Assert.NotEqual(
            SignedGrant.Sign(Terms(Low) with { ApprovedBy = null }, _key).Hash,
            SignedGrant.Sign(Terms(Low) with { ApprovedBy = "null" }, _key).Hash);
    }

    private GrantFault Check(SignedGrant grant, ActionSpec action, DateTimeOffset? now = null, long epoch = 7) =>
        grant.Terms.Validate(action, "task"u8, now ?? Issued, epoch);

    private static object Another(object? value, Type type) => value switch
    {
        string text => text + "x",
        long number => number + 1,
        DateTimeOffset time => time.AddSeconds(1),
        ImmutableArray<string> list => list.Add("x"),
        Sha256Digest => Sha256Digest.Of("another"u8),
        null when type == typeof(string) => "x",
        null when type == typeof(Sha256Digest?) => Sha256Digest.Of("another"u8),
        _ => throw new InvalidOperationException($"Nothing else of {type} is known here."),
    };

    private static GrantTerms Terms(ActionSpec action) => new()
    {
        GrantId = "01941f29-7c00-7000-8000-000000000001",
        TraceId = "01941f29-7c00-7000-8000-000000000002",
        Subject = "agent:demo",
        SessionId = "01941f29-7c00-7000-8000-000000000003",
        SenderBinding = "thumbprint",
        ActionId = action.Id,
        ActionVersion = action.Version,
        ActionDigest = action.Digest,
        ModuleDigest = action.ModuleDigest,
        RequestHash = Sha256Digest.Of("request"u8),
        TaskHash = Sha256Digest.Of("task"u8),
        PolicyVersion = "v1",
        ApprovedTargets = ["http_read"],
        ApprovedSecrets = [],
        CallsAfter = 4,
        IssuedAt = Issued,
        ExpiresAt = Issued.AddSeconds(60),
        RevocationEpoch = 7,
    };
}
