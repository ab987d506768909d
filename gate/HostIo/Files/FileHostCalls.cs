using System.Buffers;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Learned;
using LatchGate.Sandbox;

namespace LatchGate.HostIo.Files;

/// <summary>Within which bounds one execution may touch files.</summary>
/// <param name="Spec">The action's bounds.</param>
/// <param name="Rules">Its paths, learned ones included, as of the snapshot that the grant names.</param>
/// <param name="Root">The session's root, canonical; null where it has none.</param>
/// <param name="OpenedPath">A path beyond the rules that an operator opened for this run; null when there is none.</param>
internal sealed record FileCallContext(FileSpec Spec, PathRules Rules, string? Root, string? OpenedPath);

/// <summary>The host side of one execution's <c>io/fs</c> (providers/wit/ABI.md). Not thread-safe: a guest makes one call at a time.</summary>
internal sealed class FileHostCalls(FileCallContext context)
{
    private readonly List<FileEvidence> _evidence = [];
    private long _bytes;

    /// <summary>One entry for each operation that reached a file, in order.</summary>
    internal IReadOnlyList<FileEvidence> Evidence => _evidence;

    /// <summary>The first refusal or failure of a call; null while all succeeded.</summary>
    internal FileRefusal? FirstRefusal { get; private set; }

    /// <summary>Performs one call.</summary>
    /// <param name="json">See <see cref="HostFileRequest.TryParse"/>.</param>
    /// <param name="cancellation">Ends a long one, with nothing changed.</param>
    /// <returns>The answer, or <c>{"code","message"}</c>.</returns>
    internal HostAnswer Call(ReadOnlyMemory<byte> json, CancellationToken cancellation)
    {
        if (!HostFileRequest.TryParse(json.Span, out var request))
        {
            return Refuse(new FileRefusal(FileFault.InvalidContent, "the request is not one of the contract"));
        }

        if (Judge(request) is { } refusal)
        {
            return Refuse(refusal);
        }

        if (context.Root is null)
        {
            return Refuse(new FileRefusal(FileFault.IoError, "the session has no root for files"));
        }

        try
        {
            if (FileRoot.Open(context.Root, out var root) is { } unusable)
            {
                return Refuse(unusable);
            }

            using (root)
            {
                return Perform(root!, request, cancellation);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refuse(e is IOException ? FileRoot.Explain(e.HResult) : FileRoot.Explain(LinuxFiles.AccessDenied));
        }
    }

    private FileRefusal? Judge(HostFileRequest request)
    {
        var refusal = FileJudge.Judge(context.Spec, context.Rules, request.Operation, request.Path);
        if (refusal is { Fault: FileFault.PathNotAllowed } && request.Path == context.OpenedPath)
        {
            refusal = null;
        }

        return refusal ?? (request.Content?.Length > context.Spec.MaxFileBytes
            ? new FileRefusal(FileFault.TooLarge, $"the content is larger than the {context.Spec.MaxFileBytes} bytes that this action takes")
            : Spend(request.Content?.Length ?? 0));
    }

    private HostAnswer Perform(FileRoot root, HostFileRequest request, CancellationToken cancellation)
    {
        FileEvidence? evidence = null;
        byte[] content = [];
        var refusal = request.Operation switch
        {
            FileOperations.Read => Read(root, request.Path, out content, out evidence, cancellation),
            FileOperations.Create => FileChanges.Create(root, request.Path, request.Content!, context.Spec, out evidence, cancellation),
            FileOperations.Overwrite => FileChanges.Overwrite(
                root, request.Path, request.Content!, request.ExpectedBefore, context.Spec, out evidence, cancellation),
            _ => FileChanges.Delete(root, request.Path, context.Spec, out evidence, cancellation),
        };
        _evidence.Add(evidence ?? new FileEvidence(FileJudge.Name(request.Operation), request.Path, refusal!.Value.Fault));
        return refusal is { } failed ? Refuse(failed) : Answer(request.Operation, evidence!, content);
    }

    private FileRefusal? Read(FileRoot root, string path, out byte[] content, out FileEvidence? evidence, CancellationToken cancellation)
    {
        const int Attempts = 4;
        content = [];
        evidence = null;
        FileRefusal? refusal = null;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            refusal = root.OpenRegular(null, path, out var file, out var status);
            if (refusal is not null)
            {
                return refusal;
            }

            using (file)
            {
                refusal = FileRoot.RefuseLinked(in status) ?? FileContent.Read(file!, in status, context.Spec.MaxFileBytes, out content, cancellation);
            }

            // Somebody writes to it: the next look may find it at rest.
            if (refusal is not { Fault: FileFault.Conflict })
            {
                break;
            }
        }

        refusal ??= Spend(content.Length);
        evidence = refusal is null ? new FileEvidence("read", path, FileFault.None) { AfterHash = Sha256Digest.Of(content), BytesAfter = content.Length } : null;
        return refusal;
    }

    private FileRefusal? Spend(long bytes)
    {
        _bytes += bytes;
        return _bytes > context.Spec.MaxTotalBytes
            ? new FileRefusal(FileFault.TooLarge, $"one execution may read and write {context.Spec.MaxTotalBytes} bytes in all")
            : null;
    }

    private HostAnswer Refuse(FileRefusal refusal)
    {
        FirstRefusal ??= refusal;
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, JsonOutput.Options);
        writer.WriteStartObject();
        writer.WriteString("code"u8, refusal.Fault.Label());
        writer.WriteString("message"u8, refusal.Message);
        writer.WriteEndObject();
        writer.Flush();
        return new HostAnswer(false, buffer.WrittenMemory);
    }

    private static HostAnswer Answer(FileOperations operation, FileEvidence done, byte[] content)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (content.Length / 3 * 4));
        using var writer = new Utf8JsonWriter(buffer, JsonOutput.Options);
        writer.WriteStartObject();
        switch (operation)
        {
            case FileOperations.Read:
                writer.WriteBase64String("content_base64"u8, content);
                writer.WriteString("hash"u8, done.AfterHash!.Value.ToString());
                writer.WriteNumber("size_bytes"u8, content.Length);
                break;
            case FileOperations.Delete:
                writer.WriteBoolean("ok"u8, true);
                break;
            default:
                if (done.BeforeHash is { } before)
                {
                    writer.WriteString("before_hash"u8, before.ToString());
                }

                writer.WriteString("after_hash"u8, done.AfterHash!.Value.ToString());
                writer.WriteNumber("bytes_before"u8, done.BytesBefore);
                writer.WriteNumber("bytes_written"u8, done.BytesAfter);
                break;
        }

        writer.WriteEndObject();
        writer.Flush();
        return new HostAnswer(true, buffer.WrittenMemory);
    }
}
