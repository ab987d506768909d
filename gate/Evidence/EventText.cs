using System.Text;
using System.Text.Json;
using LatchGate.Crypto;

namespace LatchGate.Evidence;

/// <summary>The members of an event's text that the verifier needs, read in one pass.</summary>
internal struct EventText
{
    internal long Seq;
    internal Sha256Digest? PrevHash;
    internal Sha256Digest? IntentDigest;
    internal Sha256Digest? ReceiptDigest;
    internal Sha256Digest? ApprovalDigest;
    internal Sha256Digest? LearnedDigest;
    internal Sha256Digest? UsageDigest;
    internal Sha256Digest? RevocationsDigest;
    internal string? GrantId;
    internal string? ReceiptId;
    internal string? ApprovalId;
    internal bool HasBudget;
    internal long? CallsAfter;
    internal bool IsBudgetSet;
    internal bool IsResolution;
    internal bool IsEgressUsage;
    internal bool IsSeal;
    internal Range Detail;
    internal string? ExpiresAt;

    /// <summary>What every event's text begins with, and no other line of an export.</summary>
    internal static ReadOnlySpan<byte> Start => "{\"action_digest\""u8;

    /// <summary>Reads an event; false when a member is not of the kind that the gate writes.</summary>
    /// <param name="body">Canonical JSON, checked as such.</param>
    /// <param name="columns">Compares members with the row's columns; names the first that differs.</param>
    /// <param name="text">The members.</param>
    internal static bool TryRead(ReadOnlySpan<byte> body, ref ColumnCheck columns, out EventText text)
    {
        text = default;
        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            reader.Read();
            columns.Check(name, ref reader);
            if (!text.Take(name, ref reader))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>As <see cref="TryRead"/>, for text that may be no JSON at all.</summary>
    internal static bool TryReadLine(ReadOnlySpan<byte> line, ref ColumnCheck columns, out EventText text)
    {
        text = default;
        return Json.Jcs.IsCanonical(line, Json.JsonLimits.Evidence) && TryRead(line, ref columns, out text);
    }

    /// <summary>A top-level member that is a string; empty when there is none.</summary>
    internal static string TextOf(ReadOnlySpan<byte> json, ReadOnlySpan<byte> member)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(member);
            reader.Read();
            if (found)
            {
                return reader.TokenType == JsonTokenType.String ? reader.GetString() ?? "" : "";
            }

            reader.Skip();
        }

        return "";
    }

    private bool Take(ReadOnlySpan<byte> name, ref Utf8JsonReader reader)
    {
        switch (name.Length)
        {
            case 3 when name.SequenceEqual("seq"u8):
                return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out Seq);
            case 9 when name.SequenceEqual("prev_hash"u8):
                return TakeDigest(ref reader, out PrevHash);
            case 13 when name.SequenceEqual("intent_digest"u8):
                return TakeDigest(ref reader, out IntentDigest);
            case 14 when name.SequenceEqual("receipt_digest"u8):
                return TakeDigest(ref reader, out ReceiptDigest);
            case 12 when name.SequenceEqual("usage_digest"u8):
                return TakeDigest(ref reader, out UsageDigest);
            case 14 when name.SequenceEqual("learned_digest"u8):
                return TakeDigest(ref reader, out LearnedDigest);
            case 15 when name.SequenceEqual("approval_digest"u8):
                return TakeDigest(ref reader, out ApprovalDigest);
            case 18 when name.SequenceEqual("revocations_digest"u8):
                return TakeDigest(ref reader, out RevocationsDigest);
            case 8 when name.SequenceEqual("grant_id"u8):
                return TakeText(ref reader, out GrantId);
            case 10 when name.SequenceEqual("receipt_id"u8):
                return TakeText(ref reader, out ReceiptId);
            case 11 when name.SequenceEqual("approval_id"u8):
                return TakeText(ref reader, out ApprovalId);
            case 10 when name.SequenceEqual("event_type"u8):
                return reader.TokenType != JsonTokenType.String || TakeType(ref reader);
            case 13 when name.SequenceEqual("budgets_after"u8):
                return TakeCalls(ref reader);
            case 6 when name.SequenceEqual("detail"u8):
                return TakeDetail(ref reader);
            default:
                reader.Skip();
                return true;
        }
    }

    private bool TakeType(ref Utf8JsonReader reader)
    {
        switch (reader.ValueSpan.Length)
        {
            case 10:
                IsBudgetSet = reader.ValueTextEquals("budget_set"u8);
                break;
            case 12:
                IsEgressUsage = reader.ValueTextEquals("egress_usage"u8);
                break;
            case 13:
                IsSeal = reader.ValueTextEquals("ledger_sealed"u8);
                break;
            case 15:
                IsResolution = reader.ValueTextEquals("intent_resolved"u8);
                break;
        }

        return true;
    }

    private bool TakeCalls(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartObject || !reader.Read() || !reader.Read() || !reader.TryGetInt64(out var calls))
        {
            return false;
        }

        (HasBudget, CallsAfter) = (true, calls);
        return reader.Read() && reader.TokenType == JsonTokenType.EndObject;
    }

    /// <summary>Takes where the detail lies, and its <c>expires_at</c>, if it is an object with one.</summary>
    private bool TakeDetail(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return true;
        }

        var (start, depth) = ((int)reader.TokenStartIndex, reader.CurrentDepth);
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.CurrentDepth == depth + 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("expires_at"u8))
            {
                reader.Read();
                ExpiresAt = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }
        }

        Detail = start..(int)reader.BytesConsumed;
        return true;
    }

    private static bool TakeText(ref Utf8JsonReader reader, out string? text)
    {
        text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return reader.TokenType is JsonTokenType.String or JsonTokenType.Null;
    }

    private static bool TakeDigest(ref Utf8JsonReader reader, out Sha256Digest? digest)
    {
        digest = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        Span<char> text = stackalloc char[Sha256Digest.TextLength];
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length != text.Length)
        {
            return false;
        }

        Encoding.ASCII.GetChars(reader.ValueSpan, text);
        var valid = Sha256Digest.TryParse(text, out var value);
        digest = value;
        return valid;
    }
}
