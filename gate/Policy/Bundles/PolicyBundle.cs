using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;
using LatchGate.Pipeline;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy.Bundles;

/// <summary>
/// An operator's policy: an OPA bundle with a compiled plan (openpolicyagent.org/docs/latest/management-bundles). Immutable.
/// </summary>
/// <remarks>
/// <code>
/// bundle.tar.gz
///   .manifest         { "revision": STRING, "roots": [PATH], … }     optional
///   .signatures.json  { "signatures": [JWT] }                        demanded where a key is configured
///   plan.json         the plan with the entry point latchgate/decision
///   …/data.json       data, below the names of its folders
///   …/*.rego          the sources; carried along, not read
/// </code>
/// Any other file is refused: the gate would not heed it, and the operator should know.
/// </remarks>
/// <param name="Revision">The manifest's revision; empty where it has none.</param>
/// <param name="Roots">The paths that the manifest says the bundle owns; <c>""</c> is what OPA writes for a bundle that claims none.</param>
/// <param name="Plan">The compiled policy.</param>
/// <param name="Data">The data documents, merged.</param>
internal sealed record PolicyBundle(string Revision, ImmutableArray<string> Roots, ReadOnlyMemory<byte> Plan, RegoObject Data)
{
    /// <summary>The largest bundle, packed or unpacked, in bytes.</summary>
    internal const int LargestSize = 64 * 1024 * 1024;

    private const string Manifest = ".manifest";
    private const string Signatures = ".signatures.json";
    private const string PlanFile = "plan.json";
    private const string DataFile = "data.json";

    /// <summary>Reads a bundle.</summary>
    /// <param name="packed">The gzipped tar archive.</param>
    /// <param name="key">The key whose signature it must bear; null demands none.</param>
    /// <exception cref="StartupException">It is damaged, too large, holds what it may not, or is not signed as it must be.</exception>
    internal static PolicyBundle Read(ReadOnlyMemory<byte> packed, BundleKey? key)
    {
        var files = TarArchive.Read(Unpack(packed));
        if (key is not null)
        {
            // Before anything of it is parsed but the signature itself.
            BundleSignature.Require(files, Find(files, Signatures), key);
        }

        var (revision, roots) = ReadManifest(Find(files, Manifest));
        var plan = Find(files, PlanFile) ?? throw PolicyLoading.BadBundle("has no plan.json.");
        var data = new RegoObject();
        foreach (var file in files)
        {
            if (Path.GetFileName(file.Name) == DataFile)
            {
                DataMerge.Into(data, Path.GetDirectoryName(file.Name)!, Parse(file), roots);
            }
            else if (file.Name is not (Manifest or Signatures or PlanFile) && !file.Name.EndsWith(".rego", StringComparison.Ordinal))
            {
                throw PolicyLoading.BadBundle($"holds '{PlainText.Clean(file.Name, 200)}', which the gate would not heed.");
            }
        }

        return new PolicyBundle(revision, roots, plan, data);
    }

    private static ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> packed)
    {
        var unpacked = new MemoryStream(Math.Min(LargestSize, 4 * packed.Length));
        try
        {
            using var source = new MemoryStream(packed.ToArray(), writable: false);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            var buffer = new byte[64 * 1024];
            for (int read; (read = gzip.Read(buffer)) > 0;)
            {
                if (unpacked.Length + read > LargestSize)
                {
                    throw PolicyLoading.BadBundle($"unpacks to more than {LargestSize} bytes.");
                }

                unpacked.Write(buffer, 0, read);
            }
        }
        catch (InvalidDataException e)
        {
            throw PolicyLoading.BadBundle("is not a gzip file, or is damaged.", e);
        }

        return unpacked.GetBuffer().AsMemory(0, (int)unpacked.Length);
    }

    private static ReadOnlyMemory<byte>? Find(List<TarFile> files, string name)
    {
        foreach (var file in files)
        {
            if (file.Name == name)
            {
                return file.Content;
            }
        }

        return null;
    }

    private static (string Revision, ImmutableArray<string> Roots) ReadManifest(ReadOnlyMemory<byte>? content)
    {
        if (content is not { } json)
        {
            return ("", [""]);
        }

        if (Parse(new TarFile(Manifest, json)) is not RegoObject manifest)
        {
            throw PolicyLoading.BadBundle("has a .manifest that is no JSON object.");
        }

        var revision = manifest.Get("revision") switch
        {
            null => "",
            RegoString { Value.Length: <= 256 } text => PlainText.Clean(text.Value, 256),
            _ => throw PolicyLoading.BadBundle("has a .manifest whose revision is no text of at most 256 characters."),
        };
        var roots = ImmutableArray.CreateBuilder<string>();
        switch (manifest.Get("roots"))
        {
            case null:
                roots.Add("");
                break;
            case RegoArray { Count: > 0 } list:
                foreach (var item in list.Items)
                {
                    roots.Add(item is RegoString root ? root.Value.Trim('/') : throw PolicyLoading.BadBundle("has a .manifest whose roots are no list of paths."));
                }

                break;
            default:
                throw PolicyLoading.BadBundle("has a .manifest whose roots are no list of paths.");
        }

        return (revision, roots.DrainToImmutable());
    }

    private static RegoValue Parse(TarFile file)
    {
        try
        {
            return RegoJson.Parse(file.Content.Span);
        }
        catch (JsonException e)
        {
            throw PolicyLoading.BadBundle($"has a {PlainText.Clean(file.Name, 200)} that is not valid JSON: {PlainText.Clean(e.Message, 200)}", e);
        }
    }
}
