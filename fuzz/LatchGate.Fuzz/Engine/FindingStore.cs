using System.Globalization;
using System.Security.Cryptography;

namespace LatchGate.Fuzz.Engine;

/// <summary>What a finding is.</summary>
internal enum FindingKind
{
    /// <summary>The target threw: a property does not hold, or the code under test let an exception out.</summary>
    Crash,

    /// <summary>One execution took longer than the limit.</summary>
    Hang,

    /// <summary>The process ended: a stack overflow, for instance.</summary>
    Death,
}

/// <summary>An input that broke something.</summary>
/// <param name="Kind">How.</param>
/// <param name="Path">Where the input was saved.</param>
/// <param name="What">The exception, in one line.</param>
internal sealed record Finding(FindingKind Kind, string Path, string What);

/// <summary>Saves findings of one target under <c>FOLDER/TARGET/KIND-HASH</c>.</summary>
internal sealed class FindingStore(string folder, string target)
{
    /// <summary>Where inputs are saved.</summary>
    internal string Folder { get; } = Path.Combine(folder, target);

    /// <summary>Saves an input.</summary>
    internal Finding Save(FindingKind kind, ReadOnlySpan<byte> input, string what)
    {
        Directory.CreateDirectory(Folder);
        var name = string.Create(CultureInfo.InvariantCulture, $"{kind.ToString().ToLowerInvariant()}-{Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 8))}");
        var path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, input);
        return new Finding(kind, path, what);
    }
}
