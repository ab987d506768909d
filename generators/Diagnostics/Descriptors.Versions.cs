using Microsoft.CodeAnalysis;

namespace LatchGate.Generators.Diagnostics;

/// <summary>What does not fit lock.json.</summary>
internal static partial class Descriptors
{
    public static readonly DiagnosticDescriptor VersionChanged = Error(
        "LGM100",
        "A version has changed",
        "{0} {1} is listed in lock.json with another digest, and a version never changes. Raise the version, or take the change back.");

    public static readonly DiagnosticDescriptor VersionNotLocked = Warning(
        "LGM101",
        "A version is not listed",
        "{0} {1} is not listed in lock.json. Run make manifests-lock.");

    public static readonly DiagnosticDescriptor VersionBack = Error(
        "LGM102",
        "A version goes back",
        "The version {0} of {1} is lower than {2}, which lock.json lists. Choose a higher one.");

    public static readonly DiagnosticDescriptor ModuleNotLocked = Warning(
        "LGM103",
        "A module is not the listed one",
        "The provider module '{0}' is not listed in lock.json with the digest that modules.lock pins. Run make manifests-lock.");

    public static readonly DiagnosticDescriptor BadLock = Error(
        "LGM104",
        "A lock file is malformed",
        "lock.json must be as make manifests-lock writes it: format, modules and actions with sha256 digests. Take the change back.");

    private static DiagnosticDescriptor Warning(string id, string title, string message) =>
        new(id, title, message, "LatchGate.Manifest", DiagnosticSeverity.Warning, isEnabledByDefault: true);
}
