using System.Text;
using LatchGate.Actions;
using LatchGate.Cli.Client;
using LatchGate.HostIo;
using LatchGate.Secrets;
using LatchGate.Secrets.Sops;
using LatchGate.Tests.Api;
using LatchGate.Tests.Secrets;

namespace LatchGate.Tests.Catalogue;

/// <summary>A gate with a value for every secret that the build's actions name, one without any secret, and the vendors.</summary>
public sealed class CatalogueGate : IAsyncLifetime
{
    private readonly VendorServer _vendor = new();
    private readonly SecretFiles _secrets = new();
    private LiveGate _full = null!;
    private LiveGate _bare = null!;
    private AgentClient _agent = null!;
    private AgentClient _bareAgent = null!;
    private OperatorClient _operator = null!;
    private OperatorClient _bareOperator = null!;

    internal VendorServer Vendor => _vendor;

    internal static string ValueOf(string secret) => $"value-of-{secret}";

    public async ValueTask InitializeAsync()
    {
        var names = CompiledActions.All.SelectMany(static action => action.Secrets).Select(static secret => secret.Name);
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            using var opened = OpenedSecrets.TryOpen(_secrets.Config, out _)!;
            var value = Encoding.UTF8.GetBytes(ValueOf(name));
            var text = SopsEdit.TrySet(opened.File!, name, value, opened.DataKey!.Span, TimeProvider.System, out var problem);
            Assert.Null(problem);
            _secrets.Replace(Encoding.UTF8.GetString(text!));
        }

        _full = new LiveGate
        {
            Outside = Outside,
            MoreConfiguration = $"[secrets]\nsops_secrets_file = '{_secrets.Path}'\nsops_key_file = '{_secrets.Key}'\n",
        };
        _bare = new LiveGate { Outside = Outside };
        await _full.InitializeAsync();
        await _bare.InitializeAsync();
        (_agent, _operator) = (await _full.AgentAsync(), _full.Operator());
        (_bareAgent, _bareOperator) = (await _bare.AgentAsync(), _bare.Operator());
    }

    public async ValueTask DisposeAsync()
    {
        Array.ForEach(new IDisposable?[] { _agent, _operator, _bareAgent, _bareOperator }, static client => client?.Dispose());
        await _full.DisposeAsync();
        await _bare.DisposeAsync();
        await _vendor.DisposeAsync();
        _secrets.Dispose();
    }

    internal AgentClient Agent(CatalogueCase @case) => @case.WithoutSecrets ? _bareAgent : _agent;

    internal OperatorClient Operator(CatalogueCase @case) => @case.WithoutSecrets ? _bareOperator : _operator;

    private HttpHost Outside(ISecretSource secrets) =>
        new(_vendor.Network, new PinnedHttpTransport(_vendor.Network, _vendor.Roots, TimeProvider.System), TimeProvider.System, secrets);
}
