using System.IO.MemoryMappedFiles;

namespace LatchGate.Fuzz.Engine;

/// <summary>
/// Holds the input that is being run in a mapped file, so that it outlives a process that a stack overflow ends. A run that ends in
/// order removes the file; one that is found there is a finding.
/// </summary>
internal sealed unsafe class Journal : IDisposable
{
    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _at;

    internal Journal(FindingStore store, int maxLength)
    {
        Directory.CreateDirectory(store.Folder);
        _path = PathOf(store);
        _file = MemoryMappedFile.CreateFromFile(_path, FileMode.Create, mapName: null, sizeof(int) + maxLength);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _at);
    }

    /// <summary>Notes what is about to run.</summary>
    internal void Note(ReadOnlySpan<byte> input)
    {
        *(int*)_at = input.Length;
        input.CopyTo(new Span<byte>(_at + sizeof(int), input.Length));
    }

    /// <summary>Turns what a dead run left into a finding; null when it left nothing.</summary>
    internal static Finding? Recover(FindingStore store)
    {
        var path = PathOf(store);
        if (!File.Exists(path))
        {
            return null;
        }

        var left = File.ReadAllBytes(path);
        File.Delete(path);
        var length = BitConverter.ToInt32(left);
        return store.Save(FindingKind.Death, left.AsSpan(sizeof(int), Math.Clamp(length, 0, left.Length - sizeof(int))), "the process ended while it ran this input");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }

    private static string PathOf(FindingStore store) => Path.Combine(store.Folder, ".running");
}
