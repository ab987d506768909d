using System.Text;
using System.Text.Json;
using LatchGate.Cli.Client;

namespace LatchGate.Demo;

/// <summary>The steps of the demo, in order. Each says beforehand what must come out.</summary>
internal sealed class Scenario(Workplace workplace, Gate gate, OutsideWorld world, Timeline timeline)
{
    private const string ClosedCeiling = "private_cidrs = []";
    private const string OpenCeiling = """private_cidrs = ["127.0.0.1/32"]""";

    // An agent's view of the call that was executed.
    private string _traceId = "";
    private string _receiptId = "";
    private DpopAuthorization _spentProof;

    private string Origin => $"http://127.0.0.1:{world.Port}";

    private ReadOnlyMemory<byte> Request => Body($"{Origin}/weather");

    /// <exception cref="StepFailedException">A step failed that all later ones need.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired.</exception>
    internal async Task RunAsync(CancellationToken stop)
    {
        timeline.Title("LatchGate: a gate, an agent, and a small service on loopback as the outside world");
        await SetUpAsync(stop);
        using (var agent = new Agent(gate.ClientSocket))
        {
            await CallAsync(agent, stop);
            await ReadReceiptAsync(agent, stop);
            await BeRefusedAsync(agent, stop);
        }

        await timeline.StepAsync("The outside world counts its visitors", "1 connection", _ => Task.FromResult(new Outcome(
            world.Connections == 1 ? "1 connection" : $"{world.Connections} connections",
            $"{world.LastRequestLine}: the one allowed call; no refused one came through")), stop);
        await StopAsync("SIGTERM: the gate ends", stop);
        await VerifyAsync(stop);
    }

    private async Task SetUpAsync(CancellationToken stop)
    {
        await timeline.NeedAsync("First run: the gate makes keys and config", "up", async cancellation =>
        {
            var report = await gate.UpAsync(cancellation);
            return new Outcome(
                "up",
                $"{report.GetProperty("created").GetArrayLength()} private files made; {report.GetProperty("actions")} actions, SQLite ledger, built-in policy, no other service");
        }, stop);
        await StopAsync("SIGTERM: it ends", stop);
        await timeline.NeedAsync("The operator opens one loopback address", OpenCeiling, async cancellation =>
        {
            var text = await File.ReadAllTextAsync(workplace.ConfigFile, cancellation);
            await File.WriteAllTextAsync(workplace.ConfigFile, text.Replace(ClosedCeiling, OpenCeiling, StringComparison.Ordinal), cancellation);
            var lines = await File.ReadAllLinesAsync(workplace.ConfigFile, cancellation);
            return new Outcome(
                lines.Single(static line => line.StartsWith("private_cidrs", StringComparison.Ordinal)),
                "[egress] in latchgate.toml: loopback opens only where the manifest's rule and the operator both say so");
        }, stop);
        await timeline.NeedAsync("The gate starts again", "up", async cancellation =>
        {
            await gate.UpAsync(cancellation);
            return new Outcome("up", $"agents: {gate.ClientSocket}");
        }, stop);
    }

    private async Task CallAsync(Agent agent, CancellationToken stop)
    {
        await timeline.NeedAsync("The agent takes a lease for its own key", "200", async cancellation =>
        {
            var answer = await agent.TakeLeaseAsync(cancellation);
            return new Outcome(
                Verdict(answer),
                $"session {answer.Text("session_id")}, until {answer.Text("expires_at")}",
                $"key {agent.Thumbprint} (P-256, DPoP; nobody else can use the lease)");
        }, stop);
        await timeline.NeedAsync("It calls http_fetch with a DPoP proof", "200 executed, verified", async cancellation =>
        {
            _spentProof = agent.Prove();
            var answer = await agent.FetchAsync(_spentProof, Request, cancellation);
            if (!answer.IsSuccess)
            {
                return Refusal(answer);
            }

            _traceId = answer.Text("trace_id") ?? "";
            _receiptId = answer.Text("receipt_id") ?? "";
            var page = answer.Body.GetProperty("output").GetProperty("data");
            var runtime = answer.Body.GetProperty("runtime");
            return new Outcome(
                $"{answer.Status} {answer.Text("decision")}, {answer.Text("verification_outcome")}",
                $"GET {page.GetProperty("url")} -> {page.GetProperty("status_code")} {page.GetProperty("json")}",
                $"WASM provider: {runtime.GetProperty("fuel_consumed")} fuel; grant {answer.Text("grant_id")}",
                $"receipt {_receiptId}");
        }, stop);
    }

    private async Task ReadReceiptAsync(Agent agent, CancellationToken stop) =>
        await timeline.StepAsync("It reads the receipt", "signature valid, evidence matches", async cancellation =>
        {
            var answer = await agent.ReceiptAsync(_receiptId, cancellation);
            if (!answer.IsSuccess)
            {
                return Refusal(answer);
            }

            var effects = answer.Body.GetProperty("effect_evidence");
            var effect = effects[0];
            var told = $"{effect.GetProperty("method")} {effect.GetProperty("target")} -> {effect.GetProperty("status")}, body {effect.GetProperty("response_body_hash")}";
            // Computed from what the service sent, not from what the gate says.
            var seen = $"GET {Origin} -> 200, body {OutsideWorld.BodyDigest}";
            var evidence = told == seen && effects.GetArrayLength() == 1 ? "evidence matches" : $"evidence differs from {seen}";
            return new Outcome(
                $"signature {answer.Text("signature_status")}, {evidence}",
                $"signed by key {answer.Text("signing_key_id")} (Ed25519) for {answer.Text("principal")}, trace {answer.Text("trace_id")}",
                $"module {answer.Text("module_sha256")}",
                $"evidence: {told}");
        }, stop);

    private async Task BeRefusedAsync(Agent agent, CancellationToken stop)
    {
        await RefusedAsync("It asks for a host that is not listed", "403 egress_denied host_not_allowed",
            "https://example.com/", agent.Prove(), Body("https://example.com/"));
        await RefusedAsync("It asks for loopback that no rule opened", "403 egress_denied private_target",
            $"http://[::1]:{world.Port}/: the manifest's rule lists it, the operator does not", agent.Prove(), Body($"http://[::1]:{world.Port}/"));
        var cutOff = Request[..^2];
        await RefusedAsync("It sends a malformed body", "422 schema_violation",
            Encoding.UTF8.GetString(cutOff.Span), agent.Prove(), cutOff);
        await RefusedAsync("It sends a proof that was used before", "401 replay_detected",
            "the request that was executed above, byte for byte", _spentProof, Request);

        Task<bool> RefusedAsync(string name, string expected, string what, DpopAuthorization authorization, ReadOnlyMemory<byte> body) =>
            timeline.StepAsync(name, expected, async cancellation =>
            {
                var refusal = Refusal(await agent.FetchAsync(authorization, body, cancellation));
                return refusal with { Details = [what, .. refusal.Details] };
            }, stop);
    }

    private async Task VerifyAsync(CancellationToken stop)
    {
        await timeline.StepAsync("latchgate verify, offline", "exit 0, intact, 1 receipt, 4 refusals", async cancellation =>
        {
            var (code, report) = await gate.RunAsync(["verify", "--ledger", workplace.Ledger, "--keys", workplace.ReceiptKeys, "--json"], cancellation);
            return new Outcome(
                $"exit {code}, {Intact(report)}, {report.GetProperty("receipts")} receipt, {LedgerFile.Refusals(workplace.Ledger)} refusals",
                $"{report.GetProperty("total_events")} events, {report.GetProperty("verified_links")} hash links, signed head {report.GetProperty("head")}",
                $"needed: {Path.GetFileName(workplace.Ledger)} and {Path.GetFileName(workplace.ReceiptKeys)} (public keys), no gate");
        }, stop);
        await timeline.StepAsync("One bit of a copied ledger is flipped", "exit 2, broken, at the executed call", async cancellation =>
        {
            var copy = Path.Combine(workplace.Home, "tampered.db");
            LedgerFile.CopyAndFlip(workplace.Ledger, copy);
            var (code, report) = await gate.RunAsync(["verify", "--ledger", copy, "--keys", workplace.ReceiptKeys, "--json"], cancellation);
            var place = report.GetProperty("broken_at").GetString();
            return new Outcome(
                $"exit {code}, {Intact(report)}, at {(place == _traceId ? "the executed call" : place)}",
                "the receipt's \"status\":200 became \"status\":300",
                $"{report.GetProperty("problem")}");
        }, stop);
    }

    private Task StopAsync(string name, CancellationToken stop) =>
        timeline.NeedAsync(name, "exit 0", async cancellation => new Outcome($"exit {await gate.StopAsync(cancellation)}"), stop);

    private static string Intact(JsonElement report) => report.GetProperty("intact").GetBoolean() ? "intact" : "broken";

    private static ReadOnlyMemory<byte> Body(string url) => GateHttp.Json(json => json.WriteString("url", url));

    /// <summary>Status and error code; for an egress denial also the rule that it broke.</summary>
    private static string Verdict(GateResponse answer) =>
        answer.IsSuccess ? $"{answer.Status}"
        : answer.ErrorCode == "egress_denied" ? $"{answer.Status} {answer.ErrorCode} {answer.Text("reason")}"
        : $"{answer.Status} {answer.ErrorCode}";

    private static Outcome Refusal(GateResponse answer) =>
        new(Verdict(answer), $"reason: {answer.Text("deny_reason") ?? answer.Text("message")}");
}
