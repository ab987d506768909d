using System.Text;
using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Config;

/// <summary><c>[otlp]</c>.</summary>
public sealed class OtlpConfigTests : IDisposable
{
    private readonly TempDirectory _root = new();

    public void Dispose() => _root.Dispose();

    private OtlpConfig? Read(string toml)
    {
        var environment = TestEnvironment.In(_root);
        return GateConfigReader.Read(ConfigLocation.Discover(null, environment), Encoding.UTF8.GetBytes(toml), environment).Otlp;
    }

    [Fact]
    public void Nothing_is_exported_unless_an_endpoint_is_named()
    {
        Assert.Null(Read(""));
        Assert.Null(Read("[otlp]\nclrk_aliases = true"));
    }

    [Fact]
    public void Every_key_is_read()
    {
        var otlp = Read(
            """
            [otlp]
            endpoint = "https://collector.example.com/otlp/"
            service_name = "gate-a"
            timeout_ms = 1500
            queue_length = 64
            clrk_aliases = true
            [otlp.headers]
            X-Scope-OrgID = "tenant"
            [otlp.header_files]
            Authorization = "/run/secrets/otlp"
            """);
        Assert.NotNull(otlp);
        Assert.Equal("https://collector.example.com/otlp", otlp.Endpoint.AbsoluteUri);
        Assert.Equal(("gate-a", 1500, 64, true), (otlp.ServiceName, otlp.TimeoutMs, otlp.QueueLength, otlp.ClrkAliases));
        Assert.Equal("tenant", otlp.Headers["X-Scope-OrgID"]);
        Assert.Equal("/run/secrets/otlp", otlp.HeaderFiles["Authorization"]);
    }

    [Theory]
    [InlineData("endpoint = \"grpc://collector:4317\"")]
    [InlineData("endpoint = \"collector:4318\"")]
    [InlineData("endpoint = \"http://user:secret@collector\"")]
    [InlineData("endpoint = \"http://collector/?a=b\"")]
    [InlineData("endpoint = \"\"")]
    [InlineData("endpoint = \"http://c\"\nservice_name = \"\"")]
    [InlineData("endpoint = \"http://c\"\nqueue_length = 0")]
    [InlineData("endpoint = \"http://c\"\nheader = \"x\"")]
    [InlineData("endpoint = \"http://c\"\n[otlp.headers]\nContent-Type = \"text/plain\"")]
    [InlineData("endpoint = \"http://c\"\n[otlp.headers]\nHost = \"other\"")]
    [InlineData("endpoint = \"http://c\"\n[otlp.headers]\nX-A = \"line\\nbreak\"")]
    [InlineData("endpoint = \"http://c\"\n[otlp.headers]\nX-A = \"1\"\nx-a = \"2\"")]
    [InlineData("endpoint = \"http://collector.example.com\"\n[otlp.header_files]\nAuthorization = \"token\"")]
    public void What_cannot_work_or_would_leak_is_refused(string toml) =>
        Assert.Equal(StartupError.ConfigValidationFailed, Assert.Throws<StartupException>(() => Read("[otlp]\n" + toml)).Error);
}
