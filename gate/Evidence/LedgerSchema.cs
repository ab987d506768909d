using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>The ledger's tables. <c>user_version</c> counts the migrations that a file has had; they only ever go forward.</summary>
internal static class LedgerSchema
{
    /// <summary>What <c>chain_hash_format</c> must say.</summary>
    internal const string ChainHashFormat = "jcs-sha256";

    // "LGev", so that file(1) and a wrong path are told apart from other SQLite files.
    private const int ApplicationId = 0x4C476576;

    private static readonly string[] _migrations =
    [
        """
        CREATE TABLE ledger_metadata(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE events(
            seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL, trace_id TEXT NOT NULL, timestamp TEXT NOT NULL,
            event_type TEXT NOT NULL, principal TEXT NOT NULL, session_id TEXT NOT NULL, action_id TEXT NOT NULL,
            decision TEXT NOT NULL, prev_hash BLOB, hash BLOB NOT NULL, body BLOB NOT NULL) STRICT;
        CREATE INDEX events_trace ON events(trace_id);
        CREATE TABLE intents(
            grant_id TEXT PRIMARY KEY, trace_id TEXT NOT NULL, started_at TEXT NOT NULL, seq INTEGER NOT NULL,
            receipt_id TEXT, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX intents_unresolved ON intents(started_at) WHERE receipt_id IS NULL;
        CREATE TABLE consumed_grants(
            grant_id TEXT PRIMARY KEY, action_id TEXT NOT NULL, principal TEXT NOT NULL, consumed_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE receipts(
            receipt_id TEXT NOT NULL UNIQUE, grant_id TEXT NOT NULL, principal TEXT NOT NULL, session_id TEXT NOT NULL,
            created_at TEXT NOT NULL, result_hash BLOB NOT NULL, signature BLOB NOT NULL, kid TEXT NOT NULL, body BLOB NOT NULL) STRICT;
        CREATE TABLE session_budgets(
            session_id TEXT PRIMARY KEY, calls_remaining INTEGER, created_at TEXT NOT NULL, expires_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE approvals(
            approval_id TEXT PRIMARY KEY, state TEXT NOT NULL, trace_id TEXT NOT NULL, principal TEXT NOT NULL,
            session_id TEXT NOT NULL, action_id TEXT NOT NULL, request_hash BLOB NOT NULL, plan BLOB NOT NULL, plan_hash BLOB NOT NULL,
            created_at TEXT NOT NULL, expires_at TEXT NOT NULL, claimed_by TEXT, claimed_at TEXT, claim_token_hash BLOB,
            decided_by TEXT, decided_at TEXT, receipt_id TEXT, reason TEXT) STRICT, WITHOUT ROWID;
        CREATE INDEX approvals_open ON approvals(expires_at) WHERE state IN ('pending', 'claimed');
        CREATE TABLE checkpoints(
            seq INTEGER PRIMARY KEY, count INTEGER NOT NULL, head BLOB NOT NULL, time TEXT NOT NULL, kid TEXT NOT NULL,
            signature BLOB NOT NULL) STRICT;
        INSERT INTO ledger_metadata VALUES('chain_hash_format', 'jcs-sha256');
        """,
        """
        CREATE TABLE learned_destinations(
            kind TEXT NOT NULL CHECK(kind IN ('domain', 'path')), action_id TEXT NOT NULL, value TEXT NOT NULL, added_by TEXT NOT NULL,
            added_at TEXT NOT NULL, source TEXT NOT NULL, approval_id TEXT, PRIMARY KEY(kind, action_id, value)) STRICT, WITHOUT ROWID;
        CREATE TABLE principal_budgets(principal TEXT PRIMARY KEY, state BLOB NOT NULL) STRICT, WITHOUT ROWID;
        """,
    ];

    /// <summary>From this version on there are learned destinations and budgets of principals.</summary>
    internal const int LearnedVersion = 2;

    /// <summary>The version that this build writes.</summary>
    internal static int Version => _migrations.Length;

    /// <summary>Brings a file to this build's version; false when it is not a ledger, or a newer build's.</summary>
    internal static bool TryMigrate(Database database, out string refusal)
    {
        var version = database.Scalar("PRAGMA user_version");
        var application = database.Scalar("PRAGMA application_id");
        refusal = "";
        if (version > Version)
        {
            refusal = $"It has schema version {version}; this build knows {Version}.";
        }
        else if (application != ApplicationId && (version != 0 || database.Scalar("SELECT count(*) FROM sqlite_schema") != 0))
        {
            refusal = "It is some other SQLite database.";
        }
        else
        {
            for (; version < Version; version++)
            {
                database.Execute($"BEGIN IMMEDIATE; {_migrations[version]} PRAGMA user_version={version + 1}; PRAGMA application_id={ApplicationId}; COMMIT");
            }
        }

        return refusal.Length == 0;
    }
}
