using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Members of the nodes of a GraphQL tree whose shape is checked; what is missing is empty.</summary>
internal static class GraphQlTree
{
    internal static string Text(this RegoObject node, string name) => (node.Get(name) as RegoString)?.Value ?? "";

    internal static string Name(this RegoObject node) => node.Text("Name");

    internal static bool Flag(this RegoObject node, string name) => node.Get(name) is RegoBoolean { Value: true };

    internal static RegoObject? Node(this RegoObject node, string name) => node.Get(name) as RegoObject;

    internal static ReadOnlySpan<RegoValue> List(this RegoObject node, string name) => node.Get(name) is RegoArray list ? list.Items : [];

    /// <summary>The node of a list with that name.</summary>
    internal static RegoObject? Named(this ReadOnlySpan<RegoValue> list, string name)
    {
        foreach (var item in list)
        {
            if (item is RegoObject node && node.Name() == name)
            {
                return node;
            }
        }

        return null;
    }

    /// <summary>The kind of a value: variable 0, Int 1, Float 2, string 3, block string 4, Boolean 5, null 6, enum 7, list 8, object 9.</summary>
    internal static long Kind(this RegoObject value) => value.Get("Kind") is RegoNumber number && number.TryGetInt64(out var kind) ? kind : 0;

    /// <summary>The named type inside lists; empty where there is none.</summary>
    internal static string BaseType(this RegoObject? type)
    {
        while (type?.Node("Elem") is { } element)
        {
            type = element;
        }

        return type?.Text("NamedType") ?? "";
    }

    /// <summary>The type as it is written, such as <c>[Int!]!</c>.</summary>
    internal static string TypeText(RegoObject? type)
    {
        var text = new StringBuilder();
        Write(text, type);
        return text.ToString();
    }

    private static void Write(StringBuilder text, RegoObject? type)
    {
        if (type?.Node("Elem") is { } element)
        {
            text.Append('[');
            Write(text, element);
            text.Append(']');
        }
        else
        {
            text.Append(type?.Text("NamedType"));
        }

        text.Append(type?.Flag("NonNull") == true ? "!" : "");
    }
}
