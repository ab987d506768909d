using System.Collections.Immutable;
using LatchGate.Pipeline;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy.Bundles;

/// <summary>
/// Puts data documents together. Two that set the same member are a conflict, never a question of order: an answer that hangs on
/// which file was read last is no policy.
/// </summary>
internal static class DataMerge
{
    private const char Separator = '/';

    /// <summary>Puts one data file of a bundle below its folder's names.</summary>
    /// <param name="data">The bundle's data so far.</param>
    /// <param name="folder">The file's folder, such as <c>teams/build</c>; empty at the top.</param>
    /// <param name="value">The file's content.</param>
    /// <param name="roots">The bundle's roots; data outside them is refused.</param>
    /// <exception cref="StartupException">Another file sets the same, or the content is outside of the roots.</exception>
    internal static void Into(RegoObject data, string folder, RegoValue value, ImmutableArray<string> roots)
    {
        var at = data;
        if (folder.Length > 0)
        {
            var parts = folder.Split(Separator);
            for (var i = parts.Length - 1; i > 0; i--)
            {
                value = One(parts[i], value);
            }

            value = One(parts[0], value);
        }

        Add(at, value as RegoObject ?? throw PolicyLoading.BadBundle("has a data.json at its top that is no object."), "", path =>
            IsClaimed(path, roots, whole: true) ? null : $"sets {PlainText.Clean(path, 200)} outside of the roots that its manifest names", "two files of the bundle");
    }

    /// <summary>The bundle's data with the gate's own data document laid over it.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="own">The gate's own document: <c>data.json</c> of the operator.</param>
    /// <returns>A new document; what neither sets is absent.</returns>
    /// <exception cref="StartupException">Both set a member, or the bundle's roots claim what the gate's own document sets.</exception>
    internal static RegoObject Overlay(PolicyBundle bundle, RegoObject own)
    {
        var merged = new RegoObject();
        Add(merged, bundle.Data, "", static _ => null, "");
        Add(merged, own, "", path => IsClaimed(path, bundle.Roots, whole: false) ? $"owns {PlainText.Clean(path, 200)}, which the gate's data.json sets as well" : null, "the bundle and the gate's data.json", hasComments: true);
        return merged;
    }

    // Objects are merged; whatever else is there twice is a conflict. Objects of the source are copied, not shared.
    private static void Add(RegoObject target, RegoObject source, string path, Func<string, string?> objection, string both, bool hasComments = false)
    {
        for (var i = 0; i < source.Count; i++)
        {
            var (key, value) = (source.Keys[i], source.Values[i]);
            var name = ((RegoString)key).Value;
            if (hasComments && name.StartsWith('_'))
            {
                continue;
            }

            var here = path.Length == 0 ? name : path + Separator + name;
            var present = target.Get(key);
            if (value is RegoObject members && present is null or RegoObject && !IsEntry(path))
            {
                var below = present as RegoObject ?? new RegoObject();
                target.Set(key, below);
                Add(below, members, here, objection, both, hasComments);
                continue;
            }

            if (objection(here) is { } reason)
            {
                throw Conflict($"The policy bundle {reason}.");
            }

            if (present is not null)
            {
                throw Conflict($"{PlainText.Clean(here, 200)} is set twice, by {both}.");
            }

            target.Set(key, value);
        }
    }

    // A principal's entry is one thing: two halves of it would grant what nobody wrote.
    private static bool IsEntry(string path) => path == "acl";

    // "" is what opa writes for a bundle whose author named no roots: it takes what it holds, and claims nothing else.
    private static bool IsClaimed(string path, ImmutableArray<string> roots, bool whole)
    {
        foreach (var root in roots)
        {
            if (root.Length == 0 ? whole : IsBelow(path, root) || (!whole && IsBelow(root, path)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsBelow(string path, string root) =>
        path.StartsWith(root, StringComparison.Ordinal) && (path.Length == root.Length || path[root.Length] == Separator);

    private static RegoObject One(string name, RegoValue value)
    {
        var one = new RegoObject(1);
        one.Set(new RegoString(name), value);
        return one;
    }

    private static StartupException Conflict(string what) => PolicyLoading.Bad(what, "Let either the bundle or data.json set it.");
}
