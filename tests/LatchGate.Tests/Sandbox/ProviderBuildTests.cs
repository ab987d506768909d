using System.Diagnostics;
using System.Security.Cryptography;
using LatchGate.Sandbox;

namespace LatchGate.Tests.Sandbox;

/// <summary>What providers/build.sh accepts, and that what is compiled in is what the lock names.</summary>
public sealed class ProviderBuildTests
{
    private static readonly string Root = HostileModules.RepositoryRoot();

    [Fact]
    public void The_modules_compiled_in_are_those_of_the_lock()
    {
        var compiled = SandboxModule.All.Select(m => $"{m.Name} {m.Digest}").Order(StringComparer.Ordinal);

        // The library of runs under the JIT has the examples too, so that tests can run them.
        var locked = new[] { "modules.lock", "examples/modules.lock" }
            .SelectMany(static file => File.ReadAllLines(Path.Combine(Root, "providers", file)))
            .Select(static line => string.Join(' ', line.Split(' ')[..2])).Order(StringComparer.Ordinal);

        Assert.Equal(locked, compiled);
    }

    [Fact]
    public void A_digest_is_the_sha256_of_the_wasm_file()
    {
        var file = File.ReadAllBytes(Path.Combine(Root, "artifacts", "native", "wasm", "http_api.wasm"));

        Assert.Equal(SHA256.HashData(file), SandboxModule.Find("http_api")!.Digest.Bytes.ToArray());
    }

    [Fact]
    public void A_name_that_is_not_compiled_in_is_not_found() => Assert.Null(SandboxModule.Find("attacks"));

    [Theory]
    [InlineData("unknown_import", "no host interface provides")]
    [InlineData("imported_memory", "no host interface provides")]
    [InlineData("bulk_memory", "not a valid WebAssembly 1.0 module")]
    public void The_build_refuses_a_module_that_asks_for_more_than_a_provider_gets(string module, string reason)
    {
        var directory = Directory.CreateTempSubdirectory("latchgate-build-");
        try
        {
            var wasm = Path.Combine(directory.FullName, "module.wasm");
            var source = Path.Combine(Root, "tests", "LatchGate.Tests", "Sandbox", "hostile", "refused", module + ".wat");
            Assert.Equal(0, Run("wat2wasm", source, "-o", wasm).ExitCode);

            var (exitCode, errors) = Run(Path.Combine(Root, "providers", "build.sh"), "--check", wasm);

            Assert.NotEqual(0, exitCode);
            Assert.Contains(reason, errors, StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void Two_builds_in_different_folders_give_the_same_bytes()
    {
        var (exitCode, errors) = Run(Path.Combine(Root, "scripts", "reproduce"));

        Assert.True(exitCode == 0, errors);
    }

    [Theory]
    [InlineData("Bad-Name", "named in a-z")]
    [InlineData("http_api", "another provider named http_api")]
    [InlineData("newcomer", "modules.lock")]
    public void A_folder_of_further_providers_is_built_under_the_same_rules(string name, string reason)
    {
        var directory = Directory.CreateTempSubdirectory("latchgate-providers-");
        try
        {
            // In a copy: the one that the tests run on stays as it is.
            var copy = Path.Combine(directory.FullName, "repository");
            var tests = Path.Combine("tests", "LatchGate.Tests", "Sandbox");
            Directory.CreateDirectory(Path.Combine(copy, tests));
            Assert.Equal(0, Run("cp", "-R", Path.Combine(Root, "providers"), copy).ExitCode);
            Assert.Equal(0, Run("cp", "-R", Path.Combine(Root, tests, "hostile"), Path.Combine(copy, tests)).ExitCode);
            var own = Path.Combine(directory.FullName, "own");
            Directory.CreateDirectory(Path.Combine(own, name));
            File.WriteAllText(Path.Combine(own, name, "provider.c"), SourceOfTheGuide());

            var (exitCode, errors) = Run("env", $"PROVIDERS={own}", Path.Combine(copy, "providers", "build.sh"));
            Assert.NotEqual(0, exitCode);
            Assert.Contains(reason, errors, StringComparison.Ordinal);
            if (name != "newcomer")
            {
                return;
            }

            // Accepted once, it is one of the modules that manifests may name.
            (exitCode, errors) = Run("env", $"PROVIDERS={own}", Path.Combine(copy, "providers", "build.sh"), "--update-lock");
            Assert.True(exitCode == 0, errors);
            var built = Path.Combine(copy, "artifacts", "native");
            var digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(built, "wasm", "newcomer.wasm"))));
            Assert.Equal($"newcomer sha256:{digest} latchgate:io/http\n", File.ReadAllText(Path.Combine(own, "modules.lock")));
            Assert.Contains($"newcomer sha256:{digest} latchgate:io/http", File.ReadAllLines(Path.Combine(built, "modules.built")));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    // The first block of C in providers/README.md.
    private static string SourceOfTheGuide()
    {
        var guide = File.ReadAllText(Path.Combine(Root, "providers", "README.md"));
        var start = guide.IndexOf("```c\n", StringComparison.Ordinal) + "```c\n".Length;
        return guide[start..guide.IndexOf("```", start, StringComparison.Ordinal)];
    }

    private static (int ExitCode, string Errors) Run(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
