using System.CommandLine;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Cli.Client;
using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Learned;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Commands;

/// <summary>
/// <c>latchgate actions ACTION --render</c>: the call that a request would make, or why it is refused, by the code that a gate runs. Needs no gate;
/// nothing is looked up, opened or sent.
/// </summary>
internal static class RenderCommand
{
    internal static async Task<ExitCode> RunAsync(
        CliContext context, Printer printer, ParseResult parse, string id, ReadOnlyMemory<byte> body, string? principal, CancellationToken cancellation)
    {
        var config = context.LoadConfig(parse);
        var actions = OfflinePolicy.Actions(context.Services, config);
        var action = EgressQuestions.Action(actions, id);
        if (!ValidatedRequest.TryCreate(action, body, out var request, out var reason))
        {
            throw Refused(reason);
        }

        using (request)
        {
            if (!ResolvedTask.TryCreate(request, out var task, out var misfit))
            {
                throw Refused(CallPipeline.Explain(misfit));
            }

            var judged = task.TryGetUrl(out var url)
                ? await JudgeAsync(
                    url, task.Method, action, config, actions, (printer, principal ?? ""), context.Services.Time.GetUtcNow(), cancellation).ConfigureAwait(false)
                : null;
            return Tell(printer, task, judged);
        }
    }

    // As the gate's 422 says it.
    private static CliException Refused(string reason) =>
        new(ExitCode.Denied, "schema_violation", PlainText.Clean(reason), "A gate would answer 422 schema_violation.");

    private static Task<JudgedQuestion> JudgeAsync(
        string url, string method, ActionSpec action, GateConfig config, ActionRegistry actions, (Printer Printer, string Principal) asker, DateTimeOffset now,
        CancellationToken cancellation)
    {
        var rules = (EgressQuestions.Learned(config, actions, asker.Printer) ?? LearnedSnapshot.Empty).RulesOf(action);
        return EgressQuestions.AskAsync(url, action, rules, GateStartup.CeilingOf(config), (asker.Principal, method), null, now, cancellation);
    }

    private static ExitCode Tell(Printer printer, ResolvedTask task, JudgedQuestion? judged)
    {
        using var preview = Preview(task);
        var rule = judged?.Verdict.Allowed == true ? Candidate(judged.Trace) : null;
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("action_id", task.Action.Id);
                json.WriteString("version", task.Action.Version);
                json.WriteString("task_hash", task.Hash.ToString());
                json.WritePropertyName("request");
                preview.RootElement.GetProperty("request").WriteTo(json);
                if (judged is not null)
                {
                    json.WriteString("verdict", judged.Verdict.Allowed ? "allow" : "deny");
                    json.WriteString("reason", judged.Verdict.Reason.Label());
                    json.WriteString("rule", judged.Verdict.Rule.Length > 0 ? judged.Verdict.Rule : rule?.Name);
                    json.WriteString("message", judged.Verdict.Message);
                }

                CredentialText.Write(json, rule);
            },
            () => Text(preview.RootElement.GetProperty("request"), rule));
        if (judged is null || judged.Verdict.Allowed)
        {
            if (judged is not null)
            {
                printer.Done(rule is null
                    ? "the lists let it through"
                    : $"rule '{rule.Name}' lets it through; its addresses are judged at the call");
            }

            return ExitCode.Ok;
        }

        printer.Warn($"a gate would refuse it: {judged.Verdict.Reason.Label()}: {judged.Verdict.Message}");
        return ExitCode.Denied;
    }

    private static JsonDocument Preview(ResolvedTask task)
    {
        var secrets = System.Collections.Immutable.ImmutableArray.CreateBuilder<string>(task.Action.Secrets.Length);
        foreach (var secret in task.Action.Secrets)
        {
            secrets.Add(secret.Name);
        }

        return JsonDocument.Parse(GateHttp.Json(json =>
        {
            json.WritePropertyName("request");
            RequestPreview.Write(json, task.Bytes, secrets.MoveToImmutable());
        }));
    }

    // No name was looked up, so the first rule that came to the addresses is the one that would be asked first.
    private static EgressAllowRule? Candidate(JudgementTrace trace)
    {
        foreach (var rule in trace.Rules)
        {
            if (rule.Reason is EgressReason.Allowed or > EgressReason.MethodNotAllowed)
            {
                return rule.Rule;
            }
        }

        return null;
    }

    // As it goes over the wire: request line, headers, an empty line, the body.
    private static string Text(JsonElement request, EgressAllowRule? rule)
    {
        var text = new StringBuilder();
        if (request.TryGetProperty("operation", out var operation))
        {
            text.Append(Printer.Clean(operation.ToString())).Append(' ')
                .Append(Printer.Clean(request.GetProperty("path").ToString())).Append('\n');
        }
        else
        {
            text.Append(Printer.Clean(request.GetProperty("method").ToString())).Append(' ')
                .Append(Printer.Clean(request.GetProperty("url").ToString())).Append('\n');
            foreach (var header in request.GetProperty("headers").EnumerateObject())
            {
                text.Append(Printer.Clean($"{header.Name}: {header.Value}")).Append('\n');
            }

            foreach (var credential in rule?.Credentials ?? [])
            {
                text.Append(CredentialText.Of(credential)).Append('\n');
            }
        }

        if (request.TryGetProperty("body", out var body))
        {
            text.Append('\n').Append(body.ValueKind == JsonValueKind.String ? Lines(body.ToString()) : Printer.Pretty(body)).Append('\n');
        }

        return text.ToString().TrimEnd('\n');
    }

    private static string Lines(string body)
    {
        var lines = body.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = Printer.Clean(lines[i]);
        }

        return string.Join('\n', lines);
    }
}
