namespace LatchGate.Actions;

/// <summary>Reads the code of a compiled template (grammar: TemplateCode.cs). The code is the build's own, so nothing of it is checked.</summary>
internal ref struct ProgramReader(ReadOnlySpan<byte> code)
{
    private ReadOnlySpan<byte> _rest = code;

    /// <summary>Whether all is read.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>One byte.</summary>
    public byte Byte()
    {
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    /// <summary>One number.</summary>
    public int Number()
    {
        var at = 0;
        var value = (int)ImageReader.Long(_rest, ref at);
        _rest = _rest[at..];
        return value;
    }

    /// <summary>Counted bytes.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        var length = Number();
        var bytes = _rest[..length];
        _rest = _rest[length..];
        return bytes;
    }

    /// <summary>Counted bytes that are code.</summary>
    public ProgramReader Block() => new(Bytes());
}
