using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Json;

namespace LatchGate.Pipeline;

/// <summary>
/// The verifier <c>http_status</c>: one judgement of the exchanges that the host saw. The last of them counts; one before it that failed
/// fails the call, and the statuses of those before it stand in the evidence.
/// </summary>
/// <remarks>
/// <code>
/// word           looks at                                        against
/// exchange       every exchange of the call                      each has a response
/// request        the first request sent: method and URL          the task of a built-in provider
/// status         the last response's status                      the manifest, and the provider's /data/status_code
/// header:NAME    its fields                                      the rule
/// body_sha256    the bytes of its body, decoded                  the rule
/// body           its body as strict JSON                         (where a rule below needs it)
/// body:POINTER   one place of it                                 the rule
/// body_schema    all of it                                       the schema
/// output:POINTER the provider's output                           there is such a place
/// </code>
/// </remarks>
internal sealed class HttpVerification(
    VerificationSpec spec, JsonElement output, IReadOnlyList<HostIo.EffectEvidence> seen, ResolvedTask? task)
{
    private readonly VerificationRecord _record = new();

    internal VerificationOutcome Run()
    {
        using var expected = ExpectedValues.Read(task is null ? default : task.Expected);
        var held = _record.Check("exchange", ExchangeFault())
            && CheckRequest()
            && _record.Check("status", StatusFault())
            && new ResponseCheck(spec, seen[^1], expected, _record).Run()
            && CheckOutput();
        return _record.Outcome(held ? Evidence() : null);
    }

    private string? ExchangeFault()
    {
        if (seen.Count == 0)
        {
            return "the host saw no HTTP response";
        }

        for (var i = 0; i < seen.Count; i++)
        {
            if (seen[i].Status is null || seen[i].Outcome != EgressReason.Allowed)
            {
                return i == seen.Count - 1 ? "the host saw no HTTP response" : "an earlier exchange of the call failed";
            }
        }

        return null;
    }

    // What follows the first request are redirects, which the host itself follows.
    private bool CheckRequest()
    {
        if (task is not { IsForBuiltIn: true } || !task.TryGetUrl(out var url))
        {
            return true;
        }

        var first = seen[0];
        var fault = !first.Method.Equals(task.Method, StringComparison.OrdinalIgnoreCase) ? "the host saw another method than the task's"
            : !Target.Parse(url, out var target, out _) || target.Origin != first.Origin || target.PathAndQuery != first.Target.PathAndQuery
                ? "the host saw another URL than the task's"
            : null;
        return _record.Check("request", fault);
    }

    private string? StatusFault()
    {
        var status = seen[^1].Status!.Value;
        if (!JsonPointer.TryFind(output, "/data/status_code", out var claimed) || claimed.ValueKind != JsonValueKind.Number
            || !claimed.TryGetInt32(out var told))
        {
            return "the provider's output has no HTTP status";
        }

        if (told != status)
        {
            return $"the provider reported HTTP {told}, the host saw HTTP {status}";
        }

        var accepted = spec.ExpectedStatus.IsEmpty ? status is >= 200 and <= 299 : spec.ExpectedStatus.Contains(status);
        return accepted ? null : $"HTTP status {status} is not an accepted one";
    }

    private bool CheckOutput()
    {
        foreach (var pointer in spec.RequiredFields)
        {
            if (!_record.Check("output:" + pointer, JsonPointer.TryFind(output, pointer, out _) ? null : $"the output has no {pointer}"))
            {
                return false;
            }
        }

        return true;
    }

    private CanonicalBytes Evidence()
    {
        using var json = new CanonicalWriter();
        json.BeginObject();
        if (seen.Count > 1)
        {
            json.Name("earlier_status"u8).BeginArray();
            for (var i = 0; i < seen.Count - 1; i++)
            {
                json.Value((long?)seen[i].Status);
            }

            json.End();
        }

        json.Member("host_corroborated"u8, true).Member("http_status"u8, seen[^1].Status).End();
        return json.Finish();
    }
}
