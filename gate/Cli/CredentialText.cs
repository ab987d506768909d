using System.Text.Json;
using LatchGate.Egress;

namespace LatchGate.Cli;

/// <summary>Says where the credentials of a rule go, by name; their values are nobody's to see here.</summary>
internal static class CredentialText
{
    /// <summary>One credential as a line: <c>authorization: Bearer ‹API_TOKEN›</c>.</summary>
    internal static string Of(CredentialBinding credential) => credential.Target switch
    {
        CredentialTarget.Header => $"{credential.Name}: {credential.Prefix}‹{credential.Secret}›",
        CredentialTarget.Query => $"query {credential.Name}=‹{credential.Secret}›",
        CredentialTarget.Path => $"path ‹{credential.Secret}›",
        CredentialTarget.Basic => $"authorization: Basic {credential.Username ?? $"‹{credential.UsernameSecret}›"}:‹{credential.Secret}›",
        CredentialTarget.AwsSigV4 => $"authorization: AWS4-HMAC-SHA256 ‹{credential.AccessKeySecret}› ‹{credential.Secret}› {credential.Region}/{credential.Service}",
        CredentialTarget.HmacSha256 when credential.TimestampHeader is { } time =>
            $"{credential.Name}: {credential.Prefix}HMAC-SHA256(‹{credential.Secret}›, {time} . body)",
        CredentialTarget.HmacSha256 => $"{credential.Name}: {credential.Prefix}HMAC-SHA256(‹{credential.Secret}›, body)",
        _ => throw new ArgumentOutOfRangeException(nameof(credential), credential.Target, "Not a target."),
    };

    /// <summary>Writes the member <c>credentials</c>: a list of <c>{target, name, secrets, required}</c>.</summary>
    internal static void Write(Utf8JsonWriter json, EgressAllowRule? rule)
    {
        json.WriteStartArray("credentials");
        foreach (var credential in rule?.Credentials ?? [])
        {
            json.WriteStartObject();
            json.WriteString("target", Word(credential.Target));
            json.WriteString("name", credential.Name);
            json.WriteStartArray("secrets");
            foreach (var secret in credential.SecretNames())
            {
                json.WriteStringValue(secret);
            }

            json.WriteEndArray();
            json.WriteBoolean("required", credential.Required);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Word(CredentialTarget target) => target switch
    {
        CredentialTarget.Header => "header",
        CredentialTarget.Query => "query",
        CredentialTarget.Path => "path",
        CredentialTarget.Basic => "basic",
        CredentialTarget.AwsSigV4 => "aws_sigv4",
        CredentialTarget.HmacSha256 => "hmac_sha256",
        _ => throw new ArgumentOutOfRangeException(nameof(target), target, "Not a target."),
    };
}
