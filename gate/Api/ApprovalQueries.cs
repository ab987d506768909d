using System.Globalization;
using System.Text;
using System.Text.Json;
using LatchGate.Approvals;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Json;

namespace LatchGate.Api;

/// <summary>Reads what requests about approvals ask for: queries, and the body of a denial.</summary>
internal static class ApprovalQueries
{
    private const int UsualLimit = 50;
    private const int LargestLimit = 200;
    private const int LargestReasonBody = 16 * 1024;

    /// <summary><c>status</c>, <c>limit</c> (0 to 200, more counts as 200) and <c>before</c>; unknown names are not looked at.</summary>
    internal static bool TryReadList(ReadOnlySpan<byte> query, DateTimeOffset now, out ApprovalQuery list)
    {
        (ApprovalState? state, var limit, string? before) = (null, UsualLimit, null);
        list = new ApprovalQuery(now, null, UsualLimit);
        var reader = new QueryReader(query);
        QueryToken token;
        while ((token = reader.Read(out var name, out var value)) == QueryToken.Parameter)
        {
            switch (name)
            {
                case "status":
                    if (!ApprovalStateExtensions.TryParse(Encoding.UTF8.GetBytes(value), out var wanted))
                    {
                        return false;
                    }

                    state = wanted;
                    break;
                case "limit":
                    if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out limit))
                    {
                        return false;
                    }

                    break;
                case "before":
                    if (!Guid.TryParseExact(value, "D", out _))
                    {
                        return false;
                    }

                    before = value.ToLowerInvariant();
                    break;
            }
        }

        list = new ApprovalQuery(now, state, Math.Min(limit, LargestLimit), Before: before);
        return token == QueryToken.End;
    }

    /// <summary><c>learn_domain</c> and <c>learn_path</c>, each at most once; unknown names are not looked at.</summary>
    internal static bool TryReadLearn(ReadOnlySpan<byte> query, out LearnOnSuccess learn)
    {
        (string? domain, string? path) = (null, null);
        learn = default;
        var reader = new QueryReader(query);
        QueryToken token;
        while ((token = reader.Read(out var name, out var value)) == QueryToken.Parameter)
        {
            if (name is not ("learn_domain" or "learn_path"))
            {
                continue;
            }

            ref var target = ref name == "learn_domain" ? ref domain : ref path;
            if (target is not null || value.Length == 0)
            {
                return false;
            }

            target = value;
        }

        learn = new LearnOnSuccess(domain, path);
        return token == QueryToken.End;
    }

    /// <summary>The body of a denial: empty, or an object whose <c>reason</c> is a string or null.</summary>
    internal static bool TryReadReason(ReadOnlyMemory<byte> body, out string? reason)
    {
        reason = null;
        if (body.IsEmpty)
        {
            return true;
        }

        if (!StrictJson.TryParse(body, JsonLimits.Payload(LargestReasonBody), out var document, out _))
        {
            return false;
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            if (!document.RootElement.TryGetProperty("reason"u8, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                return true;
            }

            reason = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            return reason is not null;
        }
    }
}
