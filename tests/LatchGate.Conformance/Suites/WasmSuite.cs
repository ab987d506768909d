using System.Diagnostics;
using System.Text.Json;

namespace LatchGate.Conformance.Suites;

/// <summary>
/// The WebAssembly core specification's scripts (<c>*.wast</c>) through the sandbox's own toolchain and runtime: wast2json, then
/// for each module wasm2c and gcc with the flags of providers/build.sh, and a generated driver that runs each assertion as a guest.
/// </summary>
internal static class WasmSuite
{
    internal static readonly Suite Suite = new("wasm", "wasm", Run);

    private static IEnumerable<CaseResult> Run(string folder)
    {
        var scripts = Directory.GetFiles(folder, "*.wast").Order(StringComparer.Ordinal).ToArray();
        string[] tools = ["wast2json", "wat2wasm", "wasm2c", "wasm-validate", "gcc"];
        if (tools.FirstOrDefault(t => !IsInstalled(t)) is { } missing)
        {
            return [CaseResult.Skip("wasm", $"{missing} is not installed (Debian packages: wabt gcc)")];
        }

        var root = RepositoryRoot();
        if (!File.Exists(Path.Combine(root, "artifacts/native/liblatchgate_native.a")))
        {
            return [CaseResult.Skip("wasm", "the runtime is not built: run providers/build.sh")];
        }

        var results = new List<CaseResult>[scripts.Length];
        var work = Directory.CreateTempSubdirectory("latchgate-wasm-");
        try
        {
            Parallel.For(0, scripts.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
                results[i] = RunScript(root, scripts[i], work.CreateSubdirectory(Path.GetFileNameWithoutExtension(scripts[i])).FullName));
        }
        finally
        {
            work.Delete(recursive: true);
        }

        return results.SelectMany(r => r);
    }

    private static List<CaseResult> RunScript(string root, string script, string directory)
    {
        var name = Path.GetFileNameWithoutExtension(script);
        var results = new List<CaseResult>();
        var json = ReadableScript.Convert(script, directory, reason => results.Add(CaseResult.Skip(name + reason.Place, reason.Why)));
        if (json is null)
        {
            return results;
        }

        using var document = JsonDocument.Parse(File.ReadAllBytes(json));
        var driver = new WasmDriver(directory);
        foreach (var command in document.RootElement.GetProperty("commands").EnumerateArray())
        {
            var place = $"{name}:{command.GetProperty("line").GetInt32()}";
            switch (command.GetProperty("type").GetString())
            {
                case "assert_invalid" or "assert_malformed":
                    results.Add(IsRefused(root, directory, command) ? CaseResult.Pass(place) : CaseResult.Fail(place, "the module was accepted"));
                    break;
                default:
                    if (driver.Add(place, command) is { } whyNot)
                    {
                        results.Add(CaseResult.Skip(place, whyNot));
                    }

                    break;
            }
        }

        results.AddRange(driver.Run(root));
        return results;
    }

    /// <summary>
    /// Whether the toolchain refuses a module: text by wat2wasm, binaries by wasm-validate. What wabt's validator lets through by
    /// mistake must fail in a later stage: the build's own check, wasm2c, or gcc.
    /// </summary>
    private static bool IsRefused(string root, string directory, JsonElement command)
    {
        var file = Path.Combine(directory, command.GetProperty("filename").GetString()!);
        if (command.GetProperty("module_type").GetString() == "text")
        {
            return Execute(directory, "wat2wasm", file, "-o", "/dev/null").ExitCode != 0;
        }

        if (Execute(directory, "wasm-validate", file).ExitCode != 0)
        {
            return true;
        }

        var build = Path.Combine(root, "providers/build.sh");
        var alone = Directory.CreateDirectory(file + ".alone").FullName;
        File.Copy(file, Path.Combine(alone, "m.wasm"));
        return Execute(root, build, "--check", file).ExitCode != 0 || Execute(root, build, "--objects", alone).ExitCode != 0;
    }

    internal static (int ExitCode, string Output, string Errors) Execute(string directory, string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }

    private static bool IsInstalled(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(d => File.Exists(Path.Combine(d, tool)));

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "latchgate.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("The suite runs from within the repository.");
    }
}
