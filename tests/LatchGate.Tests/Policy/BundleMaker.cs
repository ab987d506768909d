using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace LatchGate.Tests.Policy;

/// <summary>Writes bundles with the base library's own tar writer, which the gate does not use.</summary>
internal static class BundleMaker
{
    internal static byte[] Plan { get; } = File.ReadAllBytes(Path.Combine(OpaTool.PoliciesFolder, "plan.json"));

    /// <summary>A bundle of these files, named as opa names them, with a leading slash.</summary>
    internal static byte[] Pack(params (string Name, byte[] Content)[] files) => Pack(TarEntryFormat.Ustar, files);

    internal static byte[] Pack(TarEntryFormat format, params (string Name, byte[] Content)[] files) =>
        Gzip(Tar(writer =>
        {
            foreach (var (name, content) in files)
            {
                TarEntry entry = format == TarEntryFormat.Pax
                    ? new PaxTarEntry(TarEntryType.RegularFile, name)
                    : format == TarEntryFormat.Gnu ? new GnuTarEntry(TarEntryType.RegularFile, name) : new UstarTarEntry(TarEntryType.RegularFile, name);
                entry.DataStream = new MemoryStream(content);
                writer.WriteEntry(entry);
            }
        }));

    internal static byte[] Tar(Action<TarWriter> write)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            write(writer);
        }

        return tar.ToArray();
    }

    internal static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }

    internal static (string Name, byte[] Content) Text(string name, string content) => (name, Encoding.UTF8.GetBytes(content));

    /// <summary>The content of <c>.signatures.json</c> over a payload.</summary>
    /// <param name="algorithm">The JWS algorithm to claim.</param>
    /// <param name="payload">The payload as JSON.</param>
    /// <param name="sign">Signs the signing input.</param>
    /// <param name="header">More members of the header.</param>
    internal static (string Name, byte[] Content) Signatures(string algorithm, string payload, Func<byte[], byte[]> sign, string header = "")
    {
        var input = $"{Encode(Encoding.UTF8.GetBytes($$"""{"alg":"{{algorithm}}"{{header}}}"""))}.{Encode(Encoding.UTF8.GetBytes(payload))}";
        return Text("/.signatures.json", $$"""{"signatures":["{{input}}.{{Encode(sign(Encoding.ASCII.GetBytes(input)))}}"]}""");
    }

    /// <summary>An entry of the payload, for content whose signed form is known.</summary>
    internal static string Entry(string name, byte[] signedForm) =>
        $$"""{"name":"{{name}}","hash":"{{Convert.ToHexStringLower(SHA256.HashData(signedForm))}}","algorithm":"SHA-256"}""";

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
