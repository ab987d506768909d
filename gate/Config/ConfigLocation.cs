using LatchGate.Pipeline;

namespace LatchGate.Config;

/// <summary>Where the configuration was found.</summary>
public enum ConfigLayer
{
    /// <summary>Named by <c>--config</c>.</summary>
    Option,

    /// <summary>Named by <c>LATCHGATE_CONFIG</c>.</summary>
    Environment,

    /// <summary><c>./.latchgate/latchgate.toml</c>.</summary>
    Project,

    /// <summary><c>$XDG_CONFIG_HOME/latchgate/latchgate.toml</c>.</summary>
    User,

    /// <summary>No file: compiled defaults.</summary>
    Default,
}

/// <summary>The file to read; the first of the layers that has one (reference/ops.md §2.1).</summary>
/// <param name="Layer">Which layer.</param>
/// <param name="File">Absolute path; null for compiled defaults.</param>
public sealed record ConfigLocation(ConfigLayer Layer, string? File)
{
    /// <summary>Name of the file in a project's or a user's directory.</summary>
    public const string FileName = "latchgate.toml";

    /// <summary>Looks for the file.</summary>
    /// <exception cref="StartupException">A file is named but does not exist: a typo must not start the gate on other settings.</exception>
    public static ConfigLocation Discover(string? option, ConfigEnvironment environment)
    {
        if (option is not null)
        {
            return Named(ConfigLayer.Option, option, "--config", environment);
        }

        if (environment.Variable("LATCHGATE_CONFIG") is { } variable)
        {
            return Named(ConfigLayer.Environment, variable, "LATCHGATE_CONFIG", environment);
        }

        var project = Path.Combine(environment.LocalDirectory, FileName);
        if (System.IO.File.Exists(project))
        {
            return new ConfigLocation(ConfigLayer.Project, project);
        }

        var user = Path.Combine(environment.ConfigDirectory, FileName);
        return System.IO.File.Exists(user) ? new ConfigLocation(ConfigLayer.User, user) : new ConfigLocation(ConfigLayer.Default, null);
    }

    private static ConfigLocation Named(ConfigLayer layer, string path, string source, ConfigEnvironment environment)
    {
        var file = path.Length > 0 ? Path.GetFullPath(path, environment.CurrentDirectory) : "";
        return System.IO.File.Exists(file)
            ? new ConfigLocation(layer, file)
            : throw new StartupException(
                StartupError.ConfigValidationFailed,
                $"{source} names the configuration file '{path}', which does not exist.",
                "Name an existing file, or leave it out to use the discovered one.");
    }
}
