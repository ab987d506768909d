using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using LatchGate.Actions;

namespace LatchGate.Generators.Model;

/// <summary>Writes the code of a compiled template (grammar: gate/Actions/TemplateCode.cs).</summary>
internal sealed class ProgramWriter
{
    private readonly List<byte> _code = [];

    /// <summary>Bytes so far.</summary>
    public int Length => _code.Count;

    /// <summary>The code as text, which it is: every byte that is none of a text has seven bits.</summary>
    public override string ToString() => Encoding.UTF8.GetString(_code.ToArray());

    public void Op(Enum op) => _code.Add(Convert.ToByte(op));

    public void Flag(bool value) => _code.Add(value ? (byte)1 : (byte)0);

    /// <summary>Six bits a byte, lowest first; 64 is added to all but the last.</summary>
    public void Number(int value)
    {
        for (; value >= 64; value >>= 6)
        {
            _code.Add((byte)((value & 63) | 64));
        }

        _code.Add((byte)value);
    }

    public void Bytes(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Number(bytes.Length);
        _code.AddRange(bytes);
    }

    public void Block(ProgramWriter code)
    {
        Number(code._code.Count);
        _code.AddRange(code._code);
    }

    /// <summary>Code as it is.</summary>
    public void Append(ProgramWriter code) => _code.AddRange(code._code);
}

/// <summary>Writes a text: literals next to one another become one.</summary>
internal sealed class TextProgram
{
    private readonly ProgramWriter _code = new();
    private readonly StringBuilder _literal = new();
    private readonly List<int> _variables = [];

    /// <summary>The variables that it needs.</summary>
    public IReadOnlyList<int> Variables => _variables;

    /// <summary>Whether some list in it leaves it out when it has no items.</summary>
    public bool HasList { get; private set; }

    /// <summary>Whether it is nothing but literals.</summary>
    public bool IsConstant => _code.Length == 0;

    public void Literal(string text) => _literal.Append(text);

    public void Literal(char character) => _literal.Append(character);

    public void Value(TextMode mode, int variable)
    {
        Flush();
        _code.Op(TextOp.Value);
        _code.Op(mode);
        _code.Number(variable);
        _variables.Add(variable);
        HasList |= mode is TextMode.Csv or TextMode.PercentCsv or TextMode.HeaderCsv;
    }

    public void Op(TextOp op)
    {
        Flush();
        _code.Op(op);
    }

    public void EndEncoded(TextMode mode)
    {
        Op(TextOp.EndEncoded);
        _code.Op(mode);
    }

    /// <summary>Text that is left out when one of its values is absent; this one does not need them.</summary>
    public void Optional(TextProgram text)
    {
        Op(TextOp.Optional);
        _code.Block(text.Finish());
    }

    /// <summary>The code.</summary>
    public ProgramWriter Finish()
    {
        Flush();
        return _code;
    }

    /// <summary>The text, where it is constant.</summary>
    public string Constant() => _literal.ToString();

    private void Flush()
    {
        if (_literal.Length > 0)
        {
            _code.Op(TextOp.Literal);
            _code.Bytes(_literal.ToString());
            _literal.Clear();
        }
    }
}
