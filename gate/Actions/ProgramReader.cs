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
        var value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var octet = Byte();
            value |= (octet & 0x7F) << shift;
            if (octet < 0x80)
            {
                return value;
            }
        }
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
