using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// <c>providers.aws.sign_req</c>: AWS Signature Version 4 of an HTTP request that the policy describes, for the
/// instant that it gives. As in OPA, the method and an empty path are signed as written.
/// </summary>
internal static class AwsRequests
{
    private const string Unsigned = "UNSIGNED-PAYLOAD";

    internal static void Register(Dictionary<string, Builtin> table) => table["providers.aws.sign_req"] = Sign;

    private static RegoValue? Sign(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoObject request || args[1] is not RegoObject config)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        if (!Arithmetic.Number(args[2], evaluation, out var time) || !time.TryGetInt64(out var nanoseconds)
            || !TryText(request, "method", out var method) || !TryText(request, "url", out var url) || AwsUrl.Parse(url) is not { } target
            || !TryText(config, "aws_access_key", out var access) || !TryText(config, "aws_secret_access_key", out var secret)
            || !TryText(config, "aws_region", out var region) || !TryText(config, "aws_service", out var service)
            || request.Get("headers") is not (null or RegoObject) || config.Get("disable_payload_signing") is not (null or RegoBoolean))
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        var body = request.Get("raw_body") is RegoString raw ? raw.Value : request.Get("body") is { } value ? RegoText.ToJson(value) : "";
        var headers = request.Get("headers") as RegoObject ?? RegoObject.Empty;
        if (!evaluation.ChargeSteps(1_000 + (body.Length >> 4)) || !evaluation.ChargeCells(body.Length + url.Length + 16 * (headers.Count + request.Count)))
        {
            return null;
        }

        var moment = DateTime.UnixEpoch.AddTicks((long)Math.Floor(nanoseconds / 100m)).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        var added = new RegoObject();
        added.Set("host", new RegoString(target.Host));
        added.Set("x-amz-date", new RegoString(moment));
        if (service is "s3" or "glacier")
        {
            digest = config.Get("disable_payload_signing") is RegoBoolean { Value: true } ? Unsigned : digest;
            added.Set("x-amz-content-sha256", new RegoString(digest));
        }

        if (config.Get("aws_session_token") is RegoString { Value.Length: > 0 } token)
        {
            added.Set("x-amz-security-token", token);
        }

        var sent = new RegoObject();
        var signed = added.Copy(headers.Count);
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers.Keys[i] is not RegoString name || headers.Values[i] is not RegoString text)
            {
                return evaluation.Fail(BuiltinError.Type);
            }

            sent.Set(name, text);

            // These may change on the way.
            var lower = name.Value.ToLowerInvariant();
            if (lower is not ("authorization" or "user-agent" or "x-amzn-trace-id"))
            {
                signed.Set(lower, text);
            }
        }

        var canonical = new StringBuilder($"{method}\n{target.Path}\n{target.Query}\n");
        var names = new StringBuilder();
        for (var i = 0; i < signed.Count; i++)
        {
            var name = ((RegoString)signed.Keys[i]).Value;
            canonical.Append(name).Append(':').Append(((RegoString)signed.Values[i]).Value).Append('\n');
            names.Append(i > 0 ? ";" : "").Append(name);
        }

        canonical.Append('\n').Append(names).Append('\n').Append(digest);
        var scope = AwsSignature.ScopeOf(moment, region, service);
        var signature = AwsSignature.Sign(
            Encoding.UTF8.GetBytes(secret), moment, region, service, SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())));
        for (var i = 0; i < added.Count; i++)
        {
            sent.Set(added.Keys[i], added.Values[i]);
        }

        sent.Set("Authorization", new RegoString(
            $"{AwsSignature.Algorithm} Credential={access}/{scope},SignedHeaders={names},Signature={signature}"));
        var result = request.Copy(1);
        result.Set("headers", sent);
        return result;
    }

    private static bool TryText(RegoObject holder, string name, out string text)
    {
        text = (holder.Get(name) as RegoString)?.Value!;
        return text is not null;
    }
}
