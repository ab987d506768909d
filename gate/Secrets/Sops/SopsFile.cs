using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Secrets.Age;

namespace LatchGate.Secrets.Sops;

/// <summary>
/// A file of SOPS: a tree of values, each encrypted under one data key, and a MAC over all of them. What is not encrypted is no secret:
/// it is part of the MAC and nothing else.
/// </summary>
internal sealed class SopsFile
{
    private static readonly byte[] _macOfEncryptedOnly = SHA256.HashData("sops"u8);

    private SopsFile(byte[] text, SopsFormat format, List<SopsLeaf> leaves, SopsMetadata metadata) =>
        (Text, Format, Leaves, Metadata) = (text, format, leaves, metadata);

    /// <summary>The file.</summary>
    internal byte[] Text { get; }

    /// <summary>How it is written.</summary>
    internal SopsFormat Format { get; }

    /// <summary>All scalars, in order, those of the metadata too.</summary>
    internal List<SopsLeaf> Leaves { get; }

    /// <summary>What it says about itself.</summary>
    internal SopsMetadata Metadata { get; }

    /// <summary>The format that a file's name says; null when it says none.</summary>
    internal static SopsFormat? FormatOf(string path) => System.IO.Path.GetExtension(path) switch
    {
        ".json" => SopsFormat.Json,
        ".yaml" or ".yml" => SopsFormat.Yaml,
        ".env" => SopsFormat.Dotenv,
        _ => null,
    };

    /// <summary>Reads a file; nothing is decrypted yet.</summary>
    internal static bool TryParse(byte[] text, SopsFormat format, [NotNullWhen(true)] out SopsFile? file, [NotNullWhen(false)] out SecretProblem? problem)
    {
        (file, problem) = (null, null);
        var line = 0;
        var leaves = format switch
        {
            SopsFormat.Json => SopsJson.Read(text),
            SopsFormat.Yaml => SopsYaml.Read(text, out line),
            _ => SopsDotenv.Read(text),
        };
        if (leaves is null)
        {
            problem = new SecretProblem(
                SecretFault.SecretsFileInvalid,
                $"The secrets file is not {format} as SOPS writes it, or a name occurs twice{(line > 0 ? string.Create(CultureInfo.InvariantCulture, $"; line {line}") : "")}.",
                "Let sops write it: sops edit, or sops encrypt.");
            return false;
        }

        var metadata = new SopsMetadata(leaves);
        if (metadata.IsEmpty)
        {
            problem = new SecretProblem(SecretFault.SopsMetadataMissing, "The secrets file has no 'sops' metadata: it is not encrypted.", "Encrypt it: sops encrypt --in-place.");
        }
        else if (metadata.Mac is not { IsEncrypted: true } || metadata.LastModified is not { Kind: SopsKind.Text or SopsKind.Ambiguous })
        {
            problem = new SecretProblem(SecretFault.SopsMetadataInvalid, "The 'sops' metadata lack 'mac' or 'lastmodified'.", "Restore the file from a backup.");
        }

        file = problem is null ? new SopsFile(text, format, leaves, metadata) : null;
        return problem is null;
    }

    /// <summary>Unwraps the data key.</summary>
    /// <returns>The key, which the caller disposes; null with the problem.</returns>
    internal SecureMemory? TryOpen(IReadOnlyList<AgeIdentity> identities, out SecretProblem? problem)
    {
        problem = null;
        var isForAge = false;
        for (var i = 0; Metadata.WrappedKey(i) is { } wrapped; i++)
        {
            isForAge = true;
            var fault = AgeFault.Armor;
            SecureMemory? key = null;
            var length = 0;
            if (AgeArmor.TryDecode(Encoding.UTF8.GetBytes(wrapped)) is { } binary)
            {
                fault = AgeFile.TryDecrypt(binary, identities, out key, out length);
            }

            if (fault == AgeFault.None && length == SopsValue.DataKeySize)
            {
                return key;
            }

            key?.Dispose();
            if (fault != AgeFault.NoMatch)
            {
                problem = new SecretProblem(
                    SecretFault.DataKeyDamaged, $"The data key that is wrapped for {Metadata.Recipient(i)} was changed ({fault}).", "Restore the file from a backup.");
                return null;
            }
        }

        problem = Metadata.OtherServices is { Length: > 0 } services
            ? new SecretProblem(
                SecretFault.SopsBinaryNeeded, $"The secrets file is encrypted for {services}, which only the sops program opens.",
                "Name it with sops_binary, or add the gate's age recipient to the file.")
            : isForAge && identities.Count > 0
                ? new SecretProblem(SecretFault.AgeNoMatch, "The secrets file is not encrypted for the gate's age identity.", "Add its recipient with 'sops updatekeys', or configure the right key.")
            : isForAge
                ? new SecretProblem(SecretFault.AgeIdentityMissing, "No age identity is configured.", "Name its file with sops_key_file.")
            : new SecretProblem(SecretFault.SopsMetadataInvalid, "The 'sops' metadata name nobody who could open the file.", "Restore the file from a backup.");
        return null;
    }

    /// <summary>Decrypts all values and checks the MAC.</summary>
    /// <param name="dataKey">The data key.</param>
    /// <param name="values">Takes the values that are encrypted; room for the file's length is enough.</param>
    /// <returns>Null when everything is as it was written.</returns>
    internal SecretProblem? Decrypt(ReadOnlySpan<byte> dataKey, SecretValues values)
    {
        Span<byte> mac = stackalloc byte[SHA512.HashSizeInBytes * 2];
        Span<byte> stored = stackalloc byte[SHA512.HashSizeInBytes * 2];
        if (ComputeMac(dataKey, values, mac) is { } problem)
        {
            return problem;
        }

        var length = SopsValue.TryDecrypt(Metadata.Mac!.Value, dataKey, Metadata.LastModified!.Value, stored);
        return length == stored.Length && CryptographicOperations.FixedTimeEquals(mac, stored) ? null : new SecretProblem(
            SecretFault.MacMismatch, "The secrets file was changed by something other than SOPS: its MAC is wrong.", "Restore the file from a backup.");
    }

    /// <summary>The MAC over the values, as upper-case hexadecimal digits.</summary>
    internal SecretProblem? ComputeMac(ReadOnlySpan<byte> dataKey, SecretValues values, Span<byte> mac)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        if (Metadata.MacOnlyEncrypted)
        {
            hash.AppendData(_macOfEncryptedOnly);
        }

        foreach (var leaf in Leaves)
        {
            if (SopsMetadata.IsMetadata(leaf) || leaf.Kind == SopsKind.Null)
            {
                continue;
            }

            if (!leaf.IsEncrypted)
            {
                if (!Metadata.MacOnlyEncrypted && PlainBytes(leaf) is not { } plain)
                {
                    return new SecretProblem(
                        SecretFault.NotSupported, $"The value '{leaf.Name}' is a number or a date that SOPS writes otherwise, so the MAC cannot be checked.", "Put it in quotes with sops edit.");
                }
                else if (!Metadata.MacOnlyEncrypted)
                {
                    hash.AppendData(PlainBytes(leaf)!);
                }

                continue;
            }

            var room = values.Rest;
            var length = SopsValue.TryDecrypt(leaf.Value, dataKey, leaf.Path, room);
            if (length < 0)
            {
                return new SecretProblem(SecretFault.SecretDamaged, $"The value of '{leaf.Name}' was changed, or moved there from elsewhere.", "Restore the file from a backup.");
            }

            hash.AppendData(room[..length]);
            if (!values.Add(leaf.Name, length))
            {
                return new SecretProblem(SecretFault.SecretNameAmbiguous, $"Two values are named '{leaf.Name}', or there are more than {SecretValues.MaximumCount}.", "Rename or remove some with sops edit.");
            }
        }

        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        _ = Encoding.ASCII.GetBytes(Convert.ToHexString(digest), mac);
        return null;
    }

    // As SOPS hashes a value of its type: Go's text of a float64, and words for truth values.
    private static byte[]? PlainBytes(SopsLeaf leaf)
    {
        switch (leaf.Kind)
        {
            case SopsKind.Text:
                return Encoding.UTF8.GetBytes(leaf.Value);
            case SopsKind.Boolean:
                return leaf.Value[0] is 't' or 'T' ? "True"u8.ToArray() : "False"u8.ToArray();
            case SopsKind.Number:
                var number = double.Parse(leaf.Value, CultureInfo.InvariantCulture);
                var text = number.ToString("R", CultureInfo.InvariantCulture);
                return !double.IsFinite(number) || text.Contains('E', StringComparison.Ordinal) || text == "-0" ? null : Encoding.ASCII.GetBytes(text);
            default:
                return null;
        }
    }
}
