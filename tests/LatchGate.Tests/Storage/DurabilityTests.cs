using LatchGate.Storage;

namespace LatchGate.Tests.Storage;

/// <summary>Compared with what the kernel says in <c>/proc/self/mounts</c>.</summary>
public sealed class DurabilityTests
{
    [Fact]
    public void Memory_is_not_durable()
    {
        Assert.SkipUnless(TypeOfMount("/dev/shm") == "tmpfs", "/dev/shm is no tmpfs here");
        Assert.Equal((false, "tmpfs"), Durability.Of("/dev/shm"));
    }

    [Fact]
    public void A_file_system_without_a_name_here_is_shown_by_its_number()
    {
        Assert.SkipUnless(TypeOfMount("/proc") == "proc", "/proc is not mounted here");
        // PROC_SUPER_MAGIC of linux/magic.h.
        Assert.Equal("0x9fa0", Durability.Of("/proc").FileSystem);
    }

    [Fact]
    public void A_directory_that_is_not_there_is_an_error_and_not_durable() =>
        Assert.Throws<IOException>(() => Durability.Of("/proc/nothing"));

    private static string? TypeOfMount(string directory) =>
        File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).LastOrDefault(fields => fields[1] == directory)?[2];
}
