using System.Text;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.HostIo.Files;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Pipeline;

/// <summary>What a provider says about a file, against what the host saw (reference/kernel.md §13).</summary>
public sealed class FileVerifierTests
{
    private static readonly Sha256Digest Abc = Sha256Digest.Of("abc"u8);
    private static readonly Sha256Digest Other = Sha256Digest.Of("other"u8);

    private static readonly FileEvidence Read = new("read", "a.txt", FileFault.None) { AfterHash = Abc, BytesAfter = 3 };
    private static readonly FileEvidence Create = new("create", "a.txt", FileFault.None) { AfterHash = Abc, BytesAfter = 3 };
    private static readonly FileEvidence Overwrite = new("overwrite", "a.txt", FileFault.None) { BeforeHash = Other, AfterHash = Abc, BytesBefore = 5, BytesAfter = 3 };
    private static readonly FileEvidence Delete = new("delete", "a.txt", FileFault.None) { BeforeHash = Abc, BytesBefore = 3 };

    private static readonly string ReadOutput = $$$"""{"ok":true,"data":{"path":"a.txt","hash":"{{{Abc}}}","content_base64":"YWJj"}}""";
    private static readonly string CreateOutput = $$$"""{"ok":true,"data":{"path":"a.txt","after_hash":"{{{Abc}}}"}}""";
    private static readonly string OverwriteOutput = $$$"""{"ok":true,"data":{"path":"a.txt","after_hash":"{{{Abc}}}","before_hash":"{{{Other}}}"}}""";
    private const string DeleteOutput = """{"ok":true,"data":{"path":"a.txt","deleted":true}}""";

    [Fact]
    public void What_provider_and_host_agree_on_is_verified_with_what_the_host_saw()
    {
        Assert.Equal(VerificationStatus.Verified, Verify(ReadOutput, Read).Status);
        Assert.Equal(VerificationStatus.Verified, Verify(CreateOutput, Create).Status);
        Assert.Equal(VerificationStatus.Verified, Verify(DeleteOutput, Delete).Status);
        var outcome = Verify(OverwriteOutput, Overwrite);
        Assert.Equal(VerificationStatus.Verified, outcome.Status);
        Assert.Equal(
            $$"""{"after_hash":"{{Abc}}","before_hash":"{{Other}}","bytes_after":3,"bytes_before":5,"host_corroborated":true,"operation":"overwrite","path":"a.txt"}""",
            Encoding.UTF8.GetString(outcome.Evidence!.Span));
    }

    [Fact]
    public void What_the_host_did_not_see_is_not_verified()
    {
        Fails("the host saw no file operation", ReadOutput);
        Fails("a file operation failed: io_error", CreateOutput, Create with { Outcome = FileFault.IoError });
        Fails("a file operation failed: path_denied", ReadOutput, Read with { Outcome = FileFault.PathDenied }, Read);
        Fails("the provider's output names another path than the host saw", ReadOutput, Read with { Path = "b.txt" });
        Fails("the provider's output names another path than the host saw", """{"ok":true}""", Read);
        Fails("the provider reported another hash than the host saw", ReadOutput, Read with { AfterHash = Other });
        Fails("the provider reported another hash than the host saw", OverwriteOutput, Overwrite with { BeforeHash = Abc });
        Fails("the provider reported another hash than the host saw", CreateOutput, Create with { AfterHash = Other });
        Fails("the provider's content is not what the host read", ReadOutput.Replace("YWJj", "YWJk", StringComparison.Ordinal), Read);
        Fails("the provider's content is not what the host read", ReadOutput.Replace("\"YWJj\"", "7", StringComparison.Ordinal), Read);
        Fails("the provider's output does not say that the file was deleted", DeleteOutput.Replace("true}}", "false}}", StringComparison.Ordinal), Delete);
    }

    [Fact]
    public void Each_operation_needs_its_own_hashes()
    {
        Fails("the host did not see the file as it is now", ReadOutput, Read with { AfterHash = null });
        Fails("the host did not see the file as it was before", CreateOutput, Create with { BeforeHash = Other });
        Fails("the host did not see the file as it was before", OverwriteOutput, Overwrite with { BeforeHash = null });
        Fails("the host did not see the file as it was before", DeleteOutput, Delete with { BeforeHash = null });
        Fails("the host did not see the file as it is now", DeleteOutput, Delete with { AfterHash = Abc });
    }

    [Fact]
    public void A_failure_is_not_verified() =>
        Assert.Equal(VerificationStatus.ProviderFailedBeforeVerification, Verify("""{"ok":false}""", Read).Status);

    private static void Fails(string reason, string output, params FileEvidence[] seen)
    {
        var outcome = Verify(output, seen);
        Assert.Equal((VerificationStatus.VerificationFailed, reason), (outcome.Status, outcome.Reason));
        Assert.Null(outcome.Evidence);
    }

    private static VerificationOutcome Verify(string output, params FileEvidence[] seen)
    {
        using var document = JsonDocument.Parse(output);
        return FileVerifier.Verify(document.RootElement, seen, task: null);
    }
}
