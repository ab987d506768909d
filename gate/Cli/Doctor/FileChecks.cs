using System.Globalization;
using System.Net.Sockets;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Cli.Doctor;

/// <summary>Keys, sockets, ledger and disk. Nothing is made or changed; a gate may be running.</summary>
internal static class FileChecks
{
    private const long LittleSpace = 1L << 30;
    private const long NoSpace = 100L << 20;

    // What the clock of a file server may be off by.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(2);

    internal static void Keys(Section section, GateConfig config)
    {
        Key(section, "receipt_key", config.ReceiptSigningKeyPath, StartupError.SigningKeyFailed, Ed25519.SeedSize);
        Key(section, "grant_key", config.GrantSigningKeyPath, StartupError.SigningKeyFailed, Ed25519.SeedSize);
        Key(section, "issuer_key", config.IssuerKeyPath, StartupError.IssuerInitFailed, null);
        if (File.Exists(config.ApprovalsKeyPath))
        {
            Key(section, "approvals_key", config.ApprovalsKeyPath, StartupError.SigningKeyFailed, 32);
        }
        else
        {
            section.Skip("approvals_key", $"{config.ApprovalsKeyPath} is made at the first start");
        }

        if (File.Exists(config.ReceiptKeysJwksPath))
        {
            section.Try("receipt_keys", $"{config.ReceiptKeysJwksPath}: public keys of all receipts", () => ReceiptJwks.Read(config.ReceiptKeysJwksPath));
        }
        else
        {
            section.Skip("receipt_keys", $"{config.ReceiptKeysJwksPath} is made at the first start");
        }
    }

    internal static void Sockets(Section section, GateConfig config)
    {
        Socket(section, "client_socket", config.ListenUdsPath);
        Socket(section, "admin_socket", config.ListenAdminUdsPath);
    }

    internal static void Ledger(Section section, GateConfig config, TimeProvider time)
    {
        var path = config.LedgerDbPath;
        var directory = Path.GetDirectoryName(path) ?? "/";
        if (!Directory.Exists(directory))
        {
            section.Skip("ledger", $"{directory} is made at the first start");
            return;
        }

        var (isDurable, fileSystem) = Durability.Of(directory);
        if (isDurable)
        {
            section.Ok("ledger_durability", $"{directory} is on {fileSystem}: what is confirmed stays");
        }
        else if (config.AllowVolatileLedger)
        {
            section.Warn("ledger_durability", $"{directory} is on {fileSystem}, where a commit does not survive loss of power", "Put the ledger on a local disk.");
        }
        else
        {
            section.Error("ledger_durability", $"{directory} is on {fileSystem}, where a commit does not survive loss of power", "Put the ledger on a local disk, or set allow_volatile_ledger.");
        }

        Space(section, directory);
        if (!File.Exists(path))
        {
            section.Skip("ledger", $"{path} is made at the first start");
            return;
        }

        Lock(section, path + ".lock");
        Content(section, path);
        Clock(section, path, time);
    }

    private static void Key(Section section, string check, string path, StartupError error, int? length)
    {
        if (!File.Exists(path))
        {
            section.Error(check, $"{path} does not exist", "Restore it; 'latchgate up' makes keys only where there is no configuration yet.");
            return;
        }

        section.Try(check, $"{path}: its owner's alone", () =>
        {
            PrivateFile.RequireOwnersAlone(path, check.Replace('_', ' '), error);
            if (length is { } wanted && new FileInfo(path).Length is var actual && actual != wanted)
            {
                throw new StartupException(error, $"{path} has {actual} bytes instead of {wanted}", "Restore the file: it is raw, without header.");
            }
        });
    }

    private static void Socket(Section section, string check, string path)
    {
        if (!File.Exists(path))
        {
            section.Skip(check, $"no gate is running at {path}");
            return;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            section.Ok(check, $"a gate answers at {path}");
        }
        catch (SocketException e)
        {
            section.Warn(check, $"{path}: {e.Message}", "Start the gate; it replaces a socket that was left behind. Or run this as a user who may connect.");
        }
    }

    // flock(2) has no question without taking; the kernel's table has the answer.
    private static void Lock(Section section, string path)
    {
        if (!Posix.TryStat(path, followLink: true, out var status))
        {
            section.Skip("ledger_lock", "no gate has opened the ledger");
            return;
        }

        var suffix = string.Create(CultureInfo.InvariantCulture, $":{status.Inode} ");
        var isHeld = false;
        foreach (var line in File.ReadAllLines("/proc/locks"))
        {
            isHeld |= line.Contains("FLOCK", StringComparison.Ordinal) && line.Contains(suffix, StringComparison.Ordinal);
        }

        section.Ok("ledger_lock", isHeld ? "held by a running gate" : "free: no gate is running");
    }

    private static void Content(Section section, string path)
    {
        try
        {
            using var database = Database.Open(path, DatabaseAccess.ReadOnly);
            if (!LedgerSchema.TryRead(database, out var version) || version > LedgerSchema.Version)
            {
                section.Error("ledger_schema", $"{path} is not a ledger of this build", "Check ledger_db_path, or run the build that wrote it.");
                return;
            }

            section.Ok("ledger_schema", version == LedgerSchema.Version ? $"version {version}" : $"version {version}; the next start takes it to {LedgerSchema.Version}");
            section.Ok("ledger", $"{path}: {database.Scalar("SELECT ifnull(max(seq), 0) FROM events")} events; 'latchgate verify' checks them");
        }
        catch (DatabaseException e)
        {
            section.Error("ledger", $"{path} cannot be read: {e.Message}", "Run this as the gate's user; run 'latchgate verify' for a verdict on its content.");
        }
    }

    private static void Clock(Section section, string path, TimeProvider time)
    {
        var (now, written) = (time.GetUtcNow(), new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero));
        if (written > now + Skew)
        {
            section.Error("clock", $"the ledger was written at {WireTime.Format(written)}, which is in the future", "Set the clock right: leases, proofs and approvals live by it.");
        }
        else
        {
            section.Ok("clock", $"{WireTime.Format(now)}, after the ledger's last write");
        }
    }

    private static void Space(Section section, string directory)
    {
        var free = new DriveInfo(directory).AvailableFreeSpace;
        var text = string.Create(CultureInfo.InvariantCulture, $"{free >> 20} MiB are free at {directory}");
        if (free < NoSpace)
        {
            section.Error("disk_space", text, "Make room: without it every call is refused.");
        }
        else if (free < LittleSpace)
        {
            section.Warn("disk_space", text, "Make room soon: without it every call is refused.");
        }
        else
        {
            section.Ok("disk_space", text);
        }
    }
}
