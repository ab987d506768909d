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
        var locked = File.ReadAllLines(Path.Combine(Root, "providers", "modules.lock")).Select(l => string.Join(' ', l.Split(' ')[..2])).Order(StringComparer.Ordinal);

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

    private static (int ExitCode, string Errors) Run(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
