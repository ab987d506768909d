using System.Text.Json;
using System.Text.Json.Nodes;
using LatchGate.Actions;
using LatchGate.HostIo.Files;
using LatchGate.Learned;
using LatchGate.Sandbox;

namespace LatchGate.Tests.Files;

/// <summary>A root with real files and a host for it; a directory beside the root plays the rest of the machine.</summary>
internal sealed class FileRig : IDisposable
{
    internal const FileOperations All = FileOperations.Read | FileOperations.Create | FileOperations.Overwrite | FileOperations.Delete;

    private readonly Config.TempDirectory _temp = new();

    internal FileRig()
    {
        Directory.CreateDirectory(Root);
        Directory.CreateDirectory(Outside);
        File.WriteAllText(Path.Combine(Outside, "secret.txt"), Secret);
    }

    internal const string Secret = "the secret beside the root";

    internal string Root => _temp["root"];

    internal string Outside => _temp["outside"];

    internal FileOperations Operations { get; init; } = All;

    internal string[] Allow { get; init; } = ["**"];

    internal string[] Deny { get; init; } = [];

    internal long MaxFileBytes { get; init; } = 1 << 20;

    internal long MaxTotalBytes { get; init; } = 1 << 22;

    internal bool CreateParents { get; init; }

    internal string? OpenedPath { get; init; }

    internal string this[string path] => Path.Combine(Root, path);

    internal FileHostCalls Host() => new(new FileCallContext(
        Spec(), Spec().Rules, Root, OpenedPath));

    internal FileSpec Spec() => new(Operations, [.. Allow], [.. Deny], MaxFileBytes, MaxTotalBytes, CreateParents, allowLearning: false);

    /// <summary>Makes one call with a host of its own.</summary>
    internal FileAnswer Call(string operation, string path, byte[]? content = null, string? mode = null, string? expected = null)
    {
        var host = Host();
        var answer = Call(host, operation, path, content, mode, expected);
        return answer with { Evidence = host.Evidence };
    }

    internal static FileAnswer Call(
        FileHostCalls host, string operation, string path, byte[]? content = null, string? mode = null, string? expected = null)
    {
        var request = new JsonObject { ["operation"] = operation, ["path"] = path };
        if (content is not null)
        {
            request["content_base64"] = Convert.ToBase64String(content);
            request["mode"] = mode ?? "overwrite";
        }

        if (expected is not null)
        {
            request["expected_before_hash"] = expected;
        }

        return Of(host.Call(JsonSerializer.SerializeToUtf8Bytes(request), CancellationToken.None), host);
    }

    internal FileAnswer Raw(string json)
    {
        var host = Host();
        return Of(host.Call(System.Text.Encoding.UTF8.GetBytes(json), CancellationToken.None), host);
    }

    internal void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[path])!);
        File.WriteAllText(this[path], content);
    }

    /// <summary>Everything below the root, temporary names included.</summary>
    internal string[] Names() => [.. Below(new DirectoryInfo(Root)).Select(p => Path.GetRelativePath(Root, p)).Order(StringComparer.Ordinal)];

    public void Dispose() => _temp.Dispose();

    private static IEnumerable<string> Below(DirectoryInfo directory) => directory.EnumerateFileSystemInfos()
        .SelectMany(e => e is DirectoryInfo { LinkTarget: null } below ? Below(below).Prepend(e.FullName) : [e.FullName]);

    private static FileAnswer Of(HostAnswer answer, FileHostCalls host)
    {
        var json = JsonDocument.Parse(answer.Body).RootElement;
        return new FileAnswer(answer.Ok, json, answer.Ok ? null : json.GetProperty("code").GetString()) { Evidence = host.Evidence };
    }
}

/// <summary>What the host answered, and what it saw.</summary>
internal sealed record FileAnswer(bool Ok, JsonElement Json, string? Code)
{
    internal IReadOnlyList<FileEvidence> Evidence { get; init; } = [];

    internal byte[] Content => Json.GetProperty("content_base64").GetBytesFromBase64();

    internal string? Text(string member) => Json.TryGetProperty(member, out var value) ? value.GetString() : null;
}
