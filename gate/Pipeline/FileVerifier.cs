using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.HostIo.Files;
using LatchGate.Json;

namespace LatchGate.Pipeline;

/// <summary>
/// The verifier <c>fs_hash</c>: what was asked and what the provider says, against what the host itself saw of the file (reference/kernel.md
/// §13). Content is compared, not only the presence of hashes.
/// </summary>
/// <remarks>
/// <code>
/// operation   before   after     the provider's output
/// read        –        hash      data.hash is it, and the SHA-256 of data.content_base64
/// create      –        hash      data.after_hash is it, and it is the SHA-256 of the task's content
/// overwrite   hash     hash      likewise, and data.before_hash is the one before
/// delete      hash     –         data.deleted is true
/// </code>
/// The output's <c>data.path</c> is the path, always. With several operations the last is compared; none may have failed. What was looked
/// at is told as <c>operation</c>, <c>request</c> (of a built-in provider: operation and path are the task's), <c>path</c>,
/// <c>before_hash</c>, <c>after_hash</c>, and <c>content</c> or <c>deleted</c>.
/// </remarks>
internal static class FileVerifier
{
    private const string OtherHash = "the provider reported another hash than the host saw";

    /// <summary>Verifies one execution that ended with an output.</summary>
    internal static VerificationOutcome Verify(JsonElement output, IReadOnlyList<FileEvidence> seen, ResolvedTask? task)
    {
        if (!output.TryGetProperty("ok"u8, out var ok) || ok.ValueKind != JsonValueKind.True)
        {
            return new VerificationOutcome(VerificationStatus.ProviderFailedBeforeVerification);
        }

        var record = new VerificationRecord();
        if (!record.Check("operation", OperationFault(seen)) || !Check(record, seen[^1], output, task))
        {
            return record.Outcome(null);
        }

        var last = seen[^1];
        using var json = new CanonicalWriter();
        json.BeginObject()
            .Optional("after_hash"u8, last.AfterHash)
            .Optional("before_hash"u8, last.BeforeHash)
            .Member("bytes_after"u8, last.BytesAfter)
            .Member("bytes_before"u8, last.BytesBefore)
            .Member("host_corroborated"u8, true)
            .Member("operation"u8, last.Operation)
            .Member("path"u8, last.Path)
            .End();
        return record.Outcome(json.Finish());
    }

    private static string? OperationFault(IReadOnlyList<FileEvidence> seen)
    {
        foreach (var evidence in seen)
        {
            if (evidence.Outcome != FileFault.None)
            {
                return $"a file operation failed: {evidence.Outcome.Label()}";
            }
        }

        return seen.Count == 0 ? "the host saw no file operation" : null;
    }

    private static bool Check(VerificationRecord record, FileEvidence seen, JsonElement output, ResolvedTask? task)
    {
        if (task is { IsForBuiltIn: true } && task.FileOperation is not FileOperations.None and var asked && task.TryGetPath(out var path))
        {
            var done = FileJudge.Name(asked) == seen.Operation && path == seen.Path;
            if (!record.Check("request", done ? null : "the host saw another operation than the task's"))
            {
                return false;
            }
        }

        var named = output.TryGetProperty("data"u8, out var data) && data.ValueKind == JsonValueKind.Object
            && Says(data, "path"u8, seen.Path);
        if (!record.Check("path", named ? null : "the provider's output names another path than the host saw")
            || !record.Check("before_hash", BeforeFault(seen, data))
            || !record.Check("after_hash", AfterFault(seen, data)))
        {
            return false;
        }

        return seen.Operation switch
        {
            "read" => record.Check(
                "content", Holds(data, seen.AfterHash!.Value) ? null : "the provider's content is not what the host read"),
            "delete" => record.Check(
                "deleted",
                data.TryGetProperty("deleted"u8, out var deleted) && deleted.ValueKind == JsonValueKind.True
                    ? null
                    : "the provider's output does not say that the file was deleted"),
            _ => task is null || record.Check(
                "content", Asks(task, seen.AfterHash!.Value) ? null : "what was written is not what was asked for"),
        };
    }

    private static string? BeforeFault(FileEvidence seen, JsonElement data) =>
        seen.BeforeHash is null != seen.Operation is "read" or "create" ? "the host did not see the file as it was before"
        : seen.Operation == "overwrite" && !Says(data, "before_hash"u8, seen.BeforeHash) ? OtherHash
        : null;

    private static string? AfterFault(FileEvidence seen, JsonElement data) =>
        seen.AfterHash is null != seen.Operation is "delete" ? "the host did not see the file as it is now"
        : seen.Operation switch
        {
            "delete" => null,
            "read" => Says(data, "hash"u8, seen.AfterHash) ? null : OtherHash,
            _ => Says(data, "after_hash"u8, seen.AfterHash) ? null : OtherHash,
        };

    private static bool Says(JsonElement data, ReadOnlySpan<byte> name, Sha256Digest? digest) => Says(data, name, digest?.ToString() ?? "");

    private static bool Says(JsonElement data, ReadOnlySpan<byte> name, string text) =>
        data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    private static bool Holds(JsonElement json, Sha256Digest digest) =>
        json.TryGetProperty("content_base64"u8, out var content) && content.ValueKind == JsonValueKind.String
        && content.TryGetBytesFromBase64(out var bytes) && Sha256Digest.Of(bytes) == digest;

    private static bool Asks(ResolvedTask task, Sha256Digest digest)
    {
        using var document = JsonDocument.Parse(task.Bytes);
        return Holds(document.RootElement, digest);
    }
}
