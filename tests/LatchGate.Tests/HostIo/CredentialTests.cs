using System.Net;
using System.Text;
using LatchGate.Egress;
using LatchGate.HostIo;
using LatchGate.Secrets;

namespace LatchGate.Tests.HostIo;

/// <summary>Credentials of a rule: put in by the gate, on the connection to the rule's host alone.</summary>
public sealed class CredentialTests : IDisposable
{
    private const string Token = "tok-0123456789abcdef";
    private readonly FixedSecrets _secrets = FixedSecrets.Of(
        ("token", Token), ("password", "p&ss wörd:+/"), ("user-name", "robot-01"), ("hook", "T0/B0:x y"), ("climb", "T0000000/../x"), ("split", "value-1\r\nX-Evil: 1"), ("blank", "trailing-blank "),
        ("aws-id", "AKIAIOSFODNN7EXAMPLE"), ("aws-key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), ("aws-session", "session/token=="), ("long", new string('k', 9000)), ("hmac-key", "It's a Secret to Everybody"));
    private readonly System.Security.Cryptography.X509Certificates.X509Certificate2 _certificate = TestCertificates.SelfSigned("api.test");

    private static CredentialBinding ApiKey => new(CredentialTarget.Header, "token") { Name = "x-api-key" };

    public void Dispose()
    {
        _secrets.Dispose();
        _certificate.Dispose();
    }

    [Fact]
    public async Task A_header_credential_reaches_the_upstream_and_no_record()
    {
        await using var server = Server();
        using var rig = NewRig(new CredentialBinding(CredentialTarget.Header, "token") { Prefix = "Bearer " });

        var (ok, body, calls) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.True(ok);
        Assert.Equal($"Bearer {Token}", HeaderOf(Assert.Single(server.Requests), "authorization"));
        var evidence = Assert.Single(calls.Evidence);
        Assert.Equal(["authorization"], evidence.Injected);
        Assert.Empty(evidence.Collided);
        Assert.DoesNotContain(Token, evidence.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Token, body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_request_on_a_reused_connection_gets_it_and_a_body_is_left_as_it_is()
    {
        await using var server = Server();
        using var rig = NewRig(ApiKey);
        var text = new string('b', 70_000);

        for (var i = 0; i < 3; i++)
        {
            var (ok, _, _) = await rig.CallAsync($$"""{"method":"POST","url":"https://api.test:{{server.Port}}/","body_text":"{{text}}"}""");
            Assert.True(ok);
        }

        Assert.Equal(1, server.Connections);
        Assert.Equal([Token, Token, Token], server.Requests.Select(static request => HeaderOf(request, "x-api-key")));
        Assert.All(server.Requests, request => Assert.Equal(text, Encoding.ASCII.GetString(request.Body)));
    }

    [Fact]
    public async Task A_head_longer_than_the_buffer_is_written_whole()
    {
        await using var server = Server();
        using var secrets = FixedSecrets.Of(("token", new string('t', 8000)), ("password", new string('q', 8000)));
        using var rig = NewRig(secrets, ApiKey, new CredentialBinding(CredentialTarget.Header, "password") { Name = "x-other", Prefix = "p=" });
        var padding = new string('x', 7000);

        var (ok, _, _) = await rig.CallAsync(
            $$$"""{"method":"GET","url":"https://api.test:{{{server.Port}}}/","headers":{"A":"{{{padding}}}","B":"{{{padding}}}","C":"{{{padding}}}"}}""");

        Assert.True(ok);
        var seen = Assert.Single(server.Requests);
        Assert.Equal(new string('t', 8000), HeaderOf(seen, "x-api-key"));
        Assert.Equal("p=" + new string('q', 8000), HeaderOf(seen, "x-other"));
        Assert.Equal(padding, HeaderOf(seen, "c"));
    }

    [Fact]
    public async Task A_query_credential_is_encoded_and_replaces_the_guests()
    {
        await using var server = Server();
        using var rig = NewRig(new CredentialBinding(CredentialTarget.Query, "password") { Name = "api key" });

        var (_, _, calls) = await rig.GetAsync($"https://api.test:{server.Port}/a?x=1&api%20key=mine&api+key=also&y=2");

        Assert.StartsWith("GET /a?x=1&y=2&api%20key=p%26ss%20w%C3%B6rd%3A%2B%2F HTTP/1.1\r\n", Assert.Single(server.Requests).Head, StringComparison.Ordinal);
        Assert.Equal(["query:api key"], Assert.Single(calls.Evidence).Injected);
        Assert.Equal(["query:api key"], calls.Evidence[0].Collided);
    }

    [Fact]
    public async Task A_path_credential_stands_in_its_place_with_its_slashes()
    {
        await using var server = Server();
        using var rig = NewRig(new CredentialBinding(CredentialTarget.Path, "hook") { Name = "path" });

        var (ok, _, calls) = await rig.GetAsync($"https://api.test:{server.Port}/bot-latchgate-injected/getMe?x=1");

        Assert.True(ok);
        Assert.StartsWith("GET /bot-T0/B0:x%20y/getMe?x=1 HTTP/1.1\r\n", Assert.Single(server.Requests).Head, StringComparison.Ordinal);
        Assert.Equal(["path"], Assert.Single(calls.Evidence).Injected);
        Assert.DoesNotContain("B0:x", calls.Evidence[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hook", "/nothing")]
    [InlineData("hook", "/x?latchgate-injected")]
    [InlineData("hook", "/latchgate-injected/latchgate-injected")]
    [InlineData("hook", "/latchgate-injected?again=latchgate-injected")]
    [InlineData("climb", "/latchgate-injected")]
    [InlineData("password", "/latchgate-injected")]
    [InlineData("split", "/latchgate-injected")]
    public async Task A_path_without_the_one_place_or_a_secret_that_leads_elsewhere_is_not_sent(string secret, string path)
    {
        await using var server = Server();
        using var rig = NewRig(new CredentialBinding(CredentialTarget.Path, secret) { Name = "path" });

        var (ok, refused, _) = await rig.GetAsync($"https://api.test:{server.Port}{path}");

        Assert.False(ok);
        Assert.Equal("credential_unusable", refused.GetProperty("code").GetString());
        Assert.Equal(0, server.Connections);
    }

    [Theory]
    [InlineData("given", null, "given:p&ss wörd:+/")]
    [InlineData(null, "user-name", "robot-01:p&ss wörd:+/")]
    public async Task Basic_is_the_pair_in_base64(string? user, string? secret, string pair)
    {
        await using var server = Server();
        using var rig = NewRig(new CredentialBinding(CredentialTarget.Basic, "password") { Username = user, UsernameSecret = secret });

        await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)), HeaderOf(Assert.Single(server.Requests), "authorization"));
    }

    [Fact]
    public async Task An_AWS_request_is_signed_over_what_is_sent()
    {
        await using var server = Server();
        using var rig = NewRig(new CredentialBinding(CredentialTarget.AwsSigV4, "aws-key")
        {
            AccessKeySecret = "aws-id", SessionTokenSecret = "aws-session", Service = "s3", Region = "eu-central-1",
        });

        var (ok, _, _) = await rig.CallAsync(
            $$$"""{"method":"PUT","url":"https://api.test:{{{server.Port}}}/b/k?x=1","body_text":"data","headers":{"Content-Type":"text/plain","X-Amz-Date":"of the guest"}}""");

        Assert.True(ok);
        var seen = Assert.Single(server.Requests);
        Assert.Equal("session/token==", HeaderOf(seen, "x-amz-security-token"));
        var (time, payload) = (HeaderOf(seen, "x-amz-date")!, HeaderOf(seen, "x-amz-content-sha256")!);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(seen.Body)), payload);

        // What the service does: the canonical request of what arrived, signed with its copy of the key.
        var canonical = $"PUT\n/b/k\nx=1\ncontent-type:text/plain\nhost:{HeaderOf(seen, "host")}\nx-amz-content-sha256:{payload}\nx-amz-date:{time}\n"
            + $"x-amz-security-token:session/token==\n\ncontent-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token\n{payload}";
        var digest = System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(canonical));
        var signature = LatchGate.Crypto.AwsSignature.Sign(Encoding.ASCII.GetBytes("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), time, "eu-central-1", "s3", digest);
        Assert.Equal(
            $"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/{time[..8]}/eu-central-1/s3/aws4_request, "
            + $"SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature={signature}",
            HeaderOf(seen, "authorization"));
    }

    [Fact]
    public async Task A_body_is_signed_as_receivers_of_webhooks_check_it()
    {
        await using var server = Server();
        using var rig = NewRig(new CredentialBinding(CredentialTarget.HmacSha256, "hmac-key") { Name = "x-hub-signature-256", Prefix = "sha256=" });

        var (ok, _, calls) = await rig.CallAsync(
            $$"""{"method":"POST","url":"https://api.test:{{server.Port}}/","headers":{"X-Hub-Signature-256":"of the guest"},"body_text":"Hello, World!"}""");

        // The example of GitHub's documentation, "Validating webhook deliveries".
        Assert.True(ok);
        Assert.Equal("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", HeaderOf(Assert.Single(server.Requests), "x-hub-signature-256"));
        var evidence = Assert.Single(calls.Evidence);
        Assert.Equal(["x-hub-signature-256"], evidence.Injected);
        Assert.Equal(["x-hub-signature-256"], evidence.Collided);
    }

    [Theory]
    [InlineData("POST", ",\"body_text\":\"caf\u00e9\"", "caf\u00e9")]
    [InlineData("POST", ",\"body_base64\":\"AP8=\"", null)]
    [InlineData("GET", "", "")]
    public async Task A_signature_with_a_time_covers_the_time_and_the_bytes_that_are_sent(string method, string body, string? text)
    {
        await using var server = Server();
        using var rig = NewRig(new CredentialBinding(CredentialTarget.HmacSha256, "hmac-key") { Name = "x-signature", TimestampHeader = "x-timestamp" });

        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var (ok, _, _) = await rig.CallAsync(
            $$$"""{"method":"{{{method}}}","url":"https://api.test:{{{server.Port}}}/","headers":{"X-Timestamp":"1"} {{{body}}} }""");

        Assert.True(ok);
        var seen = Assert.Single(server.Requests);
        var time = HeaderOf(seen, "x-timestamp")!;
        Assert.InRange(long.Parse(time, System.Globalization.CultureInfo.InvariantCulture), before, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        byte[] sent = text is null ? [0x00, 0xFF] : Encoding.UTF8.GetBytes(text);
        Assert.Equal(sent, seen.Body);
        byte[] signed = [.. Encoding.ASCII.GetBytes(time + "."), .. sent];
        var signature = System.Security.Cryptography.HMACSHA256.HashData(Encoding.ASCII.GetBytes("It's a Secret to Everybody"), signed);
        Assert.Equal(Convert.ToHexStringLower(signature), HeaderOf(seen, "x-signature"));
    }

    [Theory]
    [InlineData("x-api-key", "smuggled", CredentialCollision.Overwrite, true)]
    [InlineData("X-API-KEY", "smuggled", CredentialCollision.Deny, null)]
    [InlineData("x-api-key", "latchgate-injected", CredentialCollision.Deny, false)]
    [InlineData("x-api-key", "Bearer latchgate-injected", CredentialCollision.Deny, false)]
    public async Task What_the_guest_set_is_replaced_or_refused_unless_it_is_the_placeholder(string name, string value, CredentialCollision policy, bool? collided)
    {
        await using var server = Server();
        using var rig = NewRig(ApiKey with { OnCollision = policy });

        var (ok, body, calls) = await rig.CallAsync($$$"""{"method":"GET","url":"https://api.test:{{{server.Port}}}/","headers":{"{{{name}}}":"{{{value}}}"}}""");

        if (collided is null)
        {
            Assert.False(ok);
            Assert.Equal("credential_collision", body.GetProperty("code").GetString());
            Assert.Equal(0, server.Connections);
            return;
        }

        Assert.True(ok);
        Assert.Equal(Token, HeaderOf(Assert.Single(server.Requests), "x-api-key"));
        Assert.Equal(collided.Value ? ["x-api-key"] : [], Assert.Single(calls.Evidence).Collided);
    }

    [Fact]
    public async Task A_name_that_is_not_reserved_collides_too()
    {
        await using var server = Server();
        using var rig = NewRig(ApiKey with { Name = "x-custom" });

        var (_, _, calls) = await rig.CallAsync($$$"""{"method":"GET","url":"https://api.test:{{{server.Port}}}/","headers":{"X-Custom":"mine"}}""");

        Assert.Equal(Token, HeaderOf(Assert.Single(server.Requests), "x-custom"));
        Assert.DoesNotContain("mine", server.Requests.First().Head, StringComparison.Ordinal);
        Assert.Equal(["x-custom"], Assert.Single(calls.Evidence).Collided);
    }

    [Fact]
    public async Task A_missing_secret_refuses_the_request_unless_it_is_optional()
    {
        await using var server = Server();
        using var rig = NewRig(ApiKey, new CredentialBinding(CredentialTarget.Header, "not-there"));
        var (ok, body, _) = await rig.GetAsync($"https://api.test:{server.Port}/");
        Assert.False(ok);
        Assert.Equal("credential_missing", body.GetProperty("code").GetString());
        Assert.Equal(0, server.Connections);

        rig.Credentials = [new CredentialBinding(CredentialTarget.Header, "not-there") { Name = "x-custom", Required = false }];
        (ok, _, var calls) = await rig.CallAsync($$$"""{"method":"GET","url":"https://api.test:{{{server.Port}}}/","headers":{"X-Custom":"mine"}}""");
        Assert.True(ok);
        Assert.Null(HeaderOf(Assert.Single(server.Requests), "x-custom"));
        Assert.Empty(Assert.Single(calls.Evidence).Injected);
    }

    [Theory]
    [InlineData("split")]
    [InlineData("blank")]
    [InlineData("password")]
    [InlineData("long")]
    public async Task A_value_that_no_header_can_hold_is_not_sent(string secret)
    {
        await using var server = Server();
        using var rig = NewRig(ApiKey with { Secret = secret });

        var (_, body, _) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.Equal("credential_unusable", body.GetProperty("code").GetString());
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task Plain_http_gets_no_credential_and_is_refused()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok(""));
        using var rig = NewRig(ApiKey);

        var (_, body, _) = await rig.GetAsync($"http://api.test:{server.Port}/");

        Assert.Equal("credential_plaintext", body.GetProperty("code").GetString());
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_redirect_to_another_host_takes_no_credential_along_and_one_to_the_same_host_gets_it_again()
    {
        using var otherCertificate = TestCertificates.SelfSigned("other.test");
        await using var other = new LoopbackServer(Ok, otherCertificate);
        await using var server = new LoopbackServer(
            (request, stream, stop) => request.Head.StartsWith("GET /away", StringComparison.Ordinal) ? RedirectAsync(stream, $"https://other.test:{other.Port}/", stop)
                : request.Head.StartsWith("GET /here", StringComparison.Ordinal) ? RedirectAsync(stream, "/done", stop)
                : Ok(request, stream, stop),
            _certificate);
        using var directory = new Config.TempDirectory();
        File.WriteAllText(directory["ca.pem"], otherCertificate.ExportCertificatePem());
        using var rig = NewRig(ApiKey);
        rig.MaxRedirects = 1;
        rig.CaFile = directory["ca.pem"];
        rig.Resolver.Table["other.test"] = [IPAddress.Loopback];

        var (away, _, _) = await rig.GetAsync($"https://api.test:{server.Port}/away");
        var (here, _, calls) = await rig.GetAsync($"https://api.test:{server.Port}/here");

        Assert.True(away && here);
        Assert.Null(HeaderOf(Assert.Single(other.Requests), "x-api-key"));
        Assert.DoesNotContain(Token, other.Requests.First().Head, StringComparison.Ordinal);
        Assert.Equal([Token, Token, Token], server.Requests.Select(static request => HeaderOf(request, "x-api-key")));
        Assert.All(calls.Evidence, static evidence => Assert.Equal(["x-api-key"], evidence.Injected));
    }

    [Theory]
    [InlineData("token", Token)]
    [InlineData("password", "p%26ss%20w%C3%B6rd%3a%2B%2f")]
    public async Task A_redirect_that_repeats_a_query_credential_is_followed_on_its_origin_and_never_to_another(string secret, string repeated)
    {
        await using var other = new LoopbackServer(Ok);
        await using var server = new LoopbackServer(
            (request, stream, stop) => request.Head.StartsWith("GET /away", StringComparison.Ordinal)
                ? RedirectAsync(stream, $"https://other.test:{other.Port}/?key={repeated}", stop)
                : request.Head.StartsWith("GET /here", StringComparison.Ordinal) ? RedirectAsync(stream, $"/done?x=1&key={repeated}", stop) : Ok(request, stream, stop),
            _certificate);
        using var rig = NewRig(new CredentialBinding(CredentialTarget.Query, secret) { Name = "key", OnCollision = CredentialCollision.Deny });
        rig.MaxRedirects = 1;
        rig.Resolver.Table["other.test"] = [IPAddress.Loopback];

        var (away, refused, _) = await rig.GetAsync($"https://api.test:{server.Port}/away");
        var (here, _, calls) = await rig.GetAsync($"https://api.test:{server.Port}/here");

        Assert.False(away);
        Assert.Equal("leak_blocked", refused.GetProperty("code").GetString());
        Assert.DoesNotContain("other.test", rig.Resolver.Asked);
        Assert.Equal(0, other.Connections);
        Assert.True(here);
        Assert.StartsWith("GET /done?x=1&key=", server.Requests.Last().Head, StringComparison.Ordinal);
        Assert.DoesNotContain("REDACTED", server.Requests.Last().Head, StringComparison.Ordinal);
        Assert.All(calls.Evidence, static evidence => Assert.Empty(evidence.Collided));
    }

    [Fact]
    public async Task A_proxied_request_shows_the_proxy_no_credential()
    {
        await using var server = Server();
        await using var proxy = new TestProxy(server.Port);
        using var rig = new Rig(root: _certificate, proxy: proxy.Address, secrets: _secrets) { Credentials = [ApiKey] };

        var (ok, _, _) = await rig.GetAsync("https://api.test/");

        Assert.True(ok);
        Assert.Equal(Token, HeaderOf(Assert.Single(server.Requests), "x-api-key"));
        Assert.Equal(["CONNECT api.test:443 HTTP/1.1"], proxy.Asked);
    }

    [Fact]
    public async Task Many_requests_at_once_each_get_their_own()
    {
        await using var server = Server();
        using var rig = NewRig(ApiKey);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => rig.GetAsync($"https://api.test:{server.Port}/{i}")));

        Assert.All(answers, static answer => Assert.True(answer.Ok));
        Assert.All(server.Requests, static request => Assert.Equal(Token, HeaderOf(request, "x-api-key")));
        Assert.Equal(40, server.Requests.Count);
    }

    [Theory]
    [InlineData("as it is", Token)]
    [InlineData("base64", "dG9rLTAxMjM0NTY3ODlhYmNkZWY")]
    [InlineData("percent", "%74ok-0123456789abcdef")]
    [InlineData("JSON", "\\u0074ok-0123456789abcdef")]
    public async Task An_upstream_that_echoes_a_secret_shows_it_to_no_guest(string form, string echo)
    {
        await using var server = new LoopbackServer(
            (_, stream, stop) => stream.WriteAsync(Encoding.Latin1.GetBytes(LoopbackServer.Ok($"you sent {echo}.", $"X-Echo: {echo}\r\nLocation: /{echo}\r\n")), stop).AsTask(),
            _certificate);
        using var rig = NewRig(ApiKey);

        var (ok, body, _) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.True(ok, form);
        Assert.Equal("you sent ***REDACTED***.", body.GetProperty("body_text").GetString());
        Assert.Equal("***REDACTED***", body.GetProperty("headers").GetProperty("x-echo").GetString());
        Assert.Equal("/***REDACTED***", body.GetProperty("headers").GetProperty("location").GetString());
    }

    // The guest chooses the padding, so it must not learn where the cut falls in the secret.
    [Fact]
    public async Task An_echo_that_is_cut_in_the_middle_of_a_secret_shows_no_part_of_it()
    {
        await using var server = new LoopbackServer(
            (_, stream, stop) => stream.WriteAsync(Encoding.Latin1.GetBytes(LoopbackServer.Ok($"padding {Token} and more")), stop).AsTask(), _certificate);
        using var rig = NewRig(ApiKey);
        rig.Limits = EgressLimits.Default with { ResponseBytes = 12, OnOverflow = OverflowPolicy.Truncate };

        var (_, body, _) = await rig.GetAsync($"https://api.test:{server.Port}/");

        Assert.Equal("padding ***R", body.GetProperty("body_text").GetString());
    }

    [Fact]
    public async Task A_guests_log_line_and_its_body_hold_no_secret()
    {
        using var rig = NewRig(ApiKey);
        var lines = new List<string>();
        var calls = rig.Calls(line => lines.Add(Encoding.UTF8.GetString(line)));

        await calls.CallAsync(LatchGate.Sandbox.HostImports.Log, Encoding.UTF8.GetBytes($$"""{"level":"info","message":"it is {{Token}}"}"""), default);

        Assert.Equal("""{"level":"info","message":"it is ***REDACTED***"}""", Assert.Single(lines));
    }

    private LoopbackServer Server() => new(Ok, _certificate);

    private Rig NewRig(params CredentialBinding[] bindings) => NewRig(_secrets, bindings);

    private Rig NewRig(ISecretSource secrets, params CredentialBinding[] bindings) => new(root: _certificate, secrets: secrets) { Credentials = [.. bindings] };

    private static Task Ok(SeenRequest request, Stream stream, CancellationToken stop) =>
        stream.WriteAsync(Encoding.Latin1.GetBytes(LoopbackServer.Ok("hello")), stop).AsTask();

    private static Task RedirectAsync(Stream stream, string location, CancellationToken stop) =>
        stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"), stop).AsTask();

    private static string? HeaderOf(SeenRequest request, string name)
    {
        foreach (var line in request.Head.Split("\r\n").Skip(1))
        {
            if (line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return null;
    }
}
