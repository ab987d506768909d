using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Approvals (reference/kernel.md §9). Each change returns the digest of the new state, for the event that announces it.</summary>
internal sealed class ApprovalTable(Database database, CanonicalWriter writer, OpenApprovals open)
{
    /// <summary>The columns that <see cref="Read"/> reads.</summary>
    internal const string Columns = Described + ", plan";

    /// <summary>The same without the plan, which is most of a row: for lists, and for what ends many, whose plans go with it.</summary>
    internal const string ColumnsWithoutPlan = Described + ", NULL";

    /// <summary>What the partial indexes are over. A query must say it in these words for SQLite to use them.</summary>
    internal const string NotEnded = "state IN ('pending', 'claimed', 'executing')";

    private const string Described =
        """
        approval_id, state, trace_id, principal, session_id, action_id, request_hash, plan_hash, created_at, expires_at, claimed_by,
        claimed_at, claim_token_hash, decided_by, decided_at, receipt_id, reason, owner, action_version, risk_level, policy_version, same_key,
        lease_jti, grant_id
        """;

    private readonly Statement _select = database.Prepare($"SELECT {Columns} FROM approvals WHERE approval_id = ?");

    private readonly Statement _same = database.Prepare($"SELECT {Columns} FROM approvals WHERE same_key = ? AND {NotEnded}");

    private readonly Statement _due = database.Prepare(DueSql);

    private readonly Statement _undispatched = database.Prepare(
        $"""
        SELECT {ColumnsWithoutPlan} FROM approvals WHERE state IN ('pending', 'claimed')
            AND (?1 IS NULL OR ?2 = CASE ?1 WHEN 'principal' THEN principal WHEN 'session' THEN session_id WHEN 'lease' THEN lease_jti
                WHEN 'grant' THEN grant_id END)
        """);

    private readonly Statement _executing = database.Prepare($"SELECT {ColumnsWithoutPlan} FROM approvals WHERE state = 'executing' LIMIT ?");

    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO approvals(approval_id, state, trace_id, principal, session_id, action_id, request_hash, plan_hash, created_at, expires_at,
            owner, action_version, risk_level, policy_version, lease_jti, grant_id, same_key, plan)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, x''), ?) ON CONFLICT DO NOTHING
        """);

    private readonly Statement _update = database.Prepare(
        """
        UPDATE approvals SET state = ?, claimed_by = ?, claimed_at = ?, claim_token_hash = nullif(?, x''), decided_by = ?, decided_at = ?,
            receipt_id = ?, reason = ?, plan = nullif(?, x'') WHERE approval_id = ?
        """);

    /// <summary>Approvals that wait although their time is over, oldest first; without their plans.</summary>
    internal static string DueSql =>
        $"SELECT {ColumnsWithoutPlan} FROM approvals INDEXED BY approvals_due WHERE {NotEnded} AND state <> 'executing' AND expires_at <= ? ORDER BY expires_at LIMIT ?";

    /// <summary>How many there are that have not ended.</summary>
    internal OpenApprovals Open => open;

    /// <summary>Adds a new approval; null when the id, or the key of another that has not ended, is the same.</summary>
    internal Sha256Digest? TryInsert(StoredApproval approval)
    {
        var added = _insert
            .Text(approval.ApprovalId).Text(approval.State.ToWire()).Text(approval.TraceId).Text(approval.Principal).Text(approval.SessionId)
            .Text(approval.ActionId).Blob(approval.RequestHash.Bytes).Blob(approval.PlanHash.Bytes)
            .Text(WireTime.Format(approval.CreatedAt)).Text(WireTime.Format(approval.ExpiresAt))
            .Text(approval.Owner).Text(approval.ActionVersion).Text(approval.RiskLevel).Text(approval.PolicyVersion)
            .Text(approval.LeaseJti).Text(approval.GrantId)
            .Blob(approval.SameKey is { } key ? key.Bytes : []).Blob(approval.SealedPlan.Span).Run() == 1;
        if (!added)
        {
            return null;
        }

        open.Add(approval.Principal);
        return approval.ToCanonical(writer).Digest;
    }

    /// <summary>Stores a new state. With the last one the plan is removed, in the same commit (reference/kernel.md D-39).</summary>
    internal Sha256Digest Update(StoredApproval approval)
    {
        var stored = approval.HasEnded ? approval with { SealedPlan = default } : approval;
        _update.Text(stored.State.ToWire()).Text(stored.ClaimedBy).Text(Form(stored.ClaimedAt))
            .Blob(stored.ClaimTokenHash is { } hash ? hash.Bytes : []).Text(stored.DecidedBy).Text(Form(stored.DecidedAt))
            .Text(stored.ReceiptId).Text(stored.Reason).Blob(stored.SealedPlan.Span).Text(stored.ApprovalId).Run();
        if (stored.HasEnded)
        {
            open.Remove(stored.Principal);
        }

        return stored.ToCanonical(writer).Digest;

        static string? Form(DateTimeOffset? time) => time is { } t ? WireTime.Format(t) : null;
    }

    internal StoredApproval? Find(string approvalId)
    {
        try
        {
            return _select.Text(approvalId).Step() ? Read(_select) : null;
        }
        finally
        {
            _select.Reset();
        }
    }

    /// <summary>The approval with this key that has not ended.</summary>
    internal StoredApproval? FindSame(Sha256Digest key)
    {
        try
        {
            return _same.Blob(key.Bytes).Step() ? Read(_same) : null;
        }
        finally
        {
            _same.Reset();
        }
    }

    /// <summary>An approval that is claimed under <paramref name="token"/> and no further.</summary>
    internal bool TryGetClaimed(string approvalId, string? token, [NotNullWhen(true)] out StoredApproval? approval)
    {
        approval = Find(approvalId);
        return approval is { State: ApprovalState.Claimed } && HoldsToken(approval, token);
    }

    internal static bool HoldsToken(StoredApproval approval, string? token) =>
        token is not null && approval.ClaimTokenHash is { } expected
        && CryptographicOperations.FixedTimeEquals(HashOf(token).Bytes, expected.Bytes);

    internal static Sha256Digest HashOf(string token) => Sha256Digest.Of(Encoding.UTF8.GetBytes(token));

    /// <summary>Approvals that wait although their time is over; without their plans.</summary>
    internal List<StoredApproval> Due(DateTimeOffset now, int limit) => Collect(_due.Text(WireTime.Format(now)).Integer(limit));

    /// <summary>Approvals whose call is, or was, under way; without their plans.</summary>
    internal List<StoredApproval> Executing(int limit) => Collect(_executing.Integer(limit));

    /// <summary>Approvals that wait or are being decided, and that a revocation is about, without their plans; all of them without one.</summary>
    internal List<StoredApproval> Undispatched(Revocation? revocation) => Collect(_undispatched.Text(revocation?.Kind.ToWire()).Text(revocation?.Id));

    /// <summary>Reads all rows and makes the statement ready for the next use.</summary>
    internal static List<StoredApproval> Collect(Statement rows)
    {
        var approvals = new List<StoredApproval>();
        try
        {
            while (rows.Step())
            {
                approvals.Add(Read(rows));
            }
        }
        finally
        {
            rows.Reset();
        }

        return approvals;
    }

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    /// <exception cref="DatabaseException">A column does not hold what this code wrote: the file was changed by someone else.</exception>
    internal static StoredApproval Read(Statement row)
    {
        if (!ApprovalStateExtensions.TryParse(row.Bytes(1), out var state)
            || row.Digest(6) is not { } requestHash
            || row.Digest(7) is not { } planHash
            || !WireTime.TryParse(row.String(8), out var createdAt)
            || !WireTime.TryParse(row.String(9), out var expiresAt))
        {
            throw new DatabaseException(SQLitePCL.raw.SQLITE_CORRUPT, "An approval holds values that no gate writes.");
        }

        return new StoredApproval
        {
            ApprovalId = row.String(0),
            State = state,
            TraceId = row.String(2),
            Principal = row.String(3),
            SessionId = row.String(4),
            ActionId = row.String(5),
            RequestHash = requestHash,
            PlanHash = planHash,
            CreatedAt = createdAt,
            ExpiresAt = expiresAt,
            ClaimedBy = row.StringOrNull(10),
            ClaimedAt = Time(row, 11),
            ClaimTokenHash = row.Digest(12),
            DecidedBy = row.StringOrNull(13),
            DecidedAt = Time(row, 14),
            ReceiptId = row.StringOrNull(15),
            Reason = row.StringOrNull(16),
            Owner = row.StringOrNull(17),
            ActionVersion = row.StringOrNull(18),
            RiskLevel = row.StringOrNull(19),
            PolicyVersion = row.StringOrNull(20),
            SameKey = row.Digest(21),
            LeaseJti = row.StringOrNull(22),
            GrantId = row.StringOrNull(23),
            SealedPlan = row.Bytes(24).ToArray(),
        };
    }

    private static DateTimeOffset? Time(Statement row, int column) => WireTime.TryParse(row.String(column), out var time) ? time : null;
}
