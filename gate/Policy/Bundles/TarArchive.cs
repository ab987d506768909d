using System.Globalization;
using System.Text;
using LatchGate.Pipeline;

namespace LatchGate.Policy.Bundles;

/// <summary>One regular file of an archive.</summary>
/// <param name="Name">Path within the archive: parts joined by <c>/</c>, none of them empty, <c>.</c> or <c>..</c>.</param>
/// <param name="Content">Its bytes, which are the archive's own.</param>
internal readonly record struct TarFile(string Name, ReadOnlyMemory<byte> Content);

/// <summary>Reads a tar archive that is in memory: regular files and folders, and nothing else.</summary>
/// <remarks>
/// POSIX.1-2017, pax: a header block of 512 bytes, then the content padded to 512, and two zero blocks at the end.
/// <code>
/// name[0..100] mode uid gid size[124..136, octal] mtime chksum[148..156, octal] typeflag[156] linkname
/// magic[257..263]="ustar\0" version[263..265]="00" uname gname devmajor devminor prefix[345..500]
/// typeflag '0' or NUL: file;  '5': folder;  'x': records "LENGTH KEY=VALUE\n" for the next header, of which path and size count
/// </code>
/// Links, devices, sparse files, GNU's own headers and a name that occurs twice are refused: an archive has one reading.
/// </remarks>
internal sealed class TarArchive
{
    private const int Block = 512;
    private const int MostEntries = 10_000;
    private const int LongestName = 1024;
    private const int DeepestName = 32;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlyMemory<byte> _tar;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<TarFile> _files = [];
    private string? _longName;
    private long? _longSize;

    private TarArchive(ReadOnlyMemory<byte> tar) => _tar = tar;

    /// <summary>The files in the archive's order.</summary>
    /// <exception cref="StartupException">The archive is damaged or holds what it may not.</exception>
    internal static List<TarFile> Read(ReadOnlyMemory<byte> tar)
    {
        var archive = new TarArchive(tar);
        archive.ReadAll();
        return archive._files;
    }

    private void ReadAll()
    {
        var at = 0;
        for (var entries = 0; ; entries++)
        {
            if (_tar.Length - at < Block)
            {
                throw PolicyLoading.BadBundle("is cut off: the archive has no end.");
            }

            var header = _tar.Span.Slice(at, Block);
            if (!header.ContainsAnyExcept((byte)0))
            {
                break;
            }

            if (entries == MostEntries)
            {
                throw PolicyLoading.BadBundle($"has more than {MostEntries} entries.");
            }

            at = ReadEntry(header, at + Block);
        }

        if (_longName is not null || _longSize is not null || _tar.Span[at..].ContainsAnyExcept((byte)0) || _tar.Length - at < 2 * Block)
        {
            throw PolicyLoading.BadBundle("is not a tar archive that ends with two empty blocks.");
        }
    }

    // Answers where the next header is.
    private int ReadEntry(ReadOnlySpan<byte> header, int at)
    {
        if (!header.Slice(257, 8).SequenceEqual("ustar\000"u8) || Octal(header.Slice(148, 8)) != Checksum(header))
        {
            throw PolicyLoading.BadBundle("is not a POSIX tar archive, or a header of it is damaged.");
        }

        var type = header[156];
        var isRecord = type == (byte)'x';
        var size = isRecord ? Octal(header.Slice(124, 12)) : _longSize ?? Octal(header.Slice(124, 12));
        if (size > _tar.Length - at)
        {
            throw PolicyLoading.BadBundle("is cut off: a file is shorter than its header says.");
        }

        var content = _tar.Slice(at, (int)size);
        if (isRecord)
        {
            ReadRecords(content.Span);
        }
        else
        {
            var name = _longName ?? HeaderName(header);
            (_longName, _longSize) = (null, null);
            Add(type, name, content);
        }

        // The padding of the last file is checked with the end: a slice beyond it would be cut off.
        var next = at + ((long)size + Block - 1) / Block * Block;
        return next <= _tar.Length ? (int)next : throw PolicyLoading.BadBundle("is cut off: the archive has no end.");
    }

    private void Add(byte type, string name, ReadOnlyMemory<byte> content)
    {
        switch (type)
        {
            case (byte)'0' or 0:
                name = Normal(name);
                _files.Add(new TarFile(name, content));
                break;
            case (byte)'5' when content.IsEmpty:
                name = name.Trim('/') is "" or "." ? "." : Normal(name.EndsWith('/') ? name[..^1] : name);
                break;
            default:
                throw PolicyLoading.BadBundle("holds something other than files and folders, such as a link.");
        }

        if (!_names.Add(name))
        {
            throw PolicyLoading.BadBundle($"holds {Quote(name)} twice.");
        }
    }

    // opa writes names that begin with a slash; tar of "." writes "./".
    private static string Normal(string name)
    {
        var text = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name.StartsWith('/') ? name[1..] : name;
        var parts = text.Length > LongestName ? [] : text.Split('/');
        if (parts.Length is 0 or > DeepestName || Array.Exists(parts, static part => part is "" or "." or ".."))
        {
            throw PolicyLoading.BadBundle($"holds the name {Quote(name)}, which is no plain path.");
        }

        foreach (var c in text)
        {
            if (char.IsControl(c) || c == '\\')
            {
                throw PolicyLoading.BadBundle($"holds the name {Quote(name)}, which is no plain path.");
            }
        }

        return text;
    }

    private static string HeaderName(ReadOnlySpan<byte> header)
    {
        var (name, prefix) = (Text(header[..100]), Text(header.Slice(345, 155)));
        return prefix.Length == 0 ? name : $"{prefix}/{name}";
    }

    private void ReadRecords(ReadOnlySpan<byte> records)
    {
        if (_longName is not null || _longSize is not null)
        {
            throw PolicyLoading.BadBundle("has two extended headers for one entry.");
        }

        while (!records.IsEmpty)
        {
            var space = records.IndexOf((byte)' ');
            if (space is < 1 or > 8 || !int.TryParse(Encoding.ASCII.GetString(records[..space]), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                || length <= space + 1 || length > records.Length || records[length - 1] != (byte)'\n')
            {
                throw PolicyLoading.BadBundle("has a malformed extended header.");
            }

            ReadRecord(Decode(records[(space + 1)..(length - 1)]));
            records = records[length..];
        }
    }

    private void ReadRecord(string record)
    {
        var equals = record.IndexOf('=', StringComparison.Ordinal);
        var (key, value) = equals < 0 ? ("", "") : (record[..equals], record[(equals + 1)..]);
        switch (key)
        {
            case "path" when _longName is null:
                _longName = value;
                break;
            case "size" when _longSize is null && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size):
                _longSize = size;
                break;
            case "path" or "size" or "linkpath" or "" or "hdrcharset":
            case var other when other.StartsWith("GNU.", StringComparison.Ordinal):
                throw PolicyLoading.BadBundle($"has an extended header with {Quote(key)}, which it may not have.");
        }
    }

    private static long Octal(ReadOnlySpan<byte> field)
    {
        long value = 0;
        var digits = field.Trim(" \0"u8);
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                throw PolicyLoading.BadBundle("is not a POSIX tar archive: a number of a header is not octal.");
            }

            value = value * 8 + (digit - '0');
        }

        return value;
    }

    // The sum of all bytes, with the sum's own field read as spaces.
    private static long Checksum(ReadOnlySpan<byte> header)
    {
        long sum = 8 * ' ';
        for (var i = 0; i < header.Length; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : header[i];
        }

        return sum;
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Decode(end < 0 ? field : field[..end]);
    }

    private static string Decode(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Utf8.GetString(utf8);
        }
        catch (DecoderFallbackException e)
        {
            throw PolicyLoading.BadBundle("holds a name that is not UTF-8.", e);
        }
    }

    private static string Quote(string name) => $"'{PlainText.Clean(name, 200)}'";
}
