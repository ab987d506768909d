using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy.Bundles;

/// <summary>The digests of a bundle's files, as OPA signs them.</summary>
/// <remarks>
/// <c>data.json</c> and <c>.manifest</c> are hashed by content: members sorted by name in UTF-8, no spaces, numbers as they are
/// written, strings with the fewest escapes that Go's encoder writes. Every other file is hashed by its bytes.
/// </remarks>
internal static class BundleHash
{
    private const int MostDepth = 64;

    /// <summary>Whether OPA hashes a file of that name by content.</summary>
    internal static bool IsStructured(string name) => Path.GetFileName(name) is "data.json" or ".manifest";

    /// <summary>The digest of a file.</summary>
    /// <param name="name">Its path in the bundle.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="algorithm">SHA-256, SHA-384 or SHA-512.</param>
    /// <exception cref="JsonException">A file that is hashed by content is not JSON, or repeats a member.</exception>
    internal static byte[] Of(string name, ReadOnlyMemory<byte> content, HashAlgorithmName algorithm)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        if (IsStructured(name))
        {
            using var document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = MostDepth });
            Append(hash, document.RootElement);
        }
        else
        {
            hash.AppendData(content.Span);
        }

        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                AppendMembers(hash, value);
                break;
            case JsonValueKind.Array:
                hash.AppendData("["u8);
                var isFirst = true;
                foreach (var item in value.EnumerateArray())
                {
                    hash.AppendData(isFirst ? ""u8 : ","u8);
                    isFirst = false;
                    Append(hash, item);
                }

                hash.AppendData("]"u8);
                break;
            case JsonValueKind.String:
                AppendText(hash, Text(value));
                break;
            default:
                hash.AppendData(Encoding.UTF8.GetBytes(value.GetRawText()));
                break;
        }
    }

    private static void AppendMembers(IncrementalHash hash, JsonElement value)
    {
        var members = new List<Member>();
        foreach (var member in value.EnumerateObject())
        {
            members.Add(new Member(new RegoString(Name(member)), member.Value));
        }

        // Bytes of UTF-8 sort as code points do, which UTF-16 does not.
        members.Sort(static (a, b) => RegoOrder.Compare(a.Name, b.Name));
        hash.AppendData("{"u8);
        for (var i = 0; i < members.Count; i++)
        {
            if (i > 0 && members[i].Name.Equals(members[i - 1].Name))
            {
                throw new JsonException($"The member {members[i].Name} occurs twice.");
            }

            hash.AppendData(i == 0 ? ""u8 : ","u8);
            AppendText(hash, members[i].Name.Value);
            hash.AppendData(":"u8);
            Append(hash, members[i].Value);
        }

        hash.AppendData("}"u8);
    }

    // Go's encoding/json without the escapes for HTML.
    private static void AppendText(IncrementalHash hash, string text)
    {
        var json = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                < ' ' or '\u2028' or '\u2029' => json.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture)),
                _ => json.Append(c),
            };
        }

        hash.AppendData(Encoding.UTF8.GetBytes(json.Append('"').ToString()));
    }

    private static string Text(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A string is not valid Unicode.", e);
        }
    }

    private static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A string is not valid Unicode.", e);
        }
    }

    private sealed record Member(RegoString Name, JsonElement Value);
}
