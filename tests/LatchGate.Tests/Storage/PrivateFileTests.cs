using LatchGate.Storage;

namespace LatchGate.Tests.Storage;

public sealed class PrivateFileTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("latchgate-test-");

    [Fact]
    public void Every_new_level_of_a_directory_is_its_owners_alone()
    {
        var deepest = Path.Combine(_root.FullName, "a", "b", "c");
        PrivateFile.EnsureDirectory(deepest);
        for (var level = deepest; level != _root.FullName; level = Path.GetDirectoryName(level)!)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(level));
        }
    }

    [Fact]
    public void A_directory_that_exists_keeps_its_mode()
    {
        const UnixFileMode Shared = (UnixFileMode)0b111_101_101;
        var directory = _root.CreateSubdirectory("shared").FullName;
        File.SetUnixFileMode(directory, Shared);
        PrivateFile.EnsureDirectory(directory);
        Assert.Equal(Shared, File.GetUnixFileMode(directory));
    }

    [Fact]
    public void A_file_that_exists_is_not_made_again()
    {
        var path = Path.Combine(_root.FullName, "key");
        Assert.True(PrivateFile.TryCreate(path, "first"u8));
        Assert.False(PrivateFile.TryCreate(path, "second"u8));
        Assert.Equal("first", File.ReadAllText(path));
        Assert.False(PrivateFile.IsOpenToOthers(path));
    }

    public void Dispose() => _root.Delete(recursive: true);
}
