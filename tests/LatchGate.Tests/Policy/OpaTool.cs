using System.Diagnostics;

namespace LatchGate.Tests.Policy;

/// <summary>A real OPA, where one is on PATH: the oracle of the differential tests.</summary>
internal static class OpaTool
{
    internal const string Skipped = "There is no opa on PATH.";

    internal static string? Path { get; } = Find();

    internal static string PoliciesFolder { get; } = FindPolicies();

    /// <summary>Runs a command to its end and answers its standard output.</summary>
    internal static string Run(string program, string folder, (string Name, string Value)? variable, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (variable is { } set)
        {
            start.Environment[set.Name] = set.Value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {output}{error.Result}");
        return output;
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => System.IO.Path.Combine(folder, "opa"))
        .FirstOrDefault(File.Exists);

    private static string FindPolicies()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "policies");
            if (File.Exists(System.IO.Path.Combine(candidate, "latchgate.rego")))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("policies/ is not above the test folder.");
    }
}
