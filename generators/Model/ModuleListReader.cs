using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;

namespace LatchGate.Generators.Model;

/// <summary>
/// Reads module lists: the repository's, and that of a folder of further providers. Each line is <c>NAME sha256:HEX IMPORTS</c>, with IMPORTS a comma list of host interfaces that may be missing
/// where the module imports nothing; blank lines and lines that begin with <c>#</c> are skipped.
/// </summary>
internal static class ModuleListReader
{
    public static ImmutableEquatableArray<ModulePin> Read(SourceFile? file, DiagnosticBag diagnostics) =>
        file is null ? ImmutableEquatableArray<ModulePin>.Empty : Read([file], diagnostics);

    public static ImmutableEquatableArray<ModulePin> Read(IReadOnlyList<SourceFile> files, DiagnosticBag diagnostics)
    {
        // A name stands for one module, over all lists.
        var modules = new List<ModulePin>();
        foreach (var file in files)
        {
            Read(file, modules, diagnostics);
        }

        return modules.ToEquatableArray();
    }

    private static void Read(SourceFile file, List<ModulePin> modules, DiagnosticBag diagnostics)
    {
        var offset = 0;
        var number = 0;
        foreach (var line in file.Text.Split('\n'))
        {
            var text = line.Trim();
            if (text.Length > 0 && text[0] != '#')
            {
                if (ReadLine(text) is { } module && modules.All(m => m.Name != module.Name))
                {
                    modules.Add(module);
                }
                else
                {
                    diagnostics.Add(Descriptors.ModuleList, new LocationInfo(file.Path, offset, number, 0, line.TrimEnd().Length));
                }
            }

            offset += line.Length + 1;
            number++;
        }
    }

    private static ModulePin? ReadLine(string text)
    {
        var words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is < 2 or > 3 || !words[1].StartsWith("sha256:", StringComparison.Ordinal) || !Formats.IsHex(words[1].Substring(7)))
        {
            return null;
        }

        var imports = words.Length == 3 ? words[2].Split(',') : [];
        return imports.Contains("") ? null : new ModulePin(words[0], words[1].Substring(7), imports.ToEquatableArray());
    }
}
