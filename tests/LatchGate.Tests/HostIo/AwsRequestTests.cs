using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.HostIo;

namespace LatchGate.Tests.HostIo;

/// <summary>Signatures as AWS publishes them: the signing test suite, and the examples of the IAM and S3 documentation.</summary>
public sealed class AwsRequestTests
{
    private const string ExampleSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private const string S3Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    private static readonly DateTimeOffset S3Time = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);
    private static readonly string NoBody = Convert.ToHexStringLower(SHA256.HashData([]));

    [Theory]
    [InlineData("service", "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData(
        "iam",
        "GET\n/\nAction=ListUsers&Version=2010-05-08\ncontent-type:application/x-www-form-urlencoded; charset=utf-8\nhost:iam.amazonaws.com\nx-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n",
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")]
    public void A_canonical_request_gets_the_published_signature(string service, string canonical, string signature) => Assert.Equal(
        signature,
        AwsSignature.Sign(
            Encoding.ASCII.GetBytes(ExampleSecret), "20150830T123600Z", "us-east-1", service, SHA256.HashData(Encoding.ASCII.GetBytes(canonical + NoBody))));

    [Theory]
    [InlineData("https://examplebucket.s3.amazonaws.com/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    [InlineData("https://examplebucket.s3.amazonaws.com/?prefix=%4A&max-keys=2", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public void A_request_of_the_S3_documentation_is_signed_as_published(string url, string signature)
    {
        Assert.True(Target.Parse(url, out var target, out _));
        var request = new AwsRequest("GET", target, [new HeaderField("accept", "text/xml")], Sha256Digest.Of([]), "s3", S3Time);

        var authorization = request.Authorization("AKIAIOSFODNN7EXAMPLE", Encoding.ASCII.GetBytes(S3Secret), default, "us-east-1", "s3");

        Assert.Equal(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            + $"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}",
            authorization);
        Assert.Equal(("20130524T000000Z", NoBody), (request.Time, request.Payload));
    }

    // The signature was computed elsewhere, from the canonical request written out by hand:
    // POST, /a%2520b/, x=%2F&y=1%202, six headers, the digest of the body.
    [Fact]
    public void Path_query_and_headers_are_signed_in_canonical_form()
    {
        Assert.True(Target.Parse("https://dynamodb.test:8443/a%20b//./?y=1+2&&x=/", out var target, out _));
        HeaderField[] headers =
        [
            new("X-Amz-Target", "DynamoDB_20120810.Scan"), new("Content-Type", "  application/x-amz-json-1.0 "), new("X-Trace", "1"),
            new("x-amz-date", "19700101T000000Z"), new("X-Amz-Security-Token", "of the guest"),
        ];
        var request = new AwsRequest("POST", target, headers, Sha256Digest.Of("""{"TableName":"t"}"""u8), "dynamodb", S3Time);

        var authorization = request.Authorization("AK", Encoding.ASCII.GetBytes(S3Secret), "session/token=="u8, "eu-central-1", "dynamodb");

        Assert.EndsWith(
            "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target, "
            + "Signature=1b1ed465002ec4907ac56d129072cbf0d51da06a4befa6de6f421bdcf370909d",
            authorization,
            StringComparison.Ordinal);
    }
}
