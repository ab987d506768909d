using System.Collections.Concurrent;
using System.IO.Compression;
using LatchGate.Pipeline;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy;

/// <summary>
/// Answers questions with a compiled Rego policy, inside the process. Any number of callers may ask at once; each
/// answer rests on one whole data document, the one in force when the question came.
/// </summary>
public sealed class PolicyEngine
{
    private const string Entrypoint = "latchgate/decision";
    private const string ExplainEntrypoint = "latchgate/explain";
    private const string BuiltInPlan = "LatchGate.Policy.plan.json.gz";

    // More evaluations than this are not worth keeping; the rest is made anew.
    private const int PoolSize = 64;

    private readonly ConcurrentBag<Evaluation> _pool = [];
    private readonly PolicyPlan _plan;
    private readonly EvaluationLimits _limits;
    private PolicyData _data;

    private PolicyEngine(PolicyPlan plan, PolicyData data, EvaluationLimits limits)
    {
        _plan = plan;
        _data = data;
        _limits = limits;
    }

    /// <summary>The <c>policy_version</c> of the data in force.</summary>
    public string PolicyVersion => Volatile.Read(ref _data).Version;

    /// <summary>The data in force.</summary>
    internal PolicyData Data => Volatile.Read(ref _data);

    /// <summary>Loads the policy that the gate was built with.</summary>
    /// <param name="dataJson">The data document, JSON in UTF-8.</param>
    /// <exception cref="StartupException">The data is not valid (<see cref="StartupError.PolicyLoadFailed"/>).</exception>
    public static PolicyEngine LoadBuiltIn(ReadOnlyMemory<byte> dataJson) => BuiltIn(PolicyData.Parse(dataJson.Span));

    /// <inheritdoc cref="LoadBuiltIn"/>
    internal static PolicyEngine BuiltIn(PolicyData data)
    {
        using var resource = typeof(PolicyEngine).Assembly.GetManifestResourceStream(BuiltInPlan)
            ?? throw new InvalidOperationException("The gate was built without its policy.");
        using var inflated = new GZipStream(resource, CompressionMode.Decompress);
        using var plan = new MemoryStream();
        inflated.CopyTo(plan);
        return Load(plan.GetBuffer().AsMemory(0, (int)plan.Length), data);
    }

    /// <summary>Loads a policy that was compiled with <c>opa build -t plan -e latchgate/decision</c>.</summary>
    /// <param name="planJson">The plan, JSON in UTF-8: <c>plan.json</c> of the bundle.</param>
    /// <param name="dataJson">The data document, JSON in UTF-8.</param>
    /// <exception cref="StartupException">The plan cannot be run or the data is not valid (<see cref="StartupError.PolicyLoadFailed"/>).</exception>
    public static PolicyEngine Load(ReadOnlyMemory<byte> planJson, ReadOnlyMemory<byte> dataJson) =>
        Load(planJson, dataJson, EvaluationLimits.Default);

    internal static PolicyEngine Load(ReadOnlyMemory<byte> planJson, ReadOnlyMemory<byte> dataJson, EvaluationLimits limits) =>
        Load(planJson, PolicyData.Parse(dataJson.Span), limits);

    internal static PolicyEngine Load(ReadOnlyMemory<byte> planJson, PolicyData data, EvaluationLimits? limits = null)
    {
        var error = PlanReader.Read(planJson, Entrypoint, out var plan, out var detail, ExplainEntrypoint);
        return error == PlanError.None
            ? new PolicyEngine(plan!, data, limits ?? EvaluationLimits.Default)
            : throw new StartupException(StartupError.PolicyLoadFailed, Explain(error, detail), Remedy(error));
    }

    /// <summary>Puts another data document in force. Questions being answered keep the one that they began with.</summary>
    /// <param name="dataJson">The data document, JSON in UTF-8.</param>
    /// <exception cref="StartupException">The document is not valid; the one in force stays.</exception>
    public void ReplaceData(ReadOnlyMemory<byte> dataJson) => ReplaceData(PolicyData.Parse(dataJson.Span));

    /// <summary>Puts another data document in force.</summary>
    internal void ReplaceData(PolicyData data) => Volatile.Write(ref _data, data);

    /// <summary>Asks the policy. Whatever goes wrong is a denial that says what.</summary>
    public PolicyDecision Evaluate(PolicyInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Evaluate(InputBuilder.Build(input), input);
    }

    internal PolicyDecision Evaluate(RegoValue question, PolicyInput input)
    {
        var evaluation = Rent();
        var (document, version) = Volatile.Read(ref _data);
        try
        {
            var fault = evaluation.Run(_plan, question, document);
            return fault switch
            {
                EvaluationFault.None => evaluation.Results is [RegoObject result, ..] && result.Get("result") is { } answer
                    ? PolicyDecision.Interpret(answer, input, version)
                    : PolicyDecision.Failed(PolicyFault.Undefined, "embedded policy returned undefined (no matching rule)", version),
                EvaluationFault.StepLimit => PolicyDecision.Failed(PolicyFault.StepLimit, "policy evaluation exceeded its step limit", version),
                EvaluationFault.MemoryLimit => PolicyDecision.Failed(PolicyFault.MemoryLimit, "policy evaluation exceeded its memory limit", version),
                EvaluationFault.DepthLimit => PolicyDecision.Failed(PolicyFault.DepthLimit, "policy evaluation exceeded its depth limit", version),
                EvaluationFault.Plan => PolicyDecision.Failed(PolicyFault.Malformed, "policy plan calls a built-in with too few arguments", version),
                _ => PolicyDecision.Failed(PolicyFault.Conflict, "policy evaluation found two values for one rule", version),
            };
        }
        finally
        {
            Return(evaluation);
        }
    }

    /// <summary>Asks the policy, and asks it which of its rules decided and why.</summary>
    public PolicyExplanation Explain(PolicyInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var question = InputBuilder.Build(input);
        if (_plan.Second is not { } explain)
        {
            return new PolicyExplanation(Evaluate(question, input), []);
        }

        var evaluation = new Evaluation(_limits);
        var (document, version) = Volatile.Read(ref _data);
        var fault = evaluation.Run(_plan, explain, question, document);
        var answer = fault == EvaluationFault.None && evaluation.Results is [RegoObject result, ..] ? result.Get("result") as RegoObject : null;
        return answer?.Get("decision") is { } decision
            ? new PolicyExplanation(PolicyDecision.Interpret(decision, input, version), ExplanationReader.Read(answer))
            : new PolicyExplanation(Evaluate(question, input), []);
    }

    /// <summary>The policy's raw answer, or null where it is undefined: what a comparison with another engine needs.</summary>
    internal RegoValue? Ask(RegoValue question)
    {
        var evaluation = new Evaluation(_limits);
        return evaluation.Run(_plan, question, Volatile.Read(ref _data).Document) == EvaluationFault.None && evaluation.Results is [RegoObject result, ..]
            ? result.Get("result")
            : null;
    }

    private Evaluation Rent() => _pool.TryTake(out var evaluation) ? evaluation : new Evaluation(_limits);

    private void Return(Evaluation evaluation)
    {
        evaluation.Release();
        if (_pool.Count < PoolSize)
        {
            _pool.Add(evaluation);
        }
    }

    private static string Explain(PlanError error, string detail) => error switch
    {
        PlanError.UnknownStatement => $"The policy plan has a statement of the unknown type {detail}.",
        PlanError.UnknownFunction => $"The policy plan calls {detail}, which it does not define.",
        PlanError.UnsupportedBuiltin => $"The policy uses the built-in {detail}, which this gate does not offer.",
        PlanError.MissingEntrypoint => $"The policy plan lacks the entry point {detail}.",
        _ => $"The policy plan is malformed: {detail}",
    };

    private static string Remedy(PlanError error) => error switch
    {
        PlanError.UnsupportedBuiltin => "Write the rule without it: policy sees only its input and data, no network, clock or randomness.",
        _ => "Compile the policy with: opa build -t plan -e latchgate/decision",
    };
}
