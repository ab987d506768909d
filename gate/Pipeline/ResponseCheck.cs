using System.Text.Json;
using LatchGate.Actions;
using LatchGate.HostIo;
using LatchGate.Json;

namespace LatchGate.Pipeline;

/// <summary>Checks the rules of a manifest on one response as the host read it. The body is parsed only where a rule needs that.</summary>
internal sealed class ResponseCheck(VerificationSpec spec, EffectEvidence response, ExpectedValues expected, VerificationRecord record)
{
    // As deep as what the gate keeps as evidence. Upstreams count in 64 bits, so any number will do; names that stand twice will not.
    private static readonly JsonLimits Limits = JsonLimits.Evidence with { MaxBytes = EffectEvidence.MaxKeptBody, AnyNumber = true };

    /// <summary>Whether all rules hold.</summary>
    internal bool Run() => CheckHeaders() && CheckHash() && (!spec.ReadsBody || CheckBody());

    private bool CheckHeaders()
    {
        foreach (var rule in spec.Headers)
        {
            if (IsSkipped(rule.EqualsRequest, rule.WhenRequested))
            {
                continue;
            }

            if (!record.Check(rule.Word, HeaderFault(rule)))
            {
                return false;
            }
        }

        return true;
    }

    private string? HeaderFault(HeaderRule rule)
    {
        var fields = Find(rule.Name, out var value);
        if (fields == 0)
        {
            return $"the response has no header {rule.Name}";
        }

        if (rule is { Text: null, Matches: null, EqualsRequest: null })
        {
            return null;
        }

        if (fields > 1)
        {
            return $"the response has the header {rule.Name} more than once";
        }

        if (rule.Text is { } text && value != text)
        {
            return $"the header {rule.Name} is not the expected one";
        }

        if (rule.Matches is { } matches && !matches(value))
        {
            return $"the header {rule.Name} does not match its pattern";
        }

        return rule.EqualsRequest is { } name
            && (!expected.TryFind(name, out var asked) || asked.ValueKind != JsonValueKind.String || !asked.ValueEquals(value))
                ? $"the header {rule.Name} is not the request's {name}"
                : null;
    }

    private int Find(string name, out string value)
    {
        var count = 0;
        value = "";
        for (var i = 0; i < response.ResponseHeaders.Count; i++)
        {
            var field = response.ResponseHeaders[i];
            if (field.Name == name)
            {
                count++;
                value = field.Value.Trim(' ', '\t');
            }
        }

        return count;
    }

    private bool CheckHash() => spec.BodyHash is not { } rule || record.Check("body_sha256", HashFault(rule));

    private string? HashFault(BodyHashRule rule)
    {
        if (response.ResponseBody is not { } digest || response.Truncated)
        {
            return "the response body did not come whole";
        }

        if (rule.Digest is { } wanted)
        {
            return digest == wanted ? null : "the response body is not the expected one";
        }

        if (rule.EqualsRequest is { } name)
        {
            return expected.TryFind(name, out var asked) && asked.ValueKind == JsonValueKind.String
                && DigestText.Says(asked.GetString()!, digest)
                    ? null
                    : $"the SHA-256 of the response body is not the request's {name}";
        }

        return Find(rule.EqualsHeader!, out var told) == 1 && DigestText.Says(told, digest)
            ? null
            : $"the SHA-256 of the response body is not what the header {rule.EqualsHeader} says";
    }

    private bool CheckBody()
    {
        if (response.Truncated || response.ResponseLength > EffectEvidence.MaxKeptBody)
        {
            return record.Fails(
                "body", response.Truncated ? "the response body was cut at its limit" : "the response body is too large to be checked");
        }

        if (!StrictJson.TryParse(response.KeptBody, Limits, out var document, out var fault))
        {
            return record.Fails("body", fault.Describe("the response body"));
        }

        using (document)
        {
            record.Holds("body");
            return CheckRules(document.RootElement) && CheckSchema(document.RootElement);
        }
    }

    private bool CheckRules(JsonElement body)
    {
        foreach (var rule in spec.Body)
        {
            if (!IsSkipped(rule.EqualsRequest, rule.WhenRequested) && !record.Check(rule.Word, BodyFault(rule, body)))
            {
                return false;
            }
        }

        return true;
    }

    private string? BodyFault(BodyRule rule, JsonElement body)
    {
        var found = JsonPointer.TryFind(body, rule.Pointer, out var value);
        if (found == rule.Absent)
        {
            return found ? $"the response body has {rule.Pointer}" : $"the response body has no {rule.Pointer}";
        }

        if (rule.Check is { } check)
        {
            var errors = new SchemaErrors();
            check(value, ref errors);
            if (!errors.None)
            {
                return PlainText.Clean($"{Place(rule)} {errors}");
            }
        }

        return rule.EqualsRequest is { } name && !expected.AreRepeated(name, value)
            ? $"{Place(rule)} is not the request's {name}"
            : null;
    }

    private bool CheckSchema(JsonElement body)
    {
        if (spec.BodySchema is not { } schema)
        {
            return true;
        }

        var errors = new SchemaErrors();
        schema(body, ref errors);
        return record.Check("body_schema", errors.None ? null : PlainText.Clean($"the response body does not fit its schema: {errors}"));
    }

    // A rule that is not skipped fails where the request's value is not known: what was frozen of a request without it is no excuse.
    private bool IsSkipped(string? name, bool whenRequested) => whenRequested && !expected.TryFind(name!, out _);

    private static string Place(BodyRule rule) => rule.Pointer.Length == 0 ? "the response body" : $"{rule.Pointer} of the response body";
}
