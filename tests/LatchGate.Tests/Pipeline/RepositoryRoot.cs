namespace LatchGate.Tests.Pipeline;

internal static class RepositoryRoot
{
    /// <summary>The directory that holds the solution, above the test's own.</summary>
    internal static string Path { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string directory) => File.Exists(System.IO.Path.Combine(directory, "latchgate.slnx"))
        ? directory
        : Find(System.IO.Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("The tests are not below the repository."));
}
