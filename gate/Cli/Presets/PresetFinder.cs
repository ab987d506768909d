using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Presets;

/// <summary>
/// Finds a preset: an argument with a slash, or that ends with <c>.toml</c>, is a file; any other is a name, looked up first among
/// the user's own (<c>presets/NAME.toml</c> beside the user's configuration), then in the build.
/// </summary>
internal static class PresetFinder
{
    private const int LargestFile = 64 * 1024;
    private const string Extension = ".toml";

    /// <exception cref="CliException">There is none of that name.</exception>
    /// <exception cref="StartupException">Its file cannot be used.</exception>
    internal static Preset Find(string argument, ConfigEnvironment environment)
    {
        if (argument.EndsWith(Extension, StringComparison.Ordinal) || argument.Contains('/', StringComparison.Ordinal))
        {
            return ReadFile(Path.GetFullPath(argument, environment.CurrentDirectory), environment);
        }

        foreach (var preset in All(environment))
        {
            if (preset.Name == argument)
            {
                return preset;
            }
        }

        var nearest = EditDistance.Nearest(argument, All(environment).ConvertAll(static preset => preset.Name));
        throw new CliException(
            ExitCode.Usage, "preset_not_found", $"There is no preset '{argument}'.",
            nearest is null ? "'latchgate presets list' lists them; a file's name ends with .toml." : $"Did you mean '{nearest}'?");
    }

    /// <summary>All that have a name; one of the user's own hides the build's.</summary>
    /// <exception cref="StartupException">A file of the user's cannot be used.</exception>
    internal static List<Preset> All(ConfigEnvironment environment)
    {
        var all = new List<Preset>(BuiltInPresets.All);
        var directory = Path.Combine(environment.ConfigDirectory, "presets");
        if (!Directory.Exists(directory))
        {
            return all;
        }

        var files = Directory.GetFiles(directory, "*" + Extension);
        Array.Sort(files, StringComparer.Ordinal);
        foreach (var file in files)
        {
            // The file's name is what it is called by, whatever it says inside.
            var own = ReadFile(file, environment).Called(Path.GetFileNameWithoutExtension(file));
            var at = all.FindIndex(preset => preset.Name == own.Name);
            if (at < 0)
            {
                all.Add(own);
            }
            else
            {
                all[at] = own;
            }
        }

        return all;
    }

    private static Preset ReadFile(string file, ConfigEnvironment environment)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (stream.Length > LargestFile)
            {
                throw new StartupException(
                    StartupError.ConfigValidationFailed, $"{file} is larger than {LargestFile} bytes.", "Name a preset's file.");
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return PresetReader.Read(file, bytes, environment);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                StartupError.ConfigValidationFailed, $"{file} cannot be read: {e.Message}",
                "Name a preset's file, or a preset of 'latchgate presets list'.", e);
        }
    }
}
