using System.Runtime.InteropServices;
using System.Text.Json;

namespace LatchGate.Actions;

// What schemas say of objects: one pass over the members, in the order in which they come.
internal ref partial struct SchemaWalk
{
    private void Members(int at, JsonElement value, ref SchemaErrors errors)
    {
        var layout = ObjectLayout.Read(_schemas, at);
        var seen = 0UL;
        var count = 0;
        var next = new MemberCursor(layout.FirstMember);
        var cursor = 0;
        foreach (var member in value.EnumerateObject())
        {
            if (errors.Decided)
            {
                return;
            }

            count++;
            var known = false;
            if (layout.MemberCount > 0 && Find(layout, ref next, member, out var flags, out var schema))
            {
                seen |= next.Last < 64 ? 1UL << next.Last : 0;
                known = (flags & SchemaOp.Declared) != 0;
                Descend(schema - 1, member, ref errors);
            }

            if (layout.Patterns > 0 || layout.Names > 0)
            {
                var name = NameOf(value, member, ref cursor);
                known |= layout.Patterns > 0 && Patterned(layout.Patterns, name, member, ref errors);
                if (layout.Names > 0 && !Holds(layout.Names - 1, new JsonItem(name), ref errors))
                {
                    errors.AddName(member);
                }
            }

            if (known || layout.Additional < 0)
            {
                continue;
            }

            if (layout.Additional == 0)
            {
                errors.AddUnknown(member);
            }
            else
            {
                Descend(layout.Additional - 1, member, ref errors);
            }
        }

        Missing(layout, seen, value, ref errors);
        if (count < layout.Minimum)
        {
            errors.Fail("minProperties", "must have at least", layout.Minimum, "member(s)");
        }

        if (layout.Maximum >= 0 && count > layout.Maximum)
        {
            errors.Fail("maxProperties", "must have at most", layout.Maximum, "member(s)");
        }

        if (layout.Dependents > 0)
        {
            Dependents(layout.Dependents, value, ref errors);
        }
    }

    // Requests come in canonical order and so do the members of a schema: the next one asked for is mostly the one after the last found.
    private readonly bool Find(scoped in ObjectLayout layout, ref MemberCursor next, JsonProperty member, out byte flags, out int schema)
    {
        for (var tried = 0; tried < layout.MemberCount; tried++)
        {
            if (next.Index == layout.MemberCount)
            {
                next = new MemberCursor(layout.FirstMember);
            }

            next.Last = next.Index++;
            var name = Member(ref next.At, out flags, out schema);
            if (member.NameEquals(name))
            {
                return true;
            }
        }

        (flags, schema) = (0, 0);
        return false;
    }

    private readonly ReadOnlySpan<byte> Member(scoped ref int at, out byte flags, out int schema)
    {
        flags = _schemas[at++];
        var name = Name(ref at);
        schema = Number(ref at);
        return name;
    }

    // Names stand where they are used: most are shorter than a reference and a length.
    private readonly ReadOnlySpan<byte> Name(scoped ref int at)
    {
        var length = Number(ref at);
        at += length;
        return _schemas.Slice(at - length, length);
    }

    private readonly void Missing(scoped in ObjectLayout layout, ulong seen, JsonElement value, ref SchemaErrors errors)
    {
        var at = layout.FirstMember;
        for (var index = 0; index < layout.MemberCount; index++)
        {
            var name = Member(ref at, out var flags, out _);
            if ((flags & SchemaOp.Required) != 0 && !(index < 64 ? (seen >> index & 1) != 0 : value.TryGetProperty(name, out _)))
            {
                errors.FailMember("required", "must have the member", name);
            }
        }
    }

    private bool Patterned(int at, scoped ReadOnlySpan<byte> name, JsonProperty member, ref SchemaErrors errors)
    {
        var known = false;
        for (var left = Number(ref at); left > 0; left--)
        {
            var table = Reference(ref at);
            var schema = Number(ref at);
            if (Matches(table, name[1..^1]))
            {
                known = true;
                Descend(schema - 1, member, ref errors);
            }
        }

        return known;
    }

    private void Dependents(int at, JsonElement value, ref SchemaErrors errors)
    {
        for (var left = Number(ref at); left > 0; left--)
        {
            var present = value.TryGetProperty(Name(ref at), out _);
            for (var needed = Number(ref at); needed > 0; needed--)
            {
                var name = Name(ref at);
                if (present && !value.TryGetProperty(name, out _))
                {
                    errors.FailMember("dependentRequired", "must have the member", name);
                }
            }

            var schema = Number(ref at);
            if (present && schema > 0)
            {
                Check(schema - 1, new JsonItem(value), ref errors);
            }
        }
    }

    private void Descend(int schema, JsonProperty member, ref SchemaErrors errors)
    {
        if (schema >= 0)
        {
            errors.Enter(member);
            Check(schema, new JsonItem(member.Value), ref errors);
            errors.Leave();
        }
    }

    // The name as it stands in the text, in its quotes: between the value before and this one's. The library gives it as a new string only.
    private static ReadOnlySpan<byte> NameOf(JsonElement value, JsonProperty member, scoped ref int cursor)
    {
        var whole = JsonMarshal.GetRawUtf8Value(value);
        var raw = JsonMarshal.GetRawUtf8Value(member.Value);
        if (!whole.Overlaps(raw, out var start))
        {
            throw new InvalidOperationException("A member does not stand in its object.");
        }

        var between = whole[cursor..start];
        cursor = start + raw.Length;
        var open = between.IndexOf((byte)'"');
        return between[open..(between.LastIndexOf((byte)'"') + 1)];
    }

    // Where the next member of the schema stands.
    private struct MemberCursor(int at)
    {
        public int At = at;
        public int Index;
        public int Last;
    }

    // Where the parts of an object's rules stand; 0, or -1 where 0 says something, is absent.
    private readonly ref struct ObjectLayout
    {
        public int Minimum { get; private init; }

        public int Maximum { get; private init; }

        public int MemberCount { get; private init; }

        public int FirstMember { get; private init; }

        public int Patterns { get; private init; }

        /// <summary>-1 for none, 0 for "no other member", else a reference plus one.</summary>
        public int Additional { get; private init; }

        public int Names { get; private init; }

        public int Dependents { get; private init; }

        public static ObjectLayout Read(ReadOnlySpan<byte> schemas, int at)
        {
            var flags = schemas[at++];
            var (minimum, maximum, additional, names, members, patterns, dependents) = (0, -1, -1, 0, 0, 0, 0);
            if ((flags & SchemaOp.HasCounts) != 0)
            {
                minimum = (int)ImageReader.Long(schemas, ref at);
                maximum = (int)ImageReader.Long(schemas, ref at) - 1;
            }

            if ((flags & SchemaOp.HasAdditional) != 0)
            {
                additional = (int)ImageReader.Long(schemas, ref at);
            }

            if ((flags & SchemaOp.HasNames) != 0)
            {
                names = (int)ImageReader.Long(schemas, ref at);
            }

            if ((flags & SchemaOp.HasPatterns) != 0)
            {
                var length = (int)ImageReader.Long(schemas, ref at);
                (patterns, at) = (at, at + length);
            }

            if ((flags & SchemaOp.HasDependents) != 0)
            {
                var length = (int)ImageReader.Long(schemas, ref at);
                (dependents, at) = (at, at + length);
            }

            if ((flags & SchemaOp.HasMembers) != 0)
            {
                members = (int)ImageReader.Long(schemas, ref at);
            }

            return new ObjectLayout
            {
                Minimum = minimum,
                Maximum = maximum,
                Additional = additional,
                Names = names,
                Patterns = patterns,
                Dependents = dependents,
                MemberCount = members,
                FirstMember = at,
            };
        }
    }
}
