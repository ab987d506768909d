using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Config;

public sealed class ConfigLocationTests : IDisposable
{
    private readonly TempDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void The_first_layer_that_has_a_file_wins()
    {
        Assert.Equal(new ConfigLocation(ConfigLayer.Default, null), ConfigLocation.Discover(null, TestEnvironment.In(_root)));

        var user = _root.Write("home/.config/latchgate/latchgate.toml", "");
        Assert.Equal(new ConfigLocation(ConfigLayer.User, user), ConfigLocation.Discover(null, TestEnvironment.In(_root)));

        var moved = _root.Write("xdg/latchgate/latchgate.toml", "");
        Assert.Equal(new ConfigLocation(ConfigLayer.User, moved), ConfigLocation.Discover(null, TestEnvironment.In(_root, ("XDG_CONFIG_HOME", _root["xdg"]))));

        var project = _root.Write("work/.latchgate/latchgate.toml", "");
        Assert.Equal(new ConfigLocation(ConfigLayer.Project, project), ConfigLocation.Discover(null, TestEnvironment.In(_root)));

        var named = _root.Write("work/other.toml", "");
        var environment = TestEnvironment.In(_root, ("LATCHGATE_CONFIG", "other.toml"));
        Assert.Equal(new ConfigLocation(ConfigLayer.Environment, named), ConfigLocation.Discover(null, environment));

        Assert.Equal(new ConfigLocation(ConfigLayer.Option, user), ConfigLocation.Discover(user, environment));
    }

    [Theory]
    [InlineData("missing.toml", null)]
    [InlineData(null, "missing.toml")]
    [InlineData(null, "")]
    public void A_named_file_that_does_not_exist_stops_the_gate(string? option, string? variable)
    {
        _root.Write("home/.config/latchgate/latchgate.toml", "");
        var environment = variable is null ? TestEnvironment.In(_root) : TestEnvironment.In(_root, ("LATCHGATE_CONFIG", variable));
        var e = Assert.Throws<StartupException>(() => ConfigLocation.Discover(option, environment));
        Assert.Equal(StartupError.ConfigValidationFailed, e.Error);
    }
}
