using System;

namespace LatchGate.Generators.Model;

/// <summary>One action, read and checked: what the emitter needs and nothing else.</summary>
internal sealed record ActionModel(
    string Id,
    string Version,
    string Description,
    string Risk,
    string ProviderReference,
    string ProviderName,
    string ModuleDigest,
    string Digest,
    ImmutableEquatableArray<string> Imports,
    LimitsModel Limits,
    VerificationModel Verification,
    EgressModel Egress,
    FilesModel? Files,
    ImmutableEquatableArray<string> SideEffects,
    ImmutableEquatableArray<string> RequiredScopes,
    ImmutableEquatableArray<string> Tags,
    ImmutableEquatableArray<SecretModel> Secrets,
    SchemaDocument? Request,
    SchemaDocument? Response,
    TemplateModel? Template)
{
    /// <summary>The name of the generated class. Two ids that differ only in hyphens or case are refused as duplicates.</summary>
    public string ClassName => "Action_" + Id.Replace('-', '_');
}

/// <summary>Bounds of execution, request and response.</summary>
internal sealed record LimitsModel(
    long Fuel,
    long MemoryMb,
    long TimeoutSeconds,
    long MaxIoCalls,
    long MaxHostResponseBytes,
    long MaxRequestBytes,
    long MaxResponseBytes);

/// <summary>The files.</summary>
internal sealed record FilesModel(
    ImmutableEquatableArray<string> Operations,
    ImmutableEquatableArray<string> AllowedPaths,
    ImmutableEquatableArray<string> DeniedPaths,
    long MaxFileBytes,
    long MaxTotalBytes,
    bool CreateParents,
    bool AllowLearning);

/// <summary>A provider module, as a module list names it.</summary>
internal sealed record ModulePin(string Name, string Digest, ImmutableEquatableArray<string> Imports);

/// <summary>The modules that are pinned, and those that were built.</summary>
internal sealed record ModulePins(ImmutableEquatableArray<ModulePin> Pinned, ImmutableEquatableArray<ModulePin> Built)
{
    /// <summary>The module of that name in a list, or null.</summary>
    public static ModulePin? Find(ImmutableEquatableArray<ModulePin> modules, string name)
    {
        foreach (var module in modules)
        {
            if (string.Equals(module.Name, name, StringComparison.Ordinal))
            {
                return module;
            }
        }

        return null;
    }
}
