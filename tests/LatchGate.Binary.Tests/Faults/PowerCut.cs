using System.Text;

namespace LatchGate.Binary.Tests.Faults;

/// <summary>
/// What a power cut leaves of files: the journal of a run's writes, read again under the rules of a disk.
/// </summary>
/// <remarks>
/// <code>
/// written, cut              in the page cache; on the disk only some of it, in any order, until
/// the file is synced        all of it is on the disk
/// the sync of it fails      what was not on the disk by then never will be: the kernel has marked it clean (Linux since 4.13)
/// a name made or removed    is on the disk when its folder was synced, or perhaps
/// </code>
/// What is left without a sync is chosen sector by sector (512 bytes) by a seeded generator, or nothing at all.
/// </remarks>
internal sealed class PowerCut
{
    private const int Sector = 512;

    private readonly Dictionary<string, byte[]> _base = [];
    private readonly string _root;
    private Disk _disk;

    /// <summary>Remembers the files as they are: all of it on the disk.</summary>
    internal PowerCut(string root)
    {
        _root = root;
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            _base.Add(path, File.ReadAllBytes(path));
        }

        _disk = new Disk(_base);
    }

    /// <summary>Writes that no sync has brought to the disk: what there is to lose.</summary>
    internal int Waiting => _disk.Waiting;

    /// <summary>Reads what the fault library has recorded since.</summary>
    internal PowerCut Read(string journal)
    {
        var disk = _disk = new Disk(_base);
        using (var records = new BinaryReader(File.OpenRead(journal)))
        {
            while (records.BaseStream.Length - records.BaseStream.Position >= 20)
            {
                var (kind, pathLength, length, offset) = (records.ReadInt32(), records.ReadInt32(), records.ReadInt32(), records.ReadInt64());
                if (records.BaseStream.Length - records.BaseStream.Position < pathLength + length)
                {
                    // The process was killed while it recorded it.
                    break;
                }

                disk.Read(kind, Encoding.UTF8.GetString(records.ReadBytes(pathLength)), offset, records.ReadBytes(length));
            }
        }

        return this;
    }

    /// <summary>Makes <paramref name="target"/> what is left of the folder.</summary>
    /// <param name="target">A folder whose files are replaced; the folder itself to do it in place.</param>
    /// <param name="seed">Which unsynced sectors are left; null for none.</param>
    internal void Apply(string target, int? seed)
    {
        var left = _disk.Cut(seed is { } number ? new Random(number) : null);
        foreach (var path in Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories))
        {
            File.Delete(path);
        }

        foreach (var (path, content) in left)
        {
            // The index of the write-ahead log is memory; SQLite makes it anew. Locks and marks hold no evidence.
            if (path.EndsWith("-shm", StringComparison.Ordinal))
            {
                continue;
            }

            var place = Path.Combine(target, Path.GetRelativePath(_root, path));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.WriteAllBytes(place, content);
            File.SetUnixFileMode(place, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private sealed class Disk
    {
        private readonly Dictionary<string, Stored> _files = [];
        private readonly List<(string Path, Stored? Before)> _names = [];

        internal Disk(Dictionary<string, byte[]> files)
        {
            foreach (var (path, content) in files)
            {
                _files.Add(path, new Stored(content));
            }
        }

        internal void Read(int kind, string path, long offset, byte[] data)
        {
            switch (kind)
            {
                case 1:
                    FileAt(path).Waiting.Add((offset, data));
                    break;
                case 2:
                    FileAt(path).Waiting.Add((offset, null));
                    break;
                case 3:
                    FileAt(path).Sync();
                    break;
                case 4:
                    FileAt(path).Waiting.Clear();
                    break;
                case 5:
                    _names.Add((path, null));
                    _files[path] = new Stored([]);
                    break;
                case 6:
                    _names.Add((path, _files.GetValueOrDefault(path)));
                    _files.Remove(path);
                    break;
                case 7:
                    var to = Encoding.UTF8.GetString(data);
                    _names.Add((to, _files.GetValueOrDefault(to)));
                    _files[to] = FileAt(path);
                    _names.Add((path, _files[to]));
                    _files.Remove(path);
                    break;
                case 8:
                    _names.RemoveAll(name => Path.GetDirectoryName(name.Path) == path.TrimEnd('/'));
                    break;
                default:
                    throw new InvalidDataException($"The journal has a record of kind {kind}.");
            }
        }

        internal int Waiting => _files.Values.Sum(file => file.Waiting.Count);

        internal Dictionary<string, byte[]> Cut(Random? random)
        {
            var files = new Dictionary<string, Stored>(_files);
            for (var i = _names.Count - 1; i >= 0; i--)
            {
                // Names come and go in order: a later one that is kept keeps those before it.
                if (random is not null && random.Next(2) == 0)
                {
                    break;
                }

                if (_names[i].Before is { } before)
                {
                    files[_names[i].Path] = before;
                }
                else
                {
                    files.Remove(_names[i].Path);
                }
            }

            return files.ToDictionary(file => file.Key, file => file.Value.Cut(random));
        }

        private Stored FileAt(string path)
        {
            if (!_files.TryGetValue(path, out var file))
            {
                // It was opened before it lost its name.
                file = new Stored([]);
                _files.Add(path, file);
            }

            return file;
        }
    }

    private sealed class Stored(byte[] content)
    {
        private readonly Bytes _content = new(content);

        /// <summary>What is not on the disk for certain: bytes at a place, or a length.</summary>
        internal List<(long Offset, byte[]? Data)> Waiting { get; } = [];

        internal void Sync()
        {
            foreach (var (offset, data) in Waiting)
            {
                _content.Put(offset, data);
            }

            Waiting.Clear();
        }

        internal byte[] Cut(Random? random)
        {
            var left = new Bytes(_content.ToArray());
            foreach (var (offset, data) in random is null ? [] : Waiting)
            {
                if (data is null)
                {
                    if (random!.Next(2) == 0)
                    {
                        left.Put(offset, null);
                    }

                    continue;
                }

                for (var start = 0; start < data.Length;)
                {
                    var end = (int)Math.Min(data.Length, start + Sector - ((offset + start) % Sector));
                    if (random!.Next(2) == 0)
                    {
                        left.Put(offset + start, data.AsSpan(start..end));
                    }

                    start = end;
                }
            }

            return left.ToArray();
        }
    }

    /// <summary>A file's bytes, which grow.</summary>
    private sealed class Bytes(byte[] content)
    {
        private byte[] _buffer = content;
        private int _length = content.Length;

        /// <summary>Puts bytes at a place; without any, that is the length.</summary>
        internal void Put(long offset, ReadOnlySpan<byte> data)
        {
            var end = (int)offset + data.Length;
            var length = data.IsEmpty ? end : Math.Max(_length, end);
            if (length > _buffer.Length)
            {
                Array.Resize(ref _buffer, Math.Max(length, 2 * _buffer.Length));
            }

            if (length < _length)
            {
                // What grows again holds zeros.
                Array.Clear(_buffer, length, _length - length);
            }

            _length = length;
            data.CopyTo(_buffer.AsSpan((int)offset));
        }

        internal byte[] ToArray() => _buffer[.._length];
    }
}
