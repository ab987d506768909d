using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace LatchGate.Json;

/// <summary>
/// The one pass over a JSON text: checks it (I-JSON, RFC 7493, and limits) and writes its canonical form (RFC 8785).
/// </summary>
/// <remarks>
/// Members are written in the order they come. Their names are kept, escapes resolved, beside the offsets of their text, and an
/// object that turns out unsorted is put in order when it ends. Text that is canonical already is therefore only copied.
/// </remarks>
internal sealed class JsonPass : IDisposable
{
    private const long LargestSafeInteger = (1L << 53) - 1;
    private const int LongestSafeInteger = 17;

    private readonly PooledBuffer _output;
    private readonly PooledBuffer _names = new(256);
    private Member[] _members = ArrayPool<Member>.Shared.Rent(16);
    private int _memberCount;
    private Frame[] _frames = ArrayPool<Frame>.Shared.Rent(16);
    private int _depth;
    private long _duplicateAt;
    private bool _inexact;

    private JsonPass(int capacity) => _output = new PooledBuffer(capacity);

    /// <summary>The canonical form; complete only when <see cref="Fault"/> is none.</summary>
    internal ReadOnlySpan<byte> Canonical =>
        _inexact ? throw new InvalidOperationException("A number of the text has no canonical form.") : _output.Written;

    internal JsonFault Fault { get; private set; }

    /// <summary>Passes over <paramref name="utf8"/>. The caller disposes the pass, also after a fault.</summary>
    internal static JsonPass Over(ReadOnlySpan<byte> utf8, JsonLimits limits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.MaxDepth, JsonLimits.DeepestAllowed);
        var pass = new JsonPass(Math.Max(16, Math.Min(utf8.Length, limits.MaxBytes)));
        if (utf8.Length > limits.MaxBytes)
        {
            pass.Fault = new JsonFault(JsonFaultKind.TooLarge, limits.MaxBytes, utf8.Length, limits.MaxBytes);
        }
        else if (!Utf8.IsValid(utf8))
        {
            pass.Fault = new JsonFault(JsonFaultKind.InvalidUtf8, FirstInvalid(utf8));
        }
        else
        {
            pass.Run(utf8, limits);
        }

        return pass;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _names.Dispose();
        ArrayPool<Member>.Shared.Return(_members);
        ArrayPool<Frame>.Shared.Return(_frames);
        (_members, _frames) = ([], []);
    }

    private void Run(ReadOnlySpan<byte> utf8, JsonLimits limits)
    {
        // One deeper than allowed, so that the pass and not the reader reports the depth.
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = limits.MaxDepth + 1 });
        try
        {
            while (reader.Read())
            {
                var fault = Take(ref reader, limits);
                if (fault != JsonFaultKind.None)
                {
                    Fault = fault switch
                    {
                        JsonFaultKind.TooDeep => new JsonFault(fault, reader.TokenStartIndex, limits.MaxDepth + 1, limits.MaxDepth),
                        JsonFaultKind.ArrayTooLong => new JsonFault(fault, reader.TokenStartIndex, limits.MaxArrayItems + 1L, limits.MaxArrayItems),
                        JsonFaultKind.DuplicateName => new JsonFault(fault, _duplicateAt),
                        _ => new JsonFault(fault, reader.TokenStartIndex),
                    };
                    return;
                }
            }
        }
        catch (JsonException)
        {
            // The reader's message quotes the text, which may be secret; the position is enough.
            Fault = new JsonFault(JsonFaultKind.Malformed, reader.BytesConsumed);
        }
    }

    private JsonFaultKind Take(ref Utf8JsonReader reader, JsonLimits limits)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                return TakeName(ref reader);
            case JsonTokenType.EndObject:
                return EndObject();
            case JsonTokenType.EndArray:
                _depth--;
                _output.Write((byte)']');
                return JsonFaultKind.None;
            default:
                return BeginItem(limits) ? TakeValue(ref reader, limits) : JsonFaultKind.ArrayTooLong;
        }
    }

    private JsonFaultKind TakeValue(ref Utf8JsonReader reader, JsonLimits limits)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
            case JsonTokenType.StartArray:
                if (_depth == limits.MaxDepth)
                {
                    return JsonFaultKind.TooDeep;
                }

                Push(reader.TokenType == JsonTokenType.StartObject);
                return JsonFaultKind.None;
            case JsonTokenType.String:
                return TakeString(ref reader);
            case JsonTokenType.Number:
                return TakeNumber(reader.ValueSpan, limits);
            case JsonTokenType.True:
                _output.Write("true"u8);
                return JsonFaultKind.None;
            case JsonTokenType.False:
                _output.Write("false"u8);
                return JsonFaultKind.None;
            case JsonTokenType.Null:
                _output.Write("null"u8);
                return JsonFaultKind.None;
            default:
                return JsonFaultKind.Malformed;
        }
    }

    private void Push(bool isObject)
    {
        if (_depth == _frames.Length)
        {
            GrowPooled(ref _frames);
        }

        _frames[_depth++] = new Frame(isObject, _output.Length, _memberCount, _names.Length);
        _output.Write(isObject ? (byte)'{' : (byte)'[');
    }

    /// <summary>Writes the comma before an array's item and counts it; false when the array is too long.</summary>
    private bool BeginItem(JsonLimits limits)
    {
        if (_depth == 0 || _frames[_depth - 1].IsObject)
        {
            return true;
        }

        ref var frame = ref _frames[_depth - 1];
        if (frame.Items++ > 0)
        {
            _output.Write((byte)',');
        }

        return frame.Items <= limits.MaxArrayItems;
    }

    private JsonFaultKind TakeName(ref Utf8JsonReader reader)
    {
        ref var frame = ref _frames[_depth - 1];
        var nameStart = _names.Length;
        if (!reader.ValueIsEscaped)
        {
            _names.Write(reader.ValueSpan);
        }
        else if (!JsonText.TryUnescape(reader.ValueSpan, _names))
        {
            return JsonFaultKind.LoneSurrogate;
        }

        var name = _names.Written[nameStart..];
        if (_memberCount > frame.FirstMember)
        {
            ref var last = ref _members[_memberCount - 1];
            last.TextEnd = _output.Length;
            _output.Write((byte)',');
            var order = JsonText.CompareNames(NameOf(last), name);
            if (order == 0)
            {
                _duplicateAt = reader.TokenStartIndex;
                return JsonFaultKind.DuplicateName;
            }

            frame.Unsorted |= order > 0;
        }

        if (_memberCount == _members.Length)
        {
            GrowPooled(ref _members);
        }

        _members[_memberCount++] = new Member(nameStart, name.Length, _output.Length, reader.TokenStartIndex);
        JsonText.WriteString(_output, name);
        _output.Write((byte)':');
        return JsonFaultKind.None;
    }

    private JsonFaultKind EndObject()
    {
        ref var frame = ref _frames[--_depth];
        if (frame.Unsorted)
        {
            _members[_memberCount - 1].TextEnd = _output.Length;
            var members = _members.AsSpan(frame.FirstMember, _memberCount - frame.FirstMember);
            members.Sort(new ByName(_names.Array));
            for (var i = 1; i < members.Length; i++)
            {
                if (NameOf(members[i - 1]).SequenceEqual(NameOf(members[i])))
                {
                    _duplicateAt = Math.Max(members[i - 1].SourceStart, members[i].SourceStart);
                    return JsonFaultKind.DuplicateName;
                }
            }

            Reorder(frame.TextStart, members);
        }

        _output.Write((byte)'}');
        _memberCount = frame.FirstMember;
        _names.Truncate(frame.NamesStart);
        return JsonFaultKind.None;
    }

    private void Reorder(int textStart, ReadOnlySpan<Member> members)
    {
        var length = _output.Length - textStart;
        var unsorted = ArrayPool<byte>.Shared.Rent(length);
        _output.Written[textStart..].CopyTo(unsorted);
        _output.Truncate(textStart);
        foreach (var member in members)
        {
            _output.Write(_output.Length == textStart ? (byte)'{' : (byte)',');
            _output.Write(unsorted.AsSpan(member.TextStart - textStart, member.TextEnd - member.TextStart));
        }

        ArrayPool<byte>.Shared.Return(unsorted);
    }

    private JsonFaultKind TakeString(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            // No escape in valid text means that nothing needs one.
            _output.Write((byte)'"');
            _output.Write(reader.ValueSpan);
            _output.Write((byte)'"');
            return JsonFaultKind.None;
        }

        var scratch = _names.Length;
        if (!JsonText.TryUnescape(reader.ValueSpan, _names))
        {
            return JsonFaultKind.LoneSurrogate;
        }

        JsonText.WriteString(_output, _names.Written[scratch..]);
        _names.Truncate(scratch);
        return JsonFaultKind.None;
    }

    private JsonFaultKind TakeNumber(ReadOnlySpan<byte> text, JsonLimits limits)
    {
        if (text.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0)
        {
            if (text.Length > LongestSafeInteger
                || !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
                || Math.Abs(integer) > LargestSafeInteger)
            {
                return TakeInexact(text, limits) ? JsonFaultKind.None : JsonFaultKind.UnsafeInteger;
            }

            Es6Number.Write(_output, integer);
            return JsonFaultKind.None;
        }

        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            return TakeInexact(text, limits) ? JsonFaultKind.None : JsonFaultKind.NumberOverflow;
        }

        // Below 1e21 its canonical form is a plain integer, which nobody would read again.
        if (Math.Abs(value) is > LargestSafeInteger and < Es6Number.LeastExponential)
        {
            return TakeInexact(text, limits) ? JsonFaultKind.None : JsonFaultKind.UnsafeInteger;
        }

        Es6Number.Write(_output, value);
        return JsonFaultKind.None;
    }

    private bool TakeInexact(ReadOnlySpan<byte> text, JsonLimits limits)
    {
        _output.Write(text);
        _inexact = true;
        return limits.AnyNumber;
    }

    private ReadOnlySpan<byte> NameOf(in Member member) => _names.Written.Slice(member.NameStart, member.NameLength);

    private static long FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        long position = 0;
        while (System.Text.Rune.DecodeFromUtf8(utf8, out _, out var consumed) == OperationStatus.Done)
        {
            position += consumed;
            utf8 = utf8[consumed..];
        }

        return position;
    }

    private static void GrowPooled<T>(ref T[] array)
    {
        var larger = ArrayPool<T>.Shared.Rent(2 * array.Length);
        array.CopyTo(larger, 0);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }

    /// <summary>An open object or array: where its text, members and names begin.</summary>
    private struct Frame(bool isObject, int textStart, int firstMember, int namesStart)
    {
        internal readonly bool IsObject = isObject;
        internal readonly int TextStart = textStart;
        internal readonly int FirstMember = firstMember;
        internal readonly int NamesStart = namesStart;
        internal int Items;
        internal bool Unsorted;
    }

    /// <summary>A member of an open object: its name in the names buffer, its text (name, colon, value) in the output.</summary>
    private struct Member(int nameStart, int nameLength, int textStart, long sourceStart)
    {
        internal readonly int NameStart = nameStart;
        internal readonly int NameLength = nameLength;
        internal readonly int TextStart = textStart;
        internal readonly long SourceStart = sourceStart;
        internal int TextEnd;
    }

    private readonly struct ByName(byte[] names) : IComparer<Member>
    {
        public int Compare(Member x, Member y) => JsonText.CompareNames(
            names.AsSpan(x.NameStart, x.NameLength), names.AsSpan(y.NameStart, y.NameLength));
    }
}
