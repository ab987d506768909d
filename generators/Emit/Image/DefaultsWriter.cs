using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit.Image;

/// <summary>
/// Writes what the gate's <c>RequestDefaults</c> reads: the members that a request may leave out and their values. Only what holds for every
/// valid request counts: <c>properties</c> and <c>items</c>, also behind <c>$ref</c> and <c>allOf</c>, not behind alternatives.
/// </summary>
/// <remarks>
/// <code>
/// object = items n *( name default object )   ; items and object: offset plus one, zero for none; default: a text plus one, zero for none
/// </code>
/// </remarks>
internal sealed class DefaultsWriter(ImageWriter image, SchemaDocument document)
{
    private readonly Dictionary<int, int> _places = [];
    private readonly List<(int At, CodeBuffer.Gap Gap)> _open = [];

    /// <summary>The offset plus one; zero where there is nothing to fill in.</summary>
    public int Write(bool nested)
    {
        var root = Write(0, nested);
        foreach (var (at, gap) in _open)
        {
            image.Fill(at + gap.At, _places[gap.Target]);
        }

        return root;
    }

    private int Write(int index, bool nested)
    {
        var members = Members(index).Where(member => (!nested && DefaultOf(member.Value) is not null) || Reaches(member.Value)).ToList();
        var items = nested || Items(index) is not (>= 0 and var each) || !Reaches(each) ? -1 : each;
        if (members.Count == 0 && items < 0)
        {
            return nested ? 0 : _places[index] = 0;
        }

        if (!nested)
        {
            _places[index] = -1;
        }

        var code = new CodeBuffer();
        Child(code, items);
        code.Number(members.Count);
        foreach (var member in members)
        {
            var fallback = nested ? null : DefaultOf(member.Value);
            code.Text(member.Key);
            code.Number(fallback is null ? 0 : image.Text(fallback.ToJson()) + 1);
            Child(code, member.Value);
        }

        var at = image.Place(code);
        _open.AddRange(code.Gaps.Select(gap => (at, gap)));
        if (!nested)
        {
            _places[index] = at + 1;
        }

        return at + 1;
    }

    private void Child(CodeBuffer code, int index)
    {
        if (index < 0)
        {
            code.Number(0);
        }
        else if (!_places.TryGetValue(index, out var place))
        {
            code.Number(Write(index, nested: false));
        }
        else if (place < 0)
        {
            code.Leave(index, 0);
        }
        else
        {
            code.Number(place);
        }
    }

    // Whether anything at or below a schema is filled in.
    private bool Reaches(int index)
    {
        var seen = new HashSet<int>();
        var open = new Stack<int>([index]);
        while (open.Count > 0)
        {
            var next = open.Pop();
            if (next < 0 || !seen.Add(next))
            {
                continue;
            }

            foreach (var member in Members(next))
            {
                if (DefaultOf(member.Value) is not null)
                {
                    return true;
                }

                open.Push(member.Value);
            }

            open.Push(Items(next));
        }

        return false;
    }

    private Dictionary<string, int> Members(int index)
    {
        var members = new Dictionary<string, int>(System.StringComparer.Ordinal);
        foreach (var model in InPlace(index))
        {
            foreach (var property in model.Properties)
            {
                // Two descriptions of one member: the first that has a default gives it.
                if (!members.TryGetValue(property.Name, out var other)
                    || (DefaultOf(other) is null && DefaultOf(property.Schema) is not null))
                {
                    members[property.Name] = property.Schema;
                }
            }
        }

        return members;
    }

    private int Items(int index) =>
        InPlace(index).Where(static model => model.PrefixItems.Schemas.Count == 0).Select(static model => model.Items).Append(-1).Max();

    private JsonLiteral? DefaultOf(int index) =>
        InPlace(index).Select(static model => model.Default).FirstOrDefault(static literal => literal is not null);

    // The schema and those that hold for the same value; there is no loop among them.
    private IEnumerable<SchemaModel> InPlace(int index)
    {
        var model = document.Nodes[index];
        yield return model;
        foreach (var other in model.AllOf.Schemas.Append(model.Reference).Where(static schema => schema >= 0).SelectMany(InPlace))
        {
            yield return other;
        }
    }
}
