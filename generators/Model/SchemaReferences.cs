using System;
using System.Collections.Generic;
using System.Globalization;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>
/// Finds what <c>$ref</c> names within one document: JSON pointers (RFC 6901, in a URI fragment), <c>$anchor</c>, and schemas by their
/// <c>$id</c>. Nothing is ever fetched.
/// </summary>
internal sealed class SchemaReferences
{
    // References are resolved against some base (RFC 3986, §5.1.4): a name that nobody has.
    private static readonly Uri Unnamed = new("https://schema.invalid/");

    private readonly Dictionary<string, Node> _resources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Node> _anchors = new(StringComparer.Ordinal);
    private readonly Dictionary<Node, Uri> _bases = [];
    private readonly bool _isDraft7;

    public SchemaReferences(Node root, SchemaDialect dialect)
    {
        _isDraft7 = dialect.IsDraft7;
        _resources[Key(Unnamed)] = root;
        Visit(root, Unnamed);
    }

    /// <summary>The schema that a reference of <paramref name="from"/> names; null where there is none here.</summary>
    public Node? Find(MapNode from, string reference)
    {
        var at = reference.IndexOf('#');
        var fragment = at < 0 ? "" : Uri.UnescapeDataString(reference.Substring(at + 1));
        var name = at < 0 ? reference : reference.Substring(0, at);
        var resource = _bases[from];
        if (name.Length > 0 && !Uri.TryCreate(resource, name, out resource))
        {
            return null;
        }

        if (fragment.Length > 0 && fragment[0] != '/')
        {
            return _anchors.TryGetValue(Key(resource) + "#" + fragment, out var anchored) ? anchored : null;
        }

        return _resources.TryGetValue(Key(resource), out var target) && Walk(target, fragment) is { } found && _bases.ContainsKey(found)
            ? found
            : null;
    }

    private static Node? Walk(Node node, string pointer)
    {
        if (pointer.Length == 0)
        {
            return node;
        }

        foreach (var token in pointer.Substring(1).Split('/'))
        {
            var name = token.Replace("~1", "/").Replace("~0", "~");
            var next = node switch
            {
                MapNode map => map.Find(name),
                ListNode list when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && index < list.Items.Count => list.Items[index],
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            node = next;
        }

        return node;
    }

    private void Visit(Node node, Uri within)
    {
        if (node is MapNode map)
        {
            within = Enter(map, within);
            foreach (var below in SchemaDialect.Below(map))
            {
                if (!_bases.ContainsKey(below))
                {
                    Visit(below, within);
                }
            }
        }

        _bases[node] = within;
    }

    // Draft 7 writes an anchor as an $id that is a fragment, and ignores both beside $ref.
    private Uri Enter(MapNode map, Uri within)
    {
        var ignored = _isDraft7 && map.Find("$ref") is not null;
        if (!ignored && map.Find("$id") is TextNode { Value: var id })
        {
            if (id.StartsWith("#", StringComparison.Ordinal))
            {
                _anchors[Key(within) + id] = map;
            }
            else if (Uri.TryCreate(within, id, out var own))
            {
                within = own;
                _resources[Key(own)] = map;
            }
        }

        if (map.Find("$anchor") is TextNode anchor)
        {
            _anchors[Key(within) + "#" + anchor.Value] = map;
        }

        return within;
    }

    private static string Key(Uri uri) => uri.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.Fragment, UriFormat.UriEscaped);
}
