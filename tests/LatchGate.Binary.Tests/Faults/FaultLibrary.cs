using System.ComponentModel;
using System.Diagnostics;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Binary.Tests.Faults;

/// <summary>The library that injects faults (<c>fault.c</c>), compiled for this run.</summary>
internal static class FaultLibrary
{
    private static readonly Lazy<(string? Path, string Problem)> _library = new(Compile);

    /// <summary>Skips the test, with the reason, where the library cannot be made.</summary>
    internal static string Require()
    {
        Assert.SkipWhen(_library.Value.Path is null, _library.Value.Problem);
        return _library.Value.Path!;
    }

    private static (string? Path, string Problem) Compile()
    {
        var source = System.IO.Path.Combine(RepositoryRoot.Path, "tests/LatchGate.Binary.Tests/Faults/fault.c");
        var target = System.IO.Path.Combine(AppContext.BaseDirectory, "fault.so");
        var problem = "There is no C compiler (cc) to make the fault library with; install it with: make setup";
        foreach (var compiler in (string[])["cc", "gcc", "clang-14", "clang"])
        {
            try
            {
                string[] arguments = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-o", target, source];
                using var process = Process.Start(new ProcessStartInfo(compiler, arguments)
                {
                    RedirectStandardError = true,
                })!;
                var said = process.StandardError.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode == 0)
                {
                    return (target, "");
                }

                problem = $"{compiler} cannot make the fault library: {said}";
            }
            catch (Win32Exception)
            {
                // Not this compiler; the reason stands.
            }
        }

        return (null, problem);
    }
}
