using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>What has a value in this request: the rest is left out with its name.</summary>
internal readonly ref partial struct TaskRenderer
{
    // A text has a value when all its variables do. A list without items has none.
    private bool Has(ProgramReader parts)
    {
        while (!parts.AtEnd)
        {
            switch ((TextOp)parts.Byte())
            {
                case TextOp.Literal:
                    parts.Bytes();
                    break;
                case TextOp.EndEncoded:
                    parts.Byte();
                    break;
                case TextOp.Optional:
                    parts.Block();
                    break;
                case TextOp.Value:
                    var mode = (TextMode)parts.Byte();
                    var value = _input.Value(parts.Number());
                    if (value.ValueKind == JsonValueKind.Undefined
                        || (mode is TextMode.Csv or TextMode.PercentCsv or TextMode.HeaderCsv && value.GetArrayLength() == 0))
                    {
                        return false;
                    }

                    break;
            }
        }

        return true;
    }

    private bool Has(int variable) => _input.Value(variable).ValueKind != JsonValueKind.Undefined;

    private bool HasNode(ProgramReader node)
    {
        switch ((NodeOp)node.Byte())
        {
            case NodeOp.Value:
                return Has(node.Number());
            case NodeOp.Text:
                return Has(node.Block());
            case NodeOp.Object:
                return node.Byte() == 0 || HasMember(node);
            case NodeOp.Array:
                return node.Byte() == 0 || HasItem(node);
            default:
                return true;
        }
    }

    private bool HasMember(ProgramReader members)
    {
        while (!members.AtEnd)
        {
            if ((MemberOp)members.Byte() == MemberOp.Spread)
            {
                if (Has(members.Number()))
                {
                    return true;
                }

                continue;
            }

            members.Bytes();
            if (HasNode(members.Block()))
            {
                return true;
            }
        }

        return false;
    }

    private bool HasItem(ProgramReader items)
    {
        while (!items.AtEnd)
        {
            if (HasNode(items.Block()))
            {
                return true;
            }
        }

        return false;
    }

    private static int LastVariable(ProgramReader parts)
    {
        var variable = -1;
        while (!parts.AtEnd)
        {
            switch ((TextOp)parts.Byte())
            {
                case TextOp.Literal:
                    parts.Bytes();
                    break;
                case TextOp.EndEncoded:
                    parts.Byte();
                    break;
                case TextOp.Optional:
                    parts.Block();
                    break;
                case TextOp.Value:
                    parts.Byte();
                    variable = parts.Number();
                    break;
            }
        }

        return variable;
    }
}
