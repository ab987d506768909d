using System.Text;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Model;

namespace LatchGate.Manifests;

/// <summary>Writes <c>lock.json</c>: one version on a line, so that two branches that add versions merge.</summary>
internal static class LockFile
{
    /// <summary>The list with what the manifests add to it.</summary>
    /// <param name="set">Without errors but for changed versions of <paramref name="amend"/>.</param>
    /// <param name="amend">Ids whose present version is entered anew.</param>
    public static string Extend(ManifestSet set, IReadOnlyCollection<string> amend)
    {
        var known = LockReader.Read(set.LockFile, new DiagnosticBag());
        var actions = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (version, digest) in known?.Actions ?? [])
        {
            actions[version] = digest;
        }

        foreach (var entry in set.Entries)
        {
            var key = $"{entry.Id}@{entry.Version}";
            if (!actions.ContainsKey(key) || amend.Contains(entry.Id))
            {
                actions[key] = entry.Digest;
            }
        }

        var modules = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var module in set.Pins.Pinned)
        {
            modules[module.Name] = module.Digest;
        }

        var text = new StringBuilder();
        text.Append("{\n  \"format\": \"").Append(LockReader.Format).Append("\",\n");
        Section(text, "modules", modules).Append(",\n");
        return Section(text, "actions", actions).Append("\n}\n").ToString();
    }

    private static StringBuilder Section(StringBuilder text, string name, SortedDictionary<string, string> digests) => text
        .Append("  \"").Append(name).Append("\": {\n")
        .AppendJoin(",\n", digests.Select(static entry => $"    \"{entry.Key}\": \"sha256:{entry.Value}\""))
        .Append("\n  }");
}
