using System.Globalization;
using System.Text;

namespace LatchGate.Fuzz.Instrument;

/// <summary>Numbers the basic blocks of all assemblies, and remembers whose they are.</summary>
/// <remarks>The file has a line for each type, <c>FIRST TAB COUNT TAB FULL-NAME</c>, by which a run tells how much of the code under test it entered.</remarks>
internal sealed class BlockTable
{
    private readonly StringBuilder _lines = new();

    /// <summary>The number of the next block.</summary>
    internal int Next { get; private set; }

    /// <summary>Takes the next <paramref name="count"/> numbers for a type.</summary>
    internal void Take(string type, int count)
    {
        _lines.Append(CultureInfo.InvariantCulture, $"{Next}\t{count}\t{type}\n");
        Next += count;
    }

    internal void Write(string path) => File.WriteAllText(path, _lines.ToString());
}
