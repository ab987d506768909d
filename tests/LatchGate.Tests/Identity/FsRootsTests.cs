using LatchGate.Identity;

namespace LatchGate.Tests.Identity;

public sealed class FsRootsTests : IDisposable
{
    private readonly Config.TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("work", FsRootFault.None)]
    [InlineData("work/deep", FsRootFault.None)]
    [InlineData("workshop", FsRootFault.Denied)]
    [InlineData("work/state", FsRootFault.Denied)]
    [InlineData("work/state/keys", FsRootFault.Denied)]
    [InlineData("work/stateless", FsRootFault.None)]
    [InlineData("gone", FsRootFault.Invalid)]
    public void A_root_lies_below_a_permitted_directory_and_not_in_the_gates_own(string directory, FsRootFault fault)
    {
        foreach (var name in new[] { "work/deep", "work/state/keys", "work/stateless", "workshop" })
        {
            Directory.CreateDirectory(_temp[name]);
        }

        var roots = new FsRoots([_temp["work"]], [_temp["work/state"]]);
        var root = _temp[directory];
        Assert.Equal(fault, roots.Admit(ref root));
        Assert.Equal(fault == FsRootFault.None, roots.Permits(_temp[directory]) && Directory.Exists(_temp[directory]));
    }

    [Fact]
    public void A_link_does_not_lead_into_the_gates_own_files()
    {
        Directory.CreateDirectory(_temp["state"]);
        Directory.CreateSymbolicLink(_temp["link"], _temp["state"]);
        var root = _temp["link"];
        Assert.Equal(FsRootFault.Denied, new FsRoots([_temp.Path], [_temp["state"]]).Admit(ref root));
        root = _temp["state"];
        Assert.Equal(FsRootFault.Denied, new FsRoots([_temp.Path], [_temp["link"]]).Admit(ref root));
    }

    [Theory]
    [InlineData("state", true)]
    [InlineData("a/b/gate.sock", true)]
    [InlineData(".latchgate/data", false)] // no rule opens a path through it
    [InlineData("home/.config/latchgate/latchgate.toml", false)]
    [InlineData("home/.config/other", true)]
    public void A_root_above_the_gates_own_files_is_none_for_files_unless_they_are_out_of_reach_anyway(string own, bool holds)
    {
        var roots = new FsRoots([_temp.Path], [_temp[own]]);
        Assert.True(roots.Permits(_temp.Path));
        Assert.Equal(holds, roots.HoldsProtected(_temp.Path));
        Assert.False(roots.HoldsProtected(_temp["beside"]));
    }
}
