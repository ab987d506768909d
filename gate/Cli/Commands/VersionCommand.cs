using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate version</c>: what was built. The manifest digest says which actions and providers are inside.</summary>
internal static class VersionCommand
{
    internal static Command Create(CliContext context)
    {
        var command = new Command("version", "Show the version and the digest of the actions built in.");
        context.Run(command, (_, printer, _) => Task.FromResult(Run(context.Services, printer)), "latchgate version --json");
        return command;
    }

    private static ExitCode Run(CliServices services, Printer printer)
    {
        var version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        var digest = services.ManifestSetDigest();
        var system = RuntimeInformation.RuntimeIdentifier;
        var framework = RuntimeInformation.FrameworkDescription;
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("version", version);
                json.WriteString("manifest_set_digest", digest);
                json.WriteNumber("actions", services.Actions().Count);
                json.WriteString("framework", framework);
                json.WriteString("runtime", system);
            },
            () => $"latchgate {version}\nmanifests  {digest}\nframework  {framework}\nruntime    {system}");
        return ExitCode.Ok;
    }
}
