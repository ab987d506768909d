using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using LatchGate.Actions;
using LatchGate.Policy;
using LatchGate.Policy.Bundles;
using LatchGate.Tests.Config;

namespace LatchGate.Tests.Policy;

/// <summary>Bundles and answers of a real OPA, where one is on PATH.</summary>
public sealed class RealOpaTests
{
    private const int Seed = 1_004_711;

    [Fact]
    public async Task A_real_opa_and_the_embedded_engine_decide_alike()
    {
        Assert.SkipWhen(OpaTool.Path is null, OpaTool.Skipped);
        using var root = new TempDirectory();
        var data = PolicySamples.Data("""{ "github_create_issue": { "agent:test-agent": true } }""");
        File.WriteAllBytes(root["data.json"], data);
        var socket = root["opa.sock"];
        var start = new ProcessStartInfo(OpaTool.Path!, ["run", "--server", "--addr", $"unix://{socket}", Path.Combine(OpaTool.PoliciesFolder, "latchgate.rego"), root["data.json"]])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var opa = Process.Start(start)!;
        opa.OutputDataReceived += static (_, _) => { };
        opa.ErrorDataReceived += static (_, _) => { };
        opa.BeginErrorReadLine();
        opa.BeginOutputReadLine();
        try
        {
            using var remote = new RemotePolicy(new Uri($"unix://{socket}"), TimeProvider.System);
            await UntilHealthyAsync(socket, opa);
            var engine = PolicyEngine.LoadBuiltIn(data);
            var random = new Random(Seed);
            for (var i = 0; i < 400; i++)
            {
                var question = Next(random);
                var (here, there) = (engine.Evaluate(question), await remote.DecideAsync(question));
                if (there.Fault is PolicyFault.Timeout)
                {
                    // A busy machine; what it would have said is not known.
                    continue;
                }

                Assert.True(Same(here, there), $"seed {Seed}, question {i}: here {here.Outcome} {here.DenyReason}, OPA {there.Outcome} {there.Fault} {there.DenyReason}");
            }
        }
        finally
        {
            opa.Kill();
            await opa.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void A_bundle_that_a_real_opa_builds_is_read_and_decides()
    {
        Assert.SkipWhen(OpaTool.Path is null, OpaTool.Skipped);
        using var root = new TempDirectory();
        root.Write("policy/latchgate.rego", File.ReadAllText(Path.Combine(OpaTool.PoliciesFolder, "latchgate.rego")));
        root.Write("policy/teams/data.json", """{"lead": "<é>", "size": 1.50}""");
        OpaTool.Run(OpaTool.Path!, root["policy"], null, "build", "-t", "plan", "-e", "latchgate/decision", "-o", root["bundle.tar.gz"], ".");

        var bundle = PolicyBundle.Read(File.ReadAllBytes(root["bundle.tar.gz"]), null);

        Assert.Equal("<é>", ((LatchGate.Policy.Rego.RegoString)((LatchGate.Policy.Rego.RegoObject)bundle.Data.Get("teams")!).Get("lead")!).Value);
        Assert.Equal(PolicyOutcome.Allow, PolicyEngine.Load(bundle.Plan, PolicySamples.Data()).Evaluate(PolicySamples.Base).Outcome);
    }

    [Theory]
    [InlineData("ES256")]
    [InlineData("RS256")]
    public void A_bundle_that_a_real_opa_signs_is_taken_with_its_key_alone(string algorithm)
    {
        Assert.SkipWhen(OpaTool.Path is null, OpaTool.Skipped);
        using var root = new TempDirectory();
        var (secret, pem) = Pair(algorithm);
        root.Write("key.pem", secret);
        root.Write("policy/latchgate.rego", File.ReadAllText(Path.Combine(OpaTool.PoliciesFolder, "latchgate.rego")));
        root.Write("policy/teams/data.json", """{"z": [1e3, "\u2028<é>"], "a": 1.50}""");
        Assert.SkipUnless(CanSign(root), "This opa cannot sign.");
        OpaTool.Run(
            OpaTool.Path!, root["policy"], null, "build", "-t", "plan", "-e", "latchgate/decision", "-o", root["bundle.tar.gz"], "-b", "--signing-key", root["key.pem"], "--signing-alg", algorithm, ".");
        var packed = File.ReadAllBytes(root["bundle.tar.gz"]);

        using var key = BundleKey.Parse(Encoding.UTF8.GetBytes(pem));
        Assert.NotEmpty(PolicyBundle.Read(packed, key).Plan.ToArray());
        using var other = BundleKey.Parse(Encoding.UTF8.GetBytes(Pair(algorithm).Public));
        Assert.Throws<LatchGate.Pipeline.StartupException>(() => PolicyBundle.Read(packed, other));
    }

    private static (string Secret, string Public) Pair(string algorithm)
    {
        if (algorithm == "RS256")
        {
            using var rsa = System.Security.Cryptography.RSA.Create(2048);
            return (rsa.ExportRSAPrivateKeyPem(), rsa.ExportSubjectPublicKeyInfoPem());
        }

        using var ecdsa = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return (ecdsa.ExportECPrivateKeyPem(), ecdsa.ExportSubjectPublicKeyInfoPem());
    }

    private static bool CanSign(TempDirectory root)
    {
        using var process = Process.Start(new ProcessStartInfo(OpaTool.Path!, ["sign", "--help"]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = root.Path })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    // A new connection each time: the probe of the gate answers once a second.
    private static async Task UntilHealthyAsync(string socket, Process opa)
    {
        for (var i = 0; i < 200; i++)
        {
            using var probe = new RemotePolicy(new Uri($"unix://{socket}"), TimeProvider.System);
            if (await probe.IsHealthyAsync())
            {
                return;
            }

            Assert.False(opa.HasExited, "opa ended");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Fail("opa did not start");
    }

    private static bool Same(PolicyDecision a, PolicyDecision b) =>
        a.Outcome == b.Outcome && a.Fault == b.Fault && a.DenyReason == b.DenyReason && a.StandingApproval == b.StandingApproval && a.CallsAfter == b.CallsAfter
        && a.AllowedSinks.SequenceEqual(b.AllowedSinks) && a.ApprovedSecrets.SequenceEqual(b.ApprovedSecrets)
        && a.ApprovedDomains.IsDefault == b.ApprovedDomains.IsDefault && (a.ApprovedDomains.IsDefault || a.ApprovedDomains.SequenceEqual(b.ApprovedDomains))
        && (a.Outcome == PolicyOutcome.Deny || a.PolicyVersion == b.PolicyVersion);

    private static PolicyInput Next(Random random) => PolicySamples.Base with
    {
        Principal = Any(random, ["agent:test-agent", "agent:restricted", "agent:inheriting", "agent:empty-acl", "ключ\0\"<&>", "😀", "*", ""]),
        ActionId = Any(random, ["http_fetch", "http_fetch", "http_post", "github_create_issue", "github_delete", "fs_read", "none"]),
        ActionRiskLevel = (RiskLevel)random.Next(5),
        ActionTrustVerdict = random.Next(10) == 0 ? TrustVerdict.DigestMismatch : TrustVerdict.DigestOk,
        DigestMismatch = ("a", "b"),
        Scopes = random.Next(8) == 0 ? [] : ["tools:call", "naïve"],
        RequiredScopes = random.Next(8) == 0 ? ["tools:call", "email:send"] : ["tools:call"],
        RequestedSinks = random.Next(8) == 0 ? ["http_read", "zap\u2028"] : ["http_read"],
        RequestedSecrets = random.Next(2) == 0 ? [] : ["one", "two"],
        EgressAllowedDomains = random.Next(3) == 0 ? default : random.Next(2) == 0 ? [] : ["a.example", "*.b.example"],
        CallsRemaining = random.Next(6) switch { 0 => 0, 1 => -1, 2 => long.MaxValue, _ => random.Next(1, 9) },
        ActionCategory = random.Next(3) == 0 ? "fs" : null,
        FsPath = random.Next(3) == 0 ? Any(random, [".env", "a/b", "secrets", "x/.ssh/y"]) : null,
        UnresolvedDomains = random.Next(4) == 0 ? ["new.example"] : ImmutableArray<string>.Empty,
        UnresolvedPaths = random.Next(6) == 0 ? ["src/new"] : ImmutableArray<string>.Empty,
    };

    private static string Any(Random random, string[] from) => from[random.Next(from.Length)];
}
