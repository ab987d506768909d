namespace LatchGate.Generators.Tests;

/// <summary>Finds files beside the tests, and the public suites where they are there.</summary>
internal static class RepositoryFiles
{
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "latchgate.slnx")))
            {
                folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests do not run inside the repository.");
            }

            return folder.FullName;
        }
    }

    public static string Fixture(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", name));

    /// <summary>A file or folder of the public suites; skips the test where it is absent.</summary>
    public static string Conformance(string name)
    {
        var suites = Environment.GetEnvironmentVariable("LATCHGATE_CONFORMANCE") ?? Path.Combine(Root, "..", "shared", "conformance");
        var path = Path.Combine(suites, name);
        Assert.SkipUnless(Path.Exists(path), $"The public suite '{name}' is not here; LATCHGATE_CONFORMANCE names the folder of the suites.");
        return path;
    }
}
