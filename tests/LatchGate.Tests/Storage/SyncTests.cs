using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Storage;

public sealed class SyncTests
{
    // The two return as if the disk had confirmed when it did not (Posix.Sync). C# names an overridden Flush() by Stream, so FileStream's
    // own is Flush(bool).
    [Theory]
    [InlineData("System.IO.FileStream::Flush")]
    [InlineData("System.IO.RandomAccess::FlushToDisk")]
    public void The_gate_claims_no_durability_on_the_word_of_a_flush_that_hides_a_failed_sync(string member)
    {
        using var gate = new GateAssembly();
        Assert.Contains("System.IO.Stream::Flush", gate.ReferencedMembers);
        Assert.DoesNotContain(member, gate.ReferencedMembers);
    }
}
