using System.Text;

namespace LatchGate.Identity;

/// <summary>
/// The base URLs under which clients may address this gate: <c>public_base_url</c> and, for clients of the Unix socket that do not
/// know it, further ones such as <c>http://localhost</c> (reference/wire.md §4.3). Never taken from a request.
/// </summary>
public sealed class AcceptedBaseUrls
{
    private readonly byte[][] _prefixes;
    private readonly string _first;

    /// <summary>Takes base URLs; the first is named in mismatch reasons.</summary>
    /// <exception cref="ArgumentException">None is given, or one is not an absolute http(s) URL without query and fragment.</exception>
    public AcceptedBaseUrls(params ReadOnlySpan<string> urls)
    {
        if (urls.IsEmpty)
        {
            throw new ArgumentException("At least one base URL is needed.", nameof(urls));
        }

        _prefixes = new byte[urls.Length][];
        for (var i = 0; i < urls.Length; i++)
        {
            var url = urls[i];
            if (url.AsSpan().ContainsAny('?', '#') || !Htu.TryNormalise(url, out var normalised)
                || !(normalised.StartsWith("http://", StringComparison.Ordinal) || normalised.StartsWith("https://", StringComparison.Ordinal)))
            {
                throw new ArgumentException($"'{url}' is not an absolute http or https URL without query and fragment.", nameof(urls));
            }

            _prefixes[i] = Encoding.UTF8.GetBytes(normalised.TrimEnd('/'));
        }

        _first = Encoding.UTF8.GetString(_prefixes[0]);
    }

    /// <summary>True when a normalised <c>htu</c> is an accepted base URL followed by exactly <paramref name="path"/>.</summary>
    internal bool Matches(ReadOnlySpan<byte> normalisedHtu, string path)
    {
        foreach (var prefix in _prefixes)
        {
            if (normalisedHtu.StartsWith(prefix) && IsPath(normalisedHtu[prefix.Length..], path))
            {
                return true;
            }
        }

        return false;
    }

    // Identifiers may be any text; what is ASCII is compared without copying it.
    private static bool IsPath(ReadOnlySpan<byte> named, string path) =>
        Ascii.Equals(named, path) || (!Ascii.IsValid(path) && named.SequenceEqual(Encoding.UTF8.GetBytes(path)));

    /// <summary>The URI that the first base URL gives for <paramref name="path"/>.</summary>
    internal string Expected(string path) => _first + path;
}
