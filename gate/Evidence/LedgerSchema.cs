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

        // 2: a call changes fewer pages. An intent has the place of its event, a receipt that of its intent, so both are appended;
        // the intent's own key says that its grant is consumed, and the receipt's that the intent has an outcome.
        // A receipt whose intent is gone keeps a place before all others, where the verifier finds it.
        """
        CREATE TABLE placed_intents(
            seq INTEGER PRIMARY KEY, grant_id TEXT NOT NULL UNIQUE, trace_id TEXT NOT NULL, started_at TEXT NOT NULL, body BLOB NOT NULL) STRICT;
        CREATE TABLE placed_receipts(
            intent_seq INTEGER PRIMARY KEY, receipt_id TEXT NOT NULL UNIQUE, grant_id TEXT NOT NULL, principal TEXT NOT NULL,
            session_id TEXT NOT NULL, created_at TEXT NOT NULL, result_hash BLOB NOT NULL, signature BLOB NOT NULL, kid TEXT NOT NULL,
            body BLOB NOT NULL) STRICT;
        CREATE TABLE open_intents(seq INTEGER PRIMARY KEY) STRICT;
        INSERT INTO placed_intents SELECT seq, grant_id, trace_id, started_at, body FROM intents ORDER BY seq;
        INSERT INTO placed_receipts
            SELECT ifnull(i.seq, -r.rowid), r.receipt_id, r.grant_id, r.principal, r.session_id, r.created_at, r.result_hash, r.signature, r.kid, r.body
            FROM receipts r LEFT JOIN intents i ON i.grant_id = r.grant_id ORDER BY 1;
        INSERT INTO open_intents SELECT seq FROM intents WHERE receipt_id IS NULL;
        DROP TABLE consumed_grants;
        DROP TABLE intents;
        DROP TABLE receipts;
        ALTER TABLE placed_intents RENAME TO intents;
        ALTER TABLE placed_receipts RENAME TO receipts;
        """,

        // 3: destinations that operators add while the gate runs, and calls counted for each principal.
        """
        CREATE TABLE learned_destinations(
            kind TEXT NOT NULL CHECK(kind IN ('domain', 'path')), action_id TEXT NOT NULL, value TEXT NOT NULL, added_by TEXT NOT NULL,
            added_at TEXT NOT NULL, source TEXT NOT NULL, approval_id TEXT, PRIMARY KEY(kind, action_id, value)) STRICT, WITHOUT ROWID;
        CREATE TABLE principal_budgets(principal TEXT PRIMARY KEY, state BLOB NOT NULL) STRICT, WITHOUT ROWID;
        """,

        // 4: what operators revoked.
        """
        CREATE TABLE revocation_epoch(epoch INTEGER NOT NULL, floor INTEGER NOT NULL) STRICT;
        INSERT INTO revocation_epoch VALUES(0, 0);
        CREATE TABLE revocations(
            kind TEXT NOT NULL, id TEXT NOT NULL, epoch INTEGER NOT NULL, blocked INTEGER NOT NULL, expires_at TEXT NOT NULL,
            PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;
        """,

        // 5: approvals. Plans are sealed, and go when the approval ends; equal requests are one. Plans that an earlier build stored in
        // clear text are removed: what still waited then is refused as plan_unreadable, and the agent asks again.
        """
        CREATE TABLE sealed_approvals(
            approval_id TEXT PRIMARY KEY, state TEXT NOT NULL, trace_id TEXT NOT NULL, principal TEXT NOT NULL, session_id TEXT NOT NULL,
            action_id TEXT NOT NULL, request_hash BLOB NOT NULL, plan_hash BLOB NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL,
            claimed_by TEXT, claimed_at TEXT, claim_token_hash BLOB, decided_by TEXT, decided_at TEXT, receipt_id TEXT, reason TEXT,
            owner TEXT, action_version TEXT, risk_level TEXT, policy_version TEXT, same_key BLOB, plan BLOB) STRICT, WITHOUT ROWID;
        INSERT INTO sealed_approvals
            SELECT approval_id, state, trace_id, principal, session_id, action_id, request_hash, plan_hash, created_at, expires_at, claimed_by,
                claimed_at, claim_token_hash, decided_by, decided_at, receipt_id, reason, NULL, NULL, NULL, NULL, NULL, NULL FROM approvals;
        DROP TABLE approvals;
        ALTER TABLE sealed_approvals RENAME TO approvals;
        CREATE INDEX approvals_by_state ON approvals(state, approval_id);
        CREATE INDEX approvals_due ON approvals(expires_at) WHERE state IN ('pending', 'claimed', 'executing');
        CREATE INDEX approvals_of_principal ON approvals(principal, approval_id) WHERE state IN ('pending', 'claimed', 'executing');
        CREATE UNIQUE INDEX approvals_same ON approvals(same_key) WHERE state IN ('pending', 'claimed', 'executing');
        """,

        // 6: what else an operator can revoke a waiting call by.
        """
        ALTER TABLE approvals ADD COLUMN lease_jti TEXT;
        ALTER TABLE approvals ADD COLUMN grant_id TEXT;
        """,

        // 7: what was used under egress rules with caps.
        """
        CREATE TABLE egress_usage(
            principal TEXT NOT NULL, action_id TEXT NOT NULL, rule TEXT NOT NULL, day INTEGER NOT NULL, bytes INTEGER NOT NULL,
            tokens INTEGER NOT NULL, usd_micros INTEGER NOT NULL, PRIMARY KEY(principal, action_id, rule)) STRICT, WITHOUT ROWID;
        """,

        // 8: events on their way to webhooks. Times are milliseconds since 1970, so that they compare as they are.
        """
        CREATE TABLE webhook_outbox(
            id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, endpoint TEXT NOT NULL, type TEXT NOT NULL,
            state TEXT NOT NULL CHECK(state IN ('pending', 'delivered', 'dead')), created_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL, ended_at INTEGER, status INTEGER, error TEXT, envelope BLOB NOT NULL) STRICT;
        CREATE INDEX webhook_outbox_due ON webhook_outbox(endpoint, due_at, id) WHERE state = 'pending';
        CREATE INDEX webhook_outbox_ended ON webhook_outbox(state, endpoint, ended_at) WHERE state <> 'pending';
        """,

        // 9: what was taken out of the ledger into files.
        """
        CREATE TABLE segments(number INTEGER PRIMARY KEY, record BLOB NOT NULL, signature BLOB NOT NULL, state BLOB) STRICT;
        """,
    ];

    // What a reader of the present tables sees in a file of version 6 or less.
    private const string Version6AsPresent =
        """
        CREATE TEMP VIEW egress_usage AS
            SELECT '' AS principal, '' AS action_id, '' AS rule, 0 AS day, 0 AS bytes, 0 AS tokens, 0 AS usd_micros WHERE 0;
        """;

    // As above, for a file of version 8 or less.
    private const string Version8AsPresent =
        "CREATE TEMP VIEW segments AS SELECT 0 AS number, x'' AS record, x'' AS signature, NULL AS state WHERE 0";

    // What a reader of the present tables sees in a file of version 2 or less, which it must not change.
    private const string Version2AsPresent =
        """
        CREATE TEMP VIEW learned_destinations AS
            SELECT '' AS kind, '' AS action_id, '' AS value, '' AS added_by, '' AS added_at, '' AS source, '' AS approval_id WHERE 0;
        CREATE TEMP VIEW principal_budgets AS SELECT '' AS principal, x'' AS state WHERE 0;
        """;

    // As above, for a file of version 3 or less.
    private const string Version3AsPresent =
        """
        CREATE TEMP VIEW revocation_epoch AS SELECT 0 AS epoch, 0 AS floor;
        CREATE TEMP VIEW revocations AS SELECT '' AS kind, '' AS id, 0 AS epoch, 0 AS blocked, '' AS expires_at WHERE 0;
        """;

    // As above, for a file of version 5.
    private const string Version5AsPresent =
        "CREATE TEMP VIEW approvals AS SELECT *, NULL AS lease_jti, NULL AS grant_id FROM main.approvals";

    // What a reader of the present tables sees in a file of version 1, which it must not change.
    private const string Version1AsPresent =
        """
        CREATE TEMP VIEW receipts AS
            SELECT (SELECT seq FROM main.intents i WHERE i.grant_id = r.grant_id) AS intent_seq, r.* FROM main.receipts r;
        CREATE TEMP VIEW open_intents AS SELECT seq FROM main.intents WHERE receipt_id IS NULL;
        """;

    // As above, for a file whose approvals have plans in clear text; StateCheck looks at those on its own.
    private const string ClearApprovalsAsPresent =
        """
        CREATE TEMP VIEW approvals AS
            SELECT approval_id, state, trace_id, principal, session_id, action_id, request_hash, plan_hash, created_at, expires_at, claimed_by,
                claimed_at, claim_token_hash, decided_by, decided_at, receipt_id, reason, NULL AS owner, NULL AS action_version,
                NULL AS risk_level, NULL AS policy_version, NULL AS same_key, NULL AS lease_jti, NULL AS grant_id, NULL AS plan FROM main.approvals;
        """;

    /// <summary>The version that this build writes.</summary>
    internal static int Version => _migrations.Length;

    /// <summary>Lets this build's queries read a file of any version, and writes nothing; false for a version that it does not know.</summary>
    internal static bool TryRead(Database database, out long version)
    {
        version = database.Scalar("PRAGMA user_version");
        if (version == 1)
        {
            database.Execute(Version1AsPresent);
        }

        if (version is 1 or 2)
        {
            database.Execute(Version2AsPresent);
        }

        if (version is >= 1 and <= 3)
        {
            database.Execute(Version3AsPresent);
        }

        if (version is >= 1 and <= 6)
        {
            database.Execute(Version6AsPresent);
        }

        if (version is >= 1 and <= 8)
        {
            database.Execute(Version8AsPresent);
        }

        if (version >= 1 && HasClearPlans(database))
        {
            database.Execute(ClearApprovalsAsPresent);
        }
        else if (version == 5)
        {
            database.Execute(Version5AsPresent);
        }

        return version >= 1 && version <= Version;
    }

    /// <summary>Whether the file's approvals hold plans in clear text, as those of an earlier build do.</summary>
    internal static bool HasClearPlans(Database database) =>
        database.Scalar("SELECT count(*) FROM pragma_table_info('approvals', 'main') WHERE name = 'plan' AND \"notnull\" = 1") == 1;

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
