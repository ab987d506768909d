using LatchGate.Crypto;

namespace LatchGate.Json;

/// <summary>
/// Writes canonical JSON (RFC 8785) directly. Names must come in canonical order; a name out of order throws, so a finished
/// text is canonical. Pooled buffers: dispose it. Not thread-safe.
/// </summary>
public sealed class CanonicalWriter : IDisposable
{
    private const long LargestSafeInteger = (1L << 53) - 1;

    private readonly PooledBuffer _output = new(1024);
    private readonly PooledBuffer _names = new(128);
    private readonly Scope[] _scopes = new Scope[16];
    private int _depth;
    private bool _nameWritten;
    private bool _done;

    /// <summary>Text of a complete value.</summary>
    internal ReadOnlySpan<byte> Complete => _done && _depth == 0
        ? _output.Written
        : throw new InvalidOperationException("The JSON value is not complete.");

    /// <summary>Begins an object as the next value.</summary>
    public CanonicalWriter BeginObject() => Begin(isObject: true);

    /// <summary>Begins an array as the next value.</summary>
    public CanonicalWriter BeginArray() => Begin(isObject: false);

    /// <summary>Ends the innermost object or array.</summary>
    public CanonicalWriter End()
    {
        if (_depth == 0 || _nameWritten)
        {
            throw new InvalidOperationException("Nothing can end here.");
        }

        var scope = _scopes[--_depth];
        _names.Truncate(scope.NameStart);
        _output.Write(scope.IsObject ? (byte)'}' : (byte)']');
        _done = _depth == 0;
        return this;
    }

    /// <summary>Writes a member's name.</summary>
    /// <param name="name">UTF-8, greater than the object's previous name by UTF-16 code units.</param>
    /// <exception cref="InvalidOperationException">The name is out of order or repeated, or no object is open.</exception>
    public CanonicalWriter Name(ReadOnlySpan<byte> name)
    {
        if (_depth == 0 || !_scopes[_depth - 1].IsObject || _nameWritten)
        {
            throw new InvalidOperationException("A name is not expected here.");
        }

        ref var scope = ref _scopes[_depth - 1];
        if (scope.Count++ > 0)
        {
            if (JsonText.CompareNames(_names.Written[scope.NameStart..], name) >= 0)
            {
                throw new InvalidOperationException("A member's name is out of canonical order.");
            }

            _output.Write((byte)',');
        }

        _names.Truncate(scope.NameStart);
        _names.Write(name);
        JsonText.WriteString(_output, name);
        _output.Write((byte)':');
        _nameWritten = true;
        return this;
    }

    /// <summary>Writes a string, or <c>null</c>. A lone surrogate becomes U+FFFD.</summary>
    public CanonicalWriter Value(string? text)
    {
        if (text is null)
        {
            return Null();
        }

        BeginValue();
        JsonText.WriteString(_output, text.AsSpan());
        return EndValue();
    }

    /// <summary>Writes an integer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It lies outside ±(2^53 − 1).</exception>
    public CanonicalWriter Value(long number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, LargestSafeInteger);
        ArgumentOutOfRangeException.ThrowIfLessThan(number, -LargestSafeInteger);
        BeginValue();
        Es6Number.Write(_output, number);
        return EndValue();
    }

    /// <summary>Writes <c>true</c> or <c>false</c>.</summary>
    public CanonicalWriter Value(bool value)
    {
        BeginValue();
        _output.Write(value ? "true"u8 : "false"u8);
        return EndValue();
    }

    /// <summary>Writes a digest in its text form, <c>sha256:HEX</c>.</summary>
    public CanonicalWriter Value(Sha256Digest digest)
    {
        BeginValue();
        _output.Write("\"sha256:"u8);
        digest.WriteHex(_output.Reserve(2 * Sha256Digest.Size));
        _output.Advance(2 * Sha256Digest.Size);
        _output.Write((byte)'"');
        return EndValue();
    }

    /// <summary>Writes a value that is canonical already.</summary>
    public CanonicalWriter Value(CanonicalBytes value)
    {
        BeginValue();
        _output.Write(value.Span);
        return EndValue();
    }

    /// <summary>Writes <c>null</c>.</summary>
    public CanonicalWriter Null()
    {
        BeginValue();
        _output.Write("null"u8);
        return EndValue();
    }

    /// <summary>Writes a member with a string, or <c>null</c>.</summary>
    public CanonicalWriter Member(ReadOnlySpan<byte> name, string? text) => Name(name).Value(text);

    /// <summary>Writes a member with an integer, or <c>null</c>.</summary>
    public CanonicalWriter Member(ReadOnlySpan<byte> name, long? number) => number is { } n ? Name(name).Value(n) : Name(name).Null();

    /// <summary>Writes a member with <c>true</c> or <c>false</c>.</summary>
    public CanonicalWriter Member(ReadOnlySpan<byte> name, bool value) => Name(name).Value(value);

    /// <summary>Writes a member with a digest in its text form, or <c>null</c>.</summary>
    public CanonicalWriter Member(ReadOnlySpan<byte> name, Sha256Digest? digest) => digest is { } d ? Name(name).Value(d) : Name(name).Null();

    /// <summary>Writes a member whose value is canonical already, or <c>null</c>.</summary>
    public CanonicalWriter Member(ReadOnlySpan<byte> name, CanonicalBytes? value) => value is null ? Name(name).Null() : Name(name).Value(value);

    /// <summary>Writes a member only when there is a string.</summary>
    public CanonicalWriter Optional(ReadOnlySpan<byte> name, string? text) => text is null ? this : Member(name, text);

    /// <summary>Writes a member only when there is a digest.</summary>
    public CanonicalWriter Optional(ReadOnlySpan<byte> name, Sha256Digest? digest) => digest is null ? this : Member(name, digest);

    /// <summary>Writes a member only when there is a value.</summary>
    public CanonicalWriter Optional(ReadOnlySpan<byte> name, CanonicalBytes? value) => value is null ? this : Member(name, value);

    /// <summary>Forgets everything written, to write another value into the same buffers.</summary>
    public CanonicalWriter Reset()
    {
        _output.Truncate(0);
        _names.Truncate(0);
        (_depth, _nameWritten, _done) = (0, false, false);
        return this;
    }

    /// <summary>The finished text.</summary>
    /// <exception cref="InvalidOperationException">The value is not complete.</exception>
    public CanonicalBytes Finish() => CanonicalBytes.Of(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _names.Dispose();
    }

    private CanonicalWriter Begin(bool isObject)
    {
        BeginValue();
        if (_depth == _scopes.Length)
        {
            throw new InvalidOperationException("Nested too deeply.");
        }

        _scopes[_depth++] = new Scope(isObject, _names.Length);
        _output.Write(isObject ? (byte)'{' : (byte)'[');
        return this;
    }

    private void BeginValue()
    {
        if (_done || (_depth > 0 && _scopes[_depth - 1].IsObject && !_nameWritten))
        {
            throw new InvalidOperationException("A value is not expected here.");
        }

        if (_depth > 0 && !_scopes[_depth - 1].IsObject && _scopes[_depth - 1].Count++ > 0)
        {
            _output.Write((byte)',');
        }

        _nameWritten = false;
    }

    private CanonicalWriter EndValue()
    {
        _done = _depth == 0;
        return this;
    }

    private struct Scope(bool isObject, int nameStart)
    {
        internal readonly bool IsObject = isObject;
        internal readonly int NameStart = nameStart;
        internal int Count;
    }
}
