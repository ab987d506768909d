using System.Linq;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit;

/// <summary>Writes an action's rule set.</summary>
internal static class EgressEmitter
{
    private const string Ns = "global::LatchGate.Egress.";

    public static void Emit(CodeWriter code, EgressModel egress)
    {
        if (!egress.Open)
        {
            code.Line($"Egress = {Ns}EgressRuleSet.Closed,");
            return;
        }

        code.Line($"Egress = new {Ns}EgressRuleSet(");
        code.Line($"    {Ns}EgressProfile.ProxyAllowlist,");
        code.Line("    [");
        foreach (var rule in egress.Allow)
        {
            code.Line($"        new {Ns}EgressAllowRule(");
            code.Line($"            {CodeWriter.Text(rule.Name)},");
            code.Line($"            {Hosts(rule.Hosts)},");
            code.Line($"            {Cidrs(rule.Cidrs)},");
            code.Line($"            [{string.Join(", ", rule.Ports.Select(static p => $"new {Ns}PortRange({CodeWriter.Number(p.From)}, {CodeWriter.Number(p.To)})"))}],");
            code.Line($"            {Schemes(rule)},");
            code.Line($"            {CodeWriter.Texts(rule.Methods)},");
            code.Line($"            AllowPrivateTargets: {Bool(rule.AllowPrivateTargets)},");
            code.Line($"            Resolve: {Bool(rule.Resolve)},");
            code.Line($"            Expires: {(rule.Expires == 0 ? "null" : $"new global::System.DateTimeOffset({CodeWriter.Number(rule.Expires)}L, global::System.TimeSpan.Zero)")}),");
        }

        code.Line("    ],");
        code.Line("    [");
        foreach (var rule in egress.Deny)
        {
            code.Line($"        new {Ns}EgressDenyRule({CodeWriter.Text(rule.Name)}, {Hosts(rule.Hosts)}, {Cidrs(rule.Cidrs)}, {CodeWriter.Number(rule.Status)}, {CodeWriter.Text(rule.Message)}),");
        }

        code.Line("    ],");
        code.Line($"    AllowLearning: {Bool(egress.AllowLearning)},");
        code.Line($"    new {Ns}EgressLimits({CodeWriter.Number(egress.RequestBytes)}, {CodeWriter.Number(egress.ResponseBytes)}, {CodeWriter.Number(egress.ConnectMs)}, {CodeWriter.Number(egress.RequestMs)})),");
    }

    private static string Hosts(ImmutableEquatableArray<HostModel> hosts) =>
        "[" + string.Join(", ", hosts.Select(static h => $"new {Ns}HostPattern({Ns}HostPatternKind.{h.Kind}, {CodeWriter.Text(h.Value)})")) + "]";

    private static string Cidrs(ImmutableEquatableArray<CidrModel> cidrs) =>
        "[" + string.Join(", ", cidrs.Select(static c => $"new {Ns}Cidr(new global::System.Net.IPAddress({HexBytes.Of(c.AddressHex)}), {CodeWriter.Number(c.PrefixLength)})")) + "]";

    private static string Schemes(AllowModel rule) => (rule.Https, rule.Http) switch
    {
        (true, true) => $"{Ns}EgressSchemes.Https | {Ns}EgressSchemes.Http",
        (true, false) => $"{Ns}EgressSchemes.Https",
        _ => $"{Ns}EgressSchemes.Http",
    };

    private static string Bool(bool value) => value ? "true" : "false";
}
