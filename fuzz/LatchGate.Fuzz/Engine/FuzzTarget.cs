namespace LatchGate.Fuzz.Engine;

/// <summary>One piece of the product under arbitrary bytes, with the property that must hold for all of them.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Its name, which is also that of its corpus folder and of its dictionary.</summary>
    internal abstract string Name { get; }

    /// <summary>What holds for every input: one sentence.</summary>
    internal abstract string Property { get; }

    /// <summary>Prefixes of the full names of the types under test, by which coverage is counted.</summary>
    internal abstract IReadOnlyList<string> Subjects { get; }

    /// <summary>Longest input that is worth trying, in bytes.</summary>
    internal virtual int MaxLength => 1024;

    /// <summary>Runs the code under test once. Whatever is thrown is a finding.</summary>
    /// <exception cref="PropertyException">The property does not hold.</exception>
    internal abstract void Run(ReadOnlySpan<byte> input);
}
