using System.Globalization;
using System.Text;
using LatchGate.Storage;

namespace LatchGate.Egress.Proxy;

/// <summary>
/// The list as Squid reads it: one file for each of its ACL types, the first under the configured name, the others beside it.
/// </summary>
/// <remarks>
/// <code>
/// PATH              dstdomain     api.example.com  .example.net            a name, or a name and all below it
/// PATH.one-label    dstdom_regex  ^[^.]+\.eu\.example\.com$                exactly one label below: dstdomain has no word for it
/// PATH.addresses    dst           93.184.216.34  93.184.216.0/24           for requests that name an address
/// PATH.ports        port          443  8000-8099                           ports of any rule that lists something
/// PATH.tunnel-ports port          443                                      those that CONNECT may name
/// </code>
/// Lines that begin with <c>#</c> are comments. Each is replaced whole and has mode 0644 whatever the umask, because another user reads
/// it: it holds nothing secret. Source: Squid 5 reference, <c>acl</c>.
/// </remarks>
internal static class SquidFiles
{
    private const UnixFileMode Shared =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const int LargestFile = 4 * 1024 * 1024;

    /// <summary>What the names of the files end in; the first is the configured name itself.</summary>
    internal static readonly string[] Suffixes = ["", ".one-label", ".addresses", ".ports", ".tunnel-ports"];

    /// <summary>Writes what differs, each file whole and durably.</summary>
    /// <returns>Whether anything differed.</returns>
    /// <exception cref="IOException">A file cannot be written; those before it are.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    internal static bool Write(string path, EgressAllowlist list)
    {
        var changed = false;

        // The file with the marker last: who has it in force has the others too.
        for (var i = Suffixes.Length - 1; i >= 0; i--)
        {
            var (file, content) = (path + Suffixes[i], Encoding.UTF8.GetBytes(Content(list, i)));
            if (!Holds(file, content))
            {
                AtomicFile.Publish(file, content, Shared);
                changed = true;
            }
        }

        return changed;
    }

    /// <summary>Whether the files are those of <paramref name="list"/>, byte for byte.</summary>
    internal static bool Hold(string path, EgressAllowlist list)
    {
        for (var i = 0; i < Suffixes.Length; i++)
        {
            if (!Holds(path + Suffixes[i], Encoding.UTF8.GetBytes(Content(list, i))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The content of the file with the <paramref name="index"/>th suffix.</summary>
    internal static string Content(EgressAllowlist list, int index)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# LatchGate's egress allowlist, made from the gate's manifests: do not edit, it is replaced.\n# list {list.Digest}\n");
        if (index == 0)
        {
            text.Append("# The next name never resolves. It shows the gate that this list is in force.\n").Append(list.Marker).Append('\n');
        }

        foreach (var entry in Entries(list, index))
        {
            text.Append(entry).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The entries of one file, without comments and marker.</summary>
    internal static string[] Entries(EgressAllowlist list, int index) => index switch
    {
        0 => list.Domains,
        1 => Array.ConvertAll(list.OneLabel, static name => $"^[^.]+\\.{name.Replace(".", "\\.", StringComparison.Ordinal)}$"),
        2 => list.Networks,
        3 => Array.ConvertAll(list.Ports, EgressAllowlist.Text),
        _ => Array.ConvertAll(list.TunnelPorts, EgressAllowlist.Text),
    };

    /// <summary>The entries that a file has now; null when there is no such file.</summary>
    /// <exception cref="IOException">It cannot be read, or is too large for a list.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    internal static string[]? Read(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        var entries = new List<string>();
        foreach (var line in ReadText(file).Split('\n'))
        {
            var entry = line.Trim();
            if (entry.Length > 0 && entry[0] != '#' && !entry.EndsWith("." + EgressAllowlist.MarkerDomain, StringComparison.Ordinal))
            {
                entries.Add(entry);
            }
        }

        return [.. entries];
    }

    private static string ReadText(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length > LargestFile)
        {
            throw new IOException($"{file} is too large for an allowlist.");
        }

        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static bool Holds(string file, byte[] content)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (stream.Length != content.Length || (File.GetUnixFileMode(file) & Shared) != Shared)
            {
                return false;
            }

            var present = new byte[content.Length];
            stream.ReadExactly(present);
            return present.AsSpan().SequenceEqual(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whatever cannot be read is written anew, and that says what is wrong.
            return false;
        }
    }
}
