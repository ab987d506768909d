using System.Diagnostics;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Pipeline;
using LatchGate.Telemetry;

namespace LatchGate.Policy;

/// <summary>
/// Where the gate asks policy: at the request, and again when a held call is decided. One of three answers, as configured: the policy
/// that the gate was built with, the operator's bundle, or an Open Policy Agent in another process. Whatever goes wrong is a denial
/// that says what.
/// </summary>
public sealed class PolicyDecisionPoint : IDisposable
{
    private readonly Lock _changing = new();
    private readonly PolicyFiles? _files;
    private readonly RemotePolicy? _remote;
    private EmbeddedPolicy? _embedded;

    /// <summary>Asks this engine, whose policy is not read again.</summary>
    public PolicyDecisionPoint(PolicyEngine engine) => _embedded = new EmbeddedPolicy(engine, null);

    private PolicyDecisionPoint(PolicyFiles files) => (_files, _embedded) = (files, files.Load());

    private PolicyDecisionPoint(RemotePolicy remote) => _remote = remote;

    /// <summary>Opens what the configuration names.</summary>
    /// <exception cref="StartupException">The policy or its data cannot be loaded (<see cref="StartupError.PolicyLoadFailed"/>).</exception>
    public static PolicyDecisionPoint Open(GateConfig config, ActionRegistry actions, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.OpaUrl is { } url
            ? new PolicyDecisionPoint(new RemotePolicy(url, time))
            : new PolicyDecisionPoint(new PolicyFiles(config, actions));
    }

    /// <summary>Whether the gate's data decides. If not, to change it would change nothing: an OPA elsewhere has its own.</summary>
    public bool OwnsData => _remote is null;

    /// <summary>The <c>policy_version</c> of the data in force; empty where an OPA elsewhere has it.</summary>
    public string PolicyVersion => Volatile.Read(ref _embedded)?.Engine.PolicyVersion ?? "";

    /// <summary>The revision of the bundle in force; empty where there is none, or it names none.</summary>
    public string Revision => Volatile.Read(ref _embedded)?.Bundle?.Revision ?? "";

    /// <summary>Whether the operator's bundle decides, and may bring data along.</summary>
    internal bool HasBundle => Volatile.Read(ref _embedded)?.Bundle is not null;

    /// <summary>The data in force, the bundle's included.</summary>
    /// <exception cref="InvalidOperationException">The gate does not own the data (<see cref="OwnsData"/>).</exception>
    internal PolicyData Data => Embedded().Engine.Data;

    /// <summary>Hears of every decision; null counts nothing.</summary>
    internal GateMetrics? Metrics { get; set; }

    /// <summary>Asks the policy.</summary>
    public ValueTask<PolicyDecision> DecideAsync(PolicyInput input)
    {
        var started = Stopwatch.GetTimestamp();
        return _remote is null ? ValueTask.FromResult(Counted(Embedded().Engine.Evaluate(input), started)) : AskAsync(_remote, input, started);
    }

    /// <summary>Asks the policy, and asks it which of its rules decided and why. An OPA elsewhere gives the decision alone.</summary>
    public async ValueTask<PolicyExplanation> ExplainAsync(PolicyInput input) =>
        _remote is null ? Embedded().Engine.Explain(input) : new PolicyExplanation(await _remote.DecideAsync(input).ConfigureAwait(false), []);

    /// <summary>Whether the policy can answer: an OPA elsewhere says so, at most once a second; what is in this process can.</summary>
    public ValueTask<bool> IsHealthyAsync() => _remote?.IsHealthyAsync() ?? ValueTask.FromResult(true);

    /// <summary>
    /// Puts other data of the gate in force, under the policy that is. Questions being answered keep what they began with. Write the
    /// file first: a reload at the same time then finds what this puts in force.
    /// </summary>
    /// <param name="dataJson">The whole document, JSON in UTF-8.</param>
    /// <exception cref="StartupException">It is not valid, grants everybody too much, or contradicts the bundle; the data in force stays.</exception>
    /// <exception cref="InvalidOperationException">The gate does not own the data (<see cref="OwnsData"/>).</exception>
    public void ReplaceData(ReadOnlyMemory<byte> dataJson)
    {
        lock (_changing)
        {
            var (engine, bundle) = Embedded();
            if (_files is null)
            {
                engine.ReplaceData(dataJson);
            }
            else
            {
                engine.ReplaceData(_files.DataFor(bundle, dataJson));
            }
        }
    }

    /// <summary>The document that would be in force with this data of the gate.</summary>
    /// <param name="dataJson">The gate's data, JSON in UTF-8.</param>
    /// <exception cref="StartupException">As <see cref="ReplaceData"/>.</exception>
    internal PolicyData DataFor(ReadOnlyMemory<byte> dataJson) =>
        _files is null ? PolicyData.Parse(dataJson.Span) : _files.DataFor(Embedded().Bundle, dataJson);

    /// <summary>Puts a document back in force that was before.</summary>
    internal void Restore(PolicyData data)
    {
        lock (_changing)
        {
            Embedded().Engine.ReplaceData(data);
        }
    }

    /// <summary>
    /// Reads, verifies and compiles bundle and data anew, and puts both in force at once; or says why not, and changes nothing.
    /// Where an OPA elsewhere decides there is nothing to read.
    /// </summary>
    public ValueTask<PolicyReload> ReloadAsync() => _files is null
        ? ValueTask.FromResult(new PolicyReload(true, PolicyVersion, Revision, null))
        : new ValueTask<PolicyReload>(Task.Run(Reload));

    /// <inheritdoc/>
    public void Dispose() => _remote?.Dispose();

    private PolicyReload Reload()
    {
        lock (_changing)
        {
            string? refusal = null;
            try
            {
                Volatile.Write(ref _embedded, _files!.Load());
            }
            catch (StartupException e)
            {
                refusal = e.Detail;
            }

            return new PolicyReload(refusal is null, PolicyVersion, Revision, refusal);
        }
    }

    private async ValueTask<PolicyDecision> AskAsync(RemotePolicy remote, PolicyInput input, long started) =>
        Counted(await remote.DecideAsync(input).ConfigureAwait(false), started);

    private PolicyDecision Counted(PolicyDecision decision, long started)
    {
        Metrics?.PolicyAnswered(decision, Stopwatch.GetElapsedTime(started));
        return decision;
    }

    private EmbeddedPolicy Embedded() => Volatile.Read(ref _embedded) ?? throw new InvalidOperationException("An OPA elsewhere owns the policy.");
}
