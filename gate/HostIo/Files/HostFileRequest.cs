using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Crypto;

namespace LatchGate.HostIo.Files;

/// <summary>What a guest asks of <c>latchgate:io/fs</c>.</summary>
/// <param name="Operation">Exactly one.</param>
/// <param name="Path">As given; <see cref="Learned.PathRules"/> alone judges it.</param>
/// <param name="Content">What to write; null unless writing.</param>
/// <param name="ExpectedBefore">The hash that a file to be overwritten must have; null when any will do.</param>
internal sealed record HostFileRequest(FileOperations Operation, string Path, byte[]? Content, Sha256Digest? ExpectedBefore)
{
    /// <summary>Reads the guest's JSON, strictly: unknown or repeated members, comments and trailing commas are refused.</summary>
    /// <remarks>
    /// <code>
    /// {"operation": "read" | "write" | "delete", "path": "…"}
    /// with write: "content_base64": "…", "mode": "create" | "overwrite", "expected_before_hash"?: "sha256:…" (overwrite alone)
    /// </code>
    /// </remarks>
    internal static bool TryParse(ReadOnlySpan<byte> json, out HostFileRequest request)
    {
        request = null!;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 1 });
            return TryRead(ref reader, ref request) && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // A string with a lone surrogate, which no text has.
            return false;
        }
    }

    private static bool TryRead(ref Utf8JsonReader reader, ref HostFileRequest request)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        string? operation = null, path = null, mode = null, expected = null;
        byte[]? content = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var ok = reader.TokenType == JsonTokenType.String && name switch
            {
                "operation" => TryString(ref reader, ref operation),
                "path" => TryString(ref reader, ref path),
                "mode" => TryString(ref reader, ref mode),
                "expected_before_hash" => TryString(ref reader, ref expected),
                "content_base64" => content is null && reader.TryGetBytesFromBase64(out content),
                _ => false,
            };
            if (!ok)
            {
                return false;
            }
        }

        Sha256Digest? before = null;
        if (expected is not null)
        {
            if (!Sha256Digest.TryParse(expected, out var digest) || mode != "overwrite")
            {
                return false;
            }

            before = digest;
        }

        var asked = (operation, mode, content is not null) switch
        {
            ("read", null, false) => FileOperations.Read,
            ("delete", null, false) => FileOperations.Delete,
            ("write", "create", true) => FileOperations.Create,
            ("write", "overwrite", true) => FileOperations.Overwrite,
            _ => FileOperations.None,
        };
        request = new HostFileRequest(asked, path ?? "", content, before);
        return path is not null && asked != FileOperations.None;
    }

    private static bool TryString(ref Utf8JsonReader reader, ref string? value)
    {
        if (value is not null)
        {
            return false;
        }

        value = reader.GetString();
        return true;
    }
}
