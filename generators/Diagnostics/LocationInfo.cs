using System;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LatchGate.Generators.Diagnostics;

/// <summary>A place in an additional file, held by value. Lines and columns count from zero.</summary>
internal readonly record struct LocationInfo(string Path, int Offset, int Line, int Column, int Length)
{
    /// <summary>The first character of a file.</summary>
    public static LocationInfo StartOf(string path) => new(path, 0, 0, 0, 0);

    /// <summary>The place as the compiler shows it.</summary>
    public Location ToLocation() => Location.Create(
        Path,
        new TextSpan(Offset, Length),
        new LinePositionSpan(new LinePosition(Line, Column), new LinePosition(Line, Column + Length)));

    /// <summary>The place <paramref name="count"/> characters further on the same line.</summary>
    public LocationInfo Skip(int count) => this with { Offset = Offset + count, Column = Column + count, Length = Math.Max(0, Length - count) };
}
