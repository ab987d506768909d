using System.Runtime.InteropServices;

namespace LatchGate.Config;

/// <summary>What configuration takes from the process: variables, directories and the user. Replaced in tests.</summary>
/// <param name="Variable">The value of an environment variable; null when it is not set.</param>
/// <param name="CurrentDirectory">Absolute.</param>
/// <param name="HomeDirectory">Absolute.</param>
/// <param name="UserId">The effective uid.</param>
/// <param name="UserName">The login name, for display and for the first principal's name.</param>
public sealed partial record ConfigEnvironment(
    Func<string, string?> Variable,
    string CurrentDirectory,
    string HomeDirectory,
    uint UserId,
    string UserName)
{
    /// <summary>That of this process.</summary>
    public static ConfigEnvironment OfProcess() => new(
        Environment.GetEnvironmentVariable,
        Environment.CurrentDirectory,
        // Users of services have a home that does not exist, such as /nonexistent; verified, it would be the empty string.
        Path.GetFullPath(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify)),
        EffectiveUserId(),
        Environment.UserName);

    /// <summary><c>$XDG_CONFIG_HOME/latchgate</c>, by default <c>~/.config/latchgate</c>.</summary>
    public string ConfigDirectory => Path.Combine(Xdg("XDG_CONFIG_HOME") ?? Path.Combine(HomeDirectory, ".config"), "latchgate");

    /// <summary><c>$XDG_STATE_HOME/latchgate</c>, by default <c>~/.local/state/latchgate</c>.</summary>
    public string StateDirectory => Path.Combine(Xdg("XDG_STATE_HOME") ?? Path.Combine(HomeDirectory, ".local", "state"), "latchgate");

    /// <summary>Where the sockets are: <c>$XDG_RUNTIME_DIR/latchgate</c>, else <c>/tmp/latchgate-UID</c> (reference/wire.md §1.1).</summary>
    public string RuntimeDirectory => Xdg("XDG_RUNTIME_DIR") is { } runtime ? Path.Combine(runtime, "latchgate") : $"/tmp/latchgate-{UserId}";

    /// <summary>The project's own directory, <c>./.latchgate</c>.</summary>
    public string LocalDirectory => Path.Combine(CurrentDirectory, ".latchgate");

    // The XDG base directory specification: empty counts as unset, and a relative path is to be ignored.
    private string? Xdg(string name) => Variable(name) is { Length: > 0 } value && Path.IsPathFullyQualified(value) ? value : null;

    [LibraryImport("libc.so.6", EntryPoint = "geteuid")]
    private static partial uint EffectiveUserId();
}
