using System.Globalization;
using System.Net;
using LatchGate.Evidence;
using LatchGate.Tests.HostIo;

namespace LatchGate.Tests.Webhooks;

/// <summary>The process's proxy is everybody's, so these tests run alone.</summary>
[CollectionDefinition(nameof(EnvironmentProxyTests), DisableParallelization = true)]
public sealed class EnvironmentProxyTests
{
    /// <summary>See the collection.</summary>
    [Collection(nameof(EnvironmentProxyTests))]
    public sealed class Alone
    {
        [Fact]
        public async Task A_proxy_of_the_environment_is_not_used()
        {
            const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            await using var trap = new LoopbackServer(Ok);
            await using var receiver = new Receiver(Ok);
            await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate);

            // What HTTPS_PROXY would have made of it when the process began.
            var usual = HttpClient.DefaultProxy;
            HttpClient.DefaultProxy = new WebProxy(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{trap.Port}"));
            try
            {
                rig.Start();
                await rig.AppendAsync();
                Assert.Equal(DeliveryState.Delivered, (await rig.AfterAsync(1)).State);
            }
            finally
            {
                HttpClient.DefaultProxy = usual;
            }

            Assert.Equal(0, trap.Connections);
        }
    }
}
