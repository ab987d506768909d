using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Storage;
using Microsoft.Win32.SafeHandles;

namespace LatchGate.HostIo.Files;

/// <summary>
/// Creates, replaces and deletes files whole: a reader sees the old file or the new one, also after a power cut, and what a change took
/// away is what the evidence says it was.
/// </summary>
/// <remarks>
/// <code>
/// create     temporary file → fsync → rename without replacing → fsync of the directory
/// overwrite  hash of the old → temporary file → fsync → is the old still there? → exchange of the two names → is the one that came back
///            the one that was hashed?   no: exchange again, conflict     yes: unlink it → fsync of the directory
/// delete     hash → rename to a temporary name → is it the one that was hashed?  no: rename back, conflict   yes: unlink it → fsync
/// </code>
/// Temporary names begin with <c>.latchgate.</c>, which no action can name; one that a crash leaves behind holds the old file or the new.
/// </remarks>
internal static class FileChanges
{
    private const uint OwnerOnly = 0x180; // 0600
    private const uint Common = 0x1A4; // 0644, narrowed by the umask
    private const uint Permissions = 0x1FF; // 0777: what runs as its owner or group is not carried over
    private const uint GroupPermissions = 0x38; // 0070

    // Held while names change, never while bytes are written: of two changes of one file by this gate, the second sees the first.
    private static readonly Lock _names = new();

    internal static FileRefusal? Create(FileRoot root, string path, byte[] content, FileSpec spec, out FileEvidence? evidence, CancellationToken cancellation)
    {
        evidence = null;
        if (root.OpenParent(path, spec.CreateParents, out var parent, out var name) is { } noParent)
        {
            return noParent;
        }

        using (parent)
        {
            // Said before anything is written; the rename below makes sure.
            if (root.Look(parent, name, out _) is not { } there)
            {
                return new FileRefusal(FileFault.AlreadyExists, "the file exists");
            }

            if (there.Fault != FileFault.PathNotFound)
            {
                return there.Fault == FileFault.SpecialFile ? new FileRefusal(FileFault.AlreadyExists, "something of another kind has that name") : there;
            }

            using var temporary = new TemporaryName(parent!);
            if (temporary.Write(content, Common, cancellation, out var hash) is { } failure)
            {
                return failure;
            }

            if (Place(parent!, temporary, name) is not 0 and var error)
            {
                return FileRoot.Explain(error);
            }

            return Synced(parent!, evidence = new FileEvidence("create", path, FileFault.None) { AfterHash = hash, BytesAfter = content.Length }, out evidence);
        }
    }

    internal static FileRefusal? Overwrite(
        FileRoot root, string path, byte[] content, Sha256Digest? expected, FileSpec spec, out FileEvidence? evidence, CancellationToken cancellation)
    {
        evidence = null;
        if (root.OpenParent(path, make: false, out var parent, out var name) is { } noParent)
        {
            return noParent;
        }

        using (parent)
        {
            if (Inspect(root, parent!, name, spec.MaxFileBytes, refuseLinked: true, out var status, out var before, cancellation) is { } refusal)
            {
                return refusal;
            }

            if (expected is { } wanted && wanted != before)
            {
                return new FileRefusal(FileFault.Conflict, "the file is not the one that expected_before_hash names");
            }

            using var temporary = new TemporaryName(parent!);
            if (temporary.Write(content, OwnerOnly, cancellation, out var after) is { } failure)
            {
                return failure;
            }

            temporary.TakeAfter(in status, Permissions, GroupPermissions);
            if (Exchange(root, parent!, temporary, name, in status) is { } undone)
            {
                return undone;
            }

            temporary.Dispose();
            return Synced(
                parent!,
                new FileEvidence("overwrite", path, FileFault.None)
                {
                    BeforeHash = before,
                    AfterHash = after,
                    BytesBefore = (long)status.Size,
                    BytesAfter = content.Length,
                },
                out evidence);
        }
    }

    internal static FileRefusal? Delete(FileRoot root, string path, FileSpec spec, out FileEvidence? evidence, CancellationToken cancellation)
    {
        evidence = null;
        if (root.OpenParent(path, make: false, out var parent, out var name) is { } noParent)
        {
            return noParent;
        }

        using (parent)
        {
            if (Inspect(root, parent!, name, spec.MaxFileBytes, refuseLinked: false, out var status, out var before, cancellation) is { } refusal)
            {
                return refusal;
            }

            using var aside = new TemporaryName(parent!);
            if (SetAside(root, parent!, aside, name, in status) is { } undone)
            {
                return undone;
            }

            aside.Dispose();
            return Synced(parent!, new FileEvidence("delete", path, FileFault.None) { BeforeHash = before, BytesBefore = (long)status.Size }, out evidence);
        }
    }

    // What is there now: a regular file within the bound, and its hash.
    private static FileRefusal? Inspect(
        FileRoot root, SafeFileHandle parent, string name, long limit, bool refuseLinked, out Posix.FileStatus status, out Sha256Digest hash,
        CancellationToken cancellation)
    {
        hash = default;
        if (root.OpenRegular(parent, name, out var file, out status) is { } refusal)
        {
            return refusal;
        }

        using (file)
        {
            return (refuseLinked ? FileRoot.RefuseLinked(in status) : null) ?? FileContent.Hash(file!, in status, limit, out hash, cancellation);
        }
    }

    // A file system that cannot rename without replacing can link without replacing.
    private static int Place(SafeFileHandle parent, TemporaryName temporary, string name)
    {
        var error = LinuxFiles.Rename(parent, temporary.Name, name, LinuxFiles.NoReplace);
        if (error == 0)
        {
            temporary.Exists = false;
        }

        return error == LinuxFiles.InvalidArgument ? LinuxFiles.Link(parent, temporary.Name, name) : error;
    }

    private static FileRefusal? SetAside(FileRoot root, SafeFileHandle parent, TemporaryName aside, string name, in Posix.FileStatus hashed)
    {
        lock (_names)
        {
            var error = LinuxFiles.Rename(parent, name, aside.Name, LinuxFiles.NoReplace);
            if (error == LinuxFiles.InvalidArgument)
            {
                // The name is random, so there is nothing to replace.
                error = LinuxFiles.Rename(parent, name, aside.Name, 0);
            }

            if (error != 0)
            {
                return FileRoot.Explain(error);
            }

            // If another file had come in its place, that one goes back.
            aside.Exists = root.Look(parent, aside.Name, out var moved) is null && moved.IsUnchanged(hashed);
            return aside.Exists ? null : aside.GiveBack(name, "the file was replaced while it was to be deleted");
        }
    }

    private static FileRefusal? Exchange(FileRoot root, SafeFileHandle parent, TemporaryName temporary, string name, in Posix.FileStatus hashed)
    {
        const string Why = "the file was changed while it was to be replaced";
        lock (_names)
        {
            if (root.Look(parent, name, out var last) is not null || !last.IsUnchanged(hashed))
            {
                return new FileRefusal(FileFault.Conflict, Why);
            }

            var error = LinuxFiles.Rename(parent, temporary.Name, name, LinuxFiles.Exchange);
            if (error == LinuxFiles.InvalidArgument)
            {
                // This file system cannot exchange names: the look above is as close to the change as one can be.
                error = LinuxFiles.Rename(parent, temporary.Name, name, 0);
                temporary.Exists = error != 0;
                return error == 0 ? null : FileRoot.Explain(error);
            }

            if (error != 0)
            {
                return error == LinuxFiles.NoEntry ? new FileRefusal(FileFault.Conflict, Why) : FileRoot.Explain(error);
            }

            // The temporary name now holds what was there: what somebody else put there since the look is given back.
            return root.Look(parent, temporary.Name, out var replaced) is null && replaced.IsUnchanged(hashed)
                ? null
                : temporary.ExchangeBack(root, name, Why);
        }
    }

    // The change is made; whether it outlasts a power cut, the directory's fsync says.
    private static FileRefusal? Synced(SafeFileHandle parent, FileEvidence done, out FileEvidence? evidence)
    {
        var error = LinuxFiles.Sync(parent);
        evidence = error == 0 ? done : done with { Outcome = FileFault.IoError };
        return error == 0 ? null : new FileRefusal(FileFault.IoError, "the change was made, and could not be made durable");
    }
}
