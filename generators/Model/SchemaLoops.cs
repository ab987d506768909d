using System.Collections.Generic;

namespace LatchGate.Generators.Model;

/// <summary>Finds a schema that reaches itself for the same value: checking it would never end.</summary>
internal static class SchemaLoops
{
    /// <summary>The index of such a schema, or -1.</summary>
    public static int Find(List<SchemaModel> models)
    {
        var state = new byte[models.Count];
        for (var index = 0; index < models.Count; index++)
        {
            if (Visit(models, index, state) is var loop and >= 0)
            {
                return loop;
            }
        }

        return -1;
    }

    private static int Visit(List<SchemaModel> models, int index, byte[] state)
    {
        const byte open = 1;
        const byte done = 2;
        if (state[index] != 0)
        {
            return state[index] == open ? index : -1;
        }

        state[index] = open;
        foreach (var next in InPlace(models[index]))
        {
            if (next >= 0 && Visit(models, next, state) is var loop and >= 0)
            {
                return loop;
            }
        }

        state[index] = done;
        return -1;
    }

    private static IEnumerable<int> InPlace(SchemaModel model)
    {
        foreach (var group in new[] { model.AllOf, model.AnyOf, model.OneOf })
        {
            foreach (var index in group.Schemas)
            {
                yield return index;
            }
        }

        foreach (var dependent in model.DependentSchemas)
        {
            yield return dependent.Schema;
        }

        yield return model.Not;
        yield return model.If;
        yield return model.Then;
        yield return model.Else;
        yield return model.Reference;
    }
}
