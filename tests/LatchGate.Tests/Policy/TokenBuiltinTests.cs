using LatchGate.Policy.Rego;
using static LatchGate.Tests.Policy.BuiltinCalls;

namespace LatchGate.Tests.Policy;

/// <summary>Tokens and signatures, by the vectors of RFC 7515, RFC 8037 and AWS.</summary>
public sealed class TokenBuiltinTests
{
    // RFC 7515 A.1
    private const string HmacKey = """{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}""";
    private const string HmacToken = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    // RFC 7515 A.3
    private const string EcKey = """{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}""";
    private const string EcToken = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    // RFC 8037 A.1, A.4
    private const string EdKey = """{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""";
    private const string EdToken = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    // A second before the tokens of RFC 7515 expire, in nanoseconds.
    private const string Before = "1300819379000000000";

    [Fact]
    public void The_signatures_of_rfc_7515_and_rfc_8037_verify()
    {
        Assert.Equal(RegoBoolean.True, Call("io.jwt.verify_es256", Text(EcToken), Text(EcKey)));
        Assert.Equal(RegoBoolean.True, Call("io.jwt.verify_eddsa", Text(EdToken), Text(EdKey)));
    }

    [Theory]
    [InlineData("io.jwt.verify_es256", EcToken, EcKey)]
    [InlineData("io.jwt.verify_eddsa", EdToken, EdKey)]
    public void A_changed_payload_does_not_verify(string name, string token, string key)
    {
        var parts = token.Split('.');
        Assert.Equal(RegoBoolean.False, Call(name, Text($"{parts[0]}.e30.{parts[2]}"), Text(key)));
    }

    [Fact]
    public void Ed25519_and_hmac_sign_as_the_rfcs_do()
    {
        // A type that is not JWT may hold any text; RFC 8037 A.4 has no type, so its own signature is only verified above.
        var signed = Assert.IsType<RegoString>(Call("io.jwt.encode_sign_raw", Text("""{"alg":"EdDSA","typ":"text"}"""), Text("Example of Ed25519 signing"), Text(EdKey)));
        Assert.Equal(RegoBoolean.True, Call("io.jwt.verify_eddsa", signed, Text(EdKey)));
        Assert.Equal(Text(HmacToken), Call("io.jwt.encode_sign_raw",
            Text("{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}"), Text("{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"), Text(HmacKey)));
    }

    [Fact]
    public void A_token_is_decoded_when_signature_issuer_and_time_are_right()
    {
        var answer = Assert.IsType<RegoArray>(Call("io.jwt.decode_verify", Text(EcToken), Value($$"""{"cert":{{Quoted(EcKey)}},"iss":"joe","time":{{Before}}}""")));

        Assert.Equal(RegoBoolean.True, answer[0]);
        Assert.Equal(Value("""{"alg":"ES256"}"""), answer[1]);
        Assert.Equal(Value("""{"iss":"joe","exp":1300819380,"http://example.com/is_root":true}"""), answer[2]);
    }

    [Theory]
    [InlineData("\"iss\":\"jane\",\"time\":" + Before)]
    [InlineData("\"aud\":\"me\",\"time\":" + Before)]
    [InlineData("\"alg\":\"RS256\",\"time\":" + Before)]
    [InlineData("\"time\":1300819380000000000")]
    public void A_token_that_breaks_a_constraint_is_refused(string constraint)
    {
        Assert.Equal(Value("[false,{},{}]"), Call("io.jwt.decode_verify", Text(EcToken), Value($$"""{"cert":{{Quoted(EcKey)}},{{constraint}}}""")));
    }

    [Theory]
    [InlineData("{\"cert\":KEY}")]
    [InlineData("{}")]
    [InlineData("{\"cert\":KEY,\"secret\":\"s\",\"time\":1}")]
    [InlineData("{\"cert\":KEY,\"time\":1,\"more\":2}")]
    [InlineData("{\"cert\":KEY,\"time\":\"1\"}")]
    public void Without_a_time_or_exactly_one_key_the_answer_is_undefined(string constraints)
    {
        Assert.Null(Call("io.jwt.decode_verify", Text(EcToken), Value(constraints.Replace("KEY", Quoted(EcKey), StringComparison.Ordinal))));
    }

    [Fact]
    public void A_public_key_is_no_hmac_secret()
    {
        // The classic confusion of algorithms: an HMAC made with the public key's text.
        var forged = ((RegoString)Call("io.jwt.encode_sign", Value("""{"alg":"HS256"}"""), Value("{}"),
            Value($$"""{"kty":"oct","k":"{{System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(EcKey))}}"}"""))!).Value;

        Assert.Equal(Value("[false,{},{}]"), Call("io.jwt.decode_verify", Text(forged), Value($$"""{"cert":{{Quoted(EcKey)}}}""")));
        Assert.Equal(RegoBoolean.False, Call("io.jwt.verify_es256", Text(forged), Text(EcKey)));
    }

    [Fact]
    public void An_unsigned_token_and_an_unknown_critical_header_are_refused()
    {
        const string None = "eyJhbGciOiJub25lIn0.e30.";
        const string Critical = "eyJhbGciOiJFUzI1NiIsImNyaXQiOlsiYjY0Il0sImI2NCI6ZmFsc2V9.e30.AAAA";

        Assert.All([None, Critical], token => Assert.Equal(Value("[false,{},{}]"), Call("io.jwt.decode_verify", Text(token), Value($$"""{"cert":{{Quoted(EcKey)}}}"""))));
    }

    [Fact]
    public void A_signature_that_differs_each_time_is_not_made()
    {
        Assert.Null(Call("io.jwt.encode_sign", Value("""{"alg":"ES256"}"""), Value("{}"), Value(EcKey)));
    }

    [Fact]
    public void The_get_vanilla_request_of_the_aws_test_suite_is_signed_as_published()
    {
        var signed = Call("providers.aws.sign_req", """{"method":"GET","url":"https://example.amazonaws.com/"}""",
            """{"aws_access_key":"AKIDEXAMPLE","aws_secret_access_key":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY","aws_region":"us-east-1","aws_service":"service"}""",
            "1440938160000000000");

        var headers = (RegoObject)((RegoObject)signed!).Get("headers")!;
        Assert.Equal(
            Text("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,SignedHeaders=host;x-amz-date,"
                + "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            headers.Get("Authorization"));
    }

    private static string Quoted(string text) => RegoText.ToJson(Text(text));
}
