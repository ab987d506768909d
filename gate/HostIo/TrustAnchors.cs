using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LatchGate.Secrets;
using LatchGate.Storage;

namespace LatchGate.HostIo;

/// <summary>
/// The certificate authorities that a connection trusts: the base set, and for a rule with a CA file those of the file too. A
/// file is read again when it changes; connections made under its earlier content are not used for later requests.
/// </summary>
/// <param name="baseRoots">The base set; null means the system's.</param>
/// <param name="filesRoot">The directory that files are below; empty means <c>/</c>.</param>
internal sealed class TrustAnchors(X509Certificate2Collection? baseRoots, string filesRoot = "")
{
    // A CA file holds a few certificates; this is the whole Mozilla list, four times.
    private const int MaxFileBytes = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Anchors> _files = new(StringComparer.Ordinal);

    /// <summary>The anchors of one rule.</summary>
    /// <param name="caFile">The rule's PEM file; null means the base set alone.</param>
    /// <param name="anchors">The anchors; one object for as long as the file does not change.</param>
    /// <returns>False when the file cannot be read or holds no certificate, or something that is none.</returns>
    internal bool TryGet(string? caFile, out Anchors? anchors)
    {
        anchors = null;
        if (caFile is null)
        {
            return true;
        }

        caFile = filesRoot + caFile;

        // A link is followed to what it names now: mounted files are replaced by moving a link.
        if (!Posix.TryStat(caFile, followLink: true, out var status) || !status.IsRegular || status.Size is 0 or > MaxFileBytes)
        {
            return false;
        }

        var stamp = FileStamp.Of(in status);
        lock (_lock)
        {
            if (_files.TryGetValue(caFile, out anchors) && anchors.Stamp == stamp)
            {
                return true;
            }

            _files.Remove(caFile);
            anchors = Read(caFile, stamp);
            if (anchors is not null)
            {
                _files.Add(caFile, anchors);
            }
        }

        return anchors is not null;
    }

    /// <summary>The only roots that TLS trusts; null means the system's.</summary>
    internal X509Certificate2Collection? RootsOf(Anchors? anchors)
    {
        if (anchors is null)
        {
            return baseRoots;
        }

        var roots = new X509Certificate2Collection(anchors.Certificates);
        roots.AddRange(baseRoots ?? SystemRoots());
        return roots;
    }

    private static Anchors? Read(string path, in FileStamp stamp)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(File.ReadAllText(path));
            return certificates.Count == 0 ? null : new Anchors(certificates, in stamp);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // Which of them it was does not matter: the rule is closed either way, and the record names it.
            return null;
        }
    }

    // A custom set replaces the system's, so that one is put into it.
    private static X509Certificate2Collection SystemRoots()
    {
        using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine);
        store.Open(OpenFlags.ReadOnly);
        return store.Certificates;
    }

    /// <summary>One content of one file.</summary>
    internal sealed class Anchors
    {
        internal Anchors(X509Certificate2Collection certificates, in FileStamp stamp) => (Certificates, Stamp) = (certificates, stamp);

        internal X509Certificate2Collection Certificates { get; }

        internal FileStamp Stamp { get; }
    }
}
