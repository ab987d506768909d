using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Secrets.Age;

namespace LatchGate.Secrets.Sops;

/// <summary>
/// Changes one value of a SOPS file and leaves every other byte as it is, but for the date and the MAC: comments, order and the
/// ciphertext of the other values stay. The result is decrypted again before it is handed out.
/// </summary>
internal static class SopsEdit
{
    /// <summary>The version of the file format, as SOPS numbers its releases.</summary>
    internal const string Version = "3.9.4";

    private const int LongestName = 128;

    private static readonly byte[] _macOfNothing = Encoding.ASCII.GetBytes(Convert.ToHexString(SHA512.HashData([])));

    /// <summary>Why <paramref name="name"/> cannot be the name of a new secret; null when it can.</summary>
    internal static SecretProblem? RefuseName(string name)
    {
        var isGood = name.Length is > 0 and <= LongestName && char.IsAsciiLetter(name[0]) && name != "sops" && !name.StartsWith("sops_", StringComparison.Ordinal);
        foreach (var c in name)
        {
            isGood &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
        }

        return isGood ? null : new SecretProblem(
            SecretFault.SecretNameInvalid, "That is no name of a secret.", "Give a letter and up to 127 letters, digits, '_' and '-'; not 'sops', nor anything that begins with 'sops_'.");
    }

    /// <summary>A file without values, encrypted for <paramref name="recipients"/> under a new data key.</summary>
    internal static byte[] Create(SopsFormat format, IReadOnlyList<AgeRecipient> recipients, TimeProvider time)
    {
        using var dataKey = new SecureMemory(SopsValue.DataKeySize);
        RandomNumberGenerator.Fill(dataKey.Span);
        var now = Now(time);
        var mac = SopsValue.Encrypt(_macOfNothing, dataKey.Span, now);
        var text = new StringBuilder(format switch { SopsFormat.Json => "{\n\t\"sops\": {\n\t\t\"age\": [\n", SopsFormat.Yaml => "sops:\n    age:\n", _ => "" });
        for (var i = 0; i < recipients.Count; i++)
        {
            var wrapped = Encoding.ASCII.GetString(AgeArmor.Encode(AgeFile.Encrypt(dataKey.Span, [recipients[i]])));
            switch (format)
            {
                case SopsFormat.Json:
                    text.Append(CultureInfo.InvariantCulture, $"\t\t\t{{\n\t\t\t\t\"recipient\": \"{recipients[i]}\",\n\t\t\t\t\"enc\": \"{wrapped.Replace("\n", "\\n", StringComparison.Ordinal)}\"\n\t\t\t}}")
                        .Append(i + 1 < recipients.Count ? ",\n" : "\n");
                    break;
                case SopsFormat.Yaml:
                    text.Append(CultureInfo.InvariantCulture, $"        - recipient: {recipients[i]}\n          enc: |\n            {wrapped.TrimEnd('\n').Replace("\n", "\n            ", StringComparison.Ordinal)}\n");
                    break;
                default:
                    text.Append(CultureInfo.InvariantCulture, $"sops_age__list_{i}__map_enc={wrapped.Replace("\n", "\\n", StringComparison.Ordinal)}\nsops_age__list_{i}__map_recipient={recipients[i]}\n");
                    break;
            }
        }

        text.Append(format switch
        {
            SopsFormat.Json =>
                $"\t\t],\n\t\t\"lastmodified\": \"{now}\",\n\t\t\"mac\": \"{mac}\",\n\t\t\"unencrypted_suffix\": \"_unencrypted\",\n\t\t\"version\": \"{Version}\"\n\t}}\n}}\n",
            SopsFormat.Yaml => $"    lastmodified: \"{now}\"\n    mac: {mac}\n    unencrypted_suffix: _unencrypted\n    version: {Version}\n",
            _ => $"sops_lastmodified={now}\nsops_mac={mac}\nsops_unencrypted_suffix=_unencrypted\nsops_version={Version}\n",
        });
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>Sets a value, at its place when it is there, else as the last before the metadata.</summary>
    /// <returns>The new file; null with the problem.</returns>
    internal static byte[]? TrySet(SopsFile file, string name, ReadOnlySpan<byte> value, ReadOnlySpan<byte> dataKey, TimeProvider time, out SecretProblem? problem)
    {
        var leaf = Find(file, name);
        problem = leaf is null ? RefuseName(name) : leaf.IsItem ? InList(name) : null;
        problem ??= file.Metadata.ForeignRule is { } rule && leaf is not { IsEncrypted: true }
            ? new SecretProblem(SecretFault.NotSupported, $"The file's '{rule}' says what is encrypted.", "Use sops edit, which follows it.")
            : name.EndsWith(file.Metadata.UnencryptedSuffix, StringComparison.Ordinal)
                ? new SecretProblem(SecretFault.SecretNameInvalid, $"Values whose name ends in '{file.Metadata.UnencryptedSuffix}' are not encrypted in this file.", "Choose another name.")
                : null;
        if (problem is not null)
        {
            return null;
        }

        var encrypted = SopsValue.Encrypt(value, dataKey, leaf?.Path ?? $"{name}:");
        var changed = leaf is not null
            ? Splice(file.Text, leaf.Start, leaf.End, Scalar(file.Format, encrypted))
            : Insert(file, name, Scalar(file.Format, encrypted));
        return TrySeal(changed, file.Format, dataKey, time, out problem);
    }

    /// <summary>Removes a value.</summary>
    /// <returns>The new file; null with the problem.</returns>
    internal static byte[]? TryRemove(SopsFile file, string name, ReadOnlySpan<byte> dataKey, TimeProvider time, out SecretProblem? problem)
    {
        var leaf = Find(file, name);
        problem = leaf is null ? new SecretProblem(SecretFault.SecretMissing, "There is no secret of that name.", "'latchgate secrets list' lists the names.") : leaf.IsItem ? InList(name) : null;
        if (leaf is null || problem is not null)
        {
            return null;
        }

        var (start, end) = file.Format == SopsFormat.Json ? JsonMember(file.Text, leaf) : Lines(file.Text, leaf);
        return TrySeal(Splice(file.Text, start, end, ""), file.Format, dataKey, time, out problem);
    }

    private static SopsLeaf? Find(SopsFile file, string name)
    {
        foreach (var leaf in file.Leaves)
        {
            if (leaf.Name == name && !SopsMetadata.IsMetadata(leaf))
            {
                return leaf;
            }
        }

        return null;
    }

    private static SecretProblem InList(string name) => new(SecretFault.NotSupported, $"'{name}' is an item of a list.", "Use sops edit.");

    // The date first, since the MAC is bound to it; then the MAC over what the file says now.
    private static byte[]? TrySeal(byte[] text, SopsFormat format, ReadOnlySpan<byte> dataKey, TimeProvider time, out SecretProblem? problem)
    {
        var now = Now(time);
        if (!SopsFile.TryParse(text, format, out var changed, out problem))
        {
            return null;
        }

        var dated = Splice(text, changed.Metadata.LastModified!.Start, changed.Metadata.LastModified.End, format == SopsFormat.Dotenv ? now : $"\"{now}\"");
        if (!SopsFile.TryParse(dated, format, out changed, out problem))
        {
            return null;
        }

        Span<byte> mac = stackalloc byte[SHA512.HashSizeInBytes * 2];
        using (var values = new SecretValues(dated.Length))
        {
            problem = changed.ComputeMac(dataKey, values, mac);
            if (problem is not null)
            {
                return null;
            }
        }

        var result = Splice(dated, changed.Metadata.Mac!.Start, changed.Metadata.Mac.End, Scalar(format, SopsValue.Encrypt(mac, dataKey, now)));
        using var again = new SecretValues(result.Length);
        problem = SopsFile.TryParse(result, format, out var sealedFile, out var invalid) ? sealedFile.Decrypt(dataKey, again) : invalid;
        return problem is null ? result : null;
    }

    private static string Scalar(SopsFormat format, string encrypted) => format == SopsFormat.Json ? $"\"{encrypted}\"" : encrypted;

    private static byte[] Insert(SopsFile file, string name, string scalar)
    {
        var at = file.Metadata.Start;
        switch (file.Format)
        {
            case SopsFormat.Json:
                // Metadata.Start is a member below "sops"; the key itself opens the line before.
                at = file.Text.AsSpan(0, at).LastIndexOf("\"sops\""u8);
                return Splice(file.Text, at, at, $"\"{name}\": {scalar},\n\t");
            case SopsFormat.Yaml:
                at = TopLevelLine(file.Text, at);
                return Splice(file.Text, at, at, $"{name}: {scalar}\n");
            default:
                return Splice(file.Text, at, at, $"{name}={scalar}\n");
        }
    }

    // The start of the line in the first column that the position belongs to.
    private static int TopLevelLine(ReadOnlySpan<byte> text, int at)
    {
        while (true)
        {
            at = text[..at].LastIndexOf((byte)'\n') + 1;
            if (at == 0 || text[at] is not ((byte)' ' or (byte)'#' or (byte)'-' or (byte)'\n' or (byte)'\r'))
            {
                return at;
            }

            at--;
        }
    }

    // With the comma that parts it from the next member, or else from the one before.
    private static (int Start, int End) JsonMember(ReadOnlySpan<byte> text, SopsLeaf leaf)
    {
        var end = leaf.End;
        while (text[end] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
        {
            end++;
        }

        if (text[end] == ',')
        {
            end++;
            while (text[end] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
            {
                end++;
            }

            return (leaf.EntryStart, end);
        }

        var start = text[..leaf.EntryStart].TrimEnd(" \t\r\n"u8).Length;
        return text[start - 1] == ',' ? (start - 1, leaf.End) : (leaf.EntryStart, leaf.End);
    }

    private static (int Start, int End) Lines(ReadOnlySpan<byte> text, SopsLeaf leaf)
    {
        var end = text[leaf.End..].IndexOf((byte)'\n');
        return (text[..leaf.EntryStart].LastIndexOf((byte)'\n') + 1, end < 0 ? text.Length : leaf.End + end + 1);
    }

    private static byte[] Splice(ReadOnlySpan<byte> text, int start, int end, string middle) => [.. text[..start], .. Encoding.UTF8.GetBytes(middle), .. text[end..]];

    private static string Now(TimeProvider time) => time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
