using System.Globalization;

namespace LatchGate.Secrets.Sops;

/// <summary>What a SOPS file says about itself: the scalars below <c>sops</c>.</summary>
internal sealed class SopsMetadata
{
    private const string Prefix = "sops.";
    private const string DefaultUnencryptedSuffix = "_unencrypted";

    // Key services that only the sops program speaks to.
    private static readonly string[] _services = ["pgp", "kms", "gcp_kms", "azure_kv", "hc_vault", "hckms", "key_groups", "barbican", "acs_kms"];

    private static readonly string[] _rules =
        ["encrypted_suffix", "encrypted_regex", "unencrypted_regex", "encrypted_comment_regex", "unencrypted_comment_regex"];

    private readonly Dictionary<string, SopsLeaf> _fields = new(StringComparer.Ordinal);

    internal SopsMetadata(List<SopsLeaf> leaves)
    {
        foreach (var leaf in leaves)
        {
            if (IsMetadata(leaf))
            {
                _fields[leaf.Name[Prefix.Length..]] = leaf;
                Start = Math.Min(Start, leaf.EntryStart);
            }
        }
    }

    /// <summary>Whether there are any.</summary>
    internal bool IsEmpty => _fields.Count == 0;

    /// <summary>Where the first one starts in the file.</summary>
    internal int Start { get; } = int.MaxValue;

    /// <summary>When the file was changed: the associated data of its MAC.</summary>
    internal SopsLeaf? LastModified => _fields.GetValueOrDefault("lastmodified");

    /// <summary>The MAC over all values, encrypted.</summary>
    internal SopsLeaf? Mac => _fields.GetValueOrDefault("mac");

    /// <summary>Whether the MAC is about encrypted values alone.</summary>
    internal bool MacOnlyEncrypted => Text("mac_only_encrypted") is "true" or "True";

    /// <summary>The name of a field that says which values are encrypted otherwise than by the end of their name; null when there is none.</summary>
    internal string? ForeignRule
    {
        get
        {
            foreach (var rule in _rules)
            {
                if (!string.IsNullOrEmpty(Text(rule)))
                {
                    return rule;
                }
            }

            return null;
        }
    }

    /// <summary>What the name of a value that is not encrypted ends with.</summary>
    internal string UnencryptedSuffix => Text("unencrypted_suffix") is { Length: > 0 } suffix ? suffix : DefaultUnencryptedSuffix;

    /// <summary>The names of the key services, beside age, that could open the file; empty when there is none.</summary>
    internal string OtherServices
    {
        get
        {
            var found = new List<string>();
            foreach (var service in _services)
            {
                foreach (var (name, leaf) in _fields)
                {
                    if (leaf.Kind != SopsKind.Null && name.StartsWith(service, StringComparison.Ordinal) && name.Length > service.Length && name[service.Length] == '.')
                    {
                        found.Add(service);
                        break;
                    }
                }
            }

            return string.Join(", ", found);
        }
    }

    /// <summary>The data key as it is wrapped for the recipient number <paramref name="index"/>; null beyond the last.</summary>
    internal string? WrappedKey(int index) => Text($"age.{index.ToString(CultureInfo.InvariantCulture)}.enc");

    /// <summary>The recipient number <paramref name="index"/>; null beyond the last.</summary>
    internal string? Recipient(int index) => Text($"age.{index.ToString(CultureInfo.InvariantCulture)}.recipient");

    /// <summary>Whether a scalar is a part of the metadata.</summary>
    internal static bool IsMetadata(SopsLeaf leaf) => leaf.Name.StartsWith(Prefix, StringComparison.Ordinal);

    private string? Text(string field) => _fields.GetValueOrDefault(field)?.Value;
}
