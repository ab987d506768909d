using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Resolves <c>provider_module_digest</c> against the pinned and the built modules.</summary>
internal static class ProviderReader
{
    private const string Builtin = "builtin:";
    private const string Sha256 = "sha256:";

    /// <summary>The pinned module; null after a diagnostic.</summary>
    public static ModulePin? Read(TextNode? reference, TextNode? source, List<string> granted, ModulePins pins, DiagnosticBag diagnostics)
    {
        if (reference is null || Name(reference, source, diagnostics) is not { } name)
        {
            return null;
        }

        if (ModulePins.Find(pins.Pinned, name.Value) is not { } module)
        {
            var known = pins.Pinned.Count == 0 ? "none" : string.Join(", ", pins.Pinned.Select(static m => m.Name));
            diagnostics.Add(Descriptors.UnknownModule, name.Location, ManifestReader.Shown(name.Value), known);
            return null;
        }

        if (reference.Value.StartsWith(Sha256, StringComparison.Ordinal) && reference.Value != Sha256 + module.Digest)
        {
            diagnostics.Add(Descriptors.DigestMismatch, reference.Location, $"The manifest's module '{module.Name}'", reference.Value, Sha256 + module.Digest);
            return null;
        }

        if (ModulePins.Find(pins.Built, module.Name) is { } built && built.Digest != module.Digest)
        {
            diagnostics.Add(Descriptors.DigestMismatch, reference.Location, $"The built module '{module.Name}'", Sha256 + built.Digest, Sha256 + module.Digest);
        }

        foreach (var import in module.Imports)
        {
            if (!granted.Contains(import))
            {
                diagnostics.Add(Descriptors.UndeclaredImport, reference.Location, module.Name, import);
            }
        }

        return module;
    }

    private static TextNode? Name(TextNode reference, TextNode? source, DiagnosticBag diagnostics)
    {
        var text = reference.Value;
        if (text.StartsWith(Builtin, StringComparison.Ordinal) && source is null && Formats.ModuleName.IsMatch(text.Substring(Builtin.Length)))
        {
            return new TextNode(reference.Location, text.Substring(Builtin.Length));
        }

        if (text.StartsWith(Sha256, StringComparison.Ordinal) && source is not null && Formats.IsHex(text.Substring(Sha256.Length)))
        {
            return source;
        }

        diagnostics.Add(Descriptors.ProviderReference, reference.Location, ManifestReader.Shown(text));
        return null;
    }
}
