using System.Linq;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit;

/// <summary>Writes an action's rule set.</summary>
internal static class EgressEmitter
{
    public static void Emit(CodeWriter code, EgressModel egress)
    {
        if (!egress.Open)
        {
            code.Line($"Egress = EgressRuleSet.Closed,");
            return;
        }

        code.Line($"Egress = new EgressRuleSet(");
        code.Line($"    EgressProfile.ProxyAllowlist,");
        code.Line("    [");
        foreach (var rule in egress.Allow)
        {
            code.Line($"        new EgressAllowRule(");
            code.Line($"            {CodeWriter.Text(rule.Name)},");
            code.Line($"            {Hosts(rule.Hosts)},");
            code.Line($"            {Cidrs(rule.Cidrs)},");
            code.Line($"            [{string.Join(", ", rule.Ports.Select(static p => $"new PortRange({CodeWriter.Number(p.From)}, {CodeWriter.Number(p.To)})"))}],");
            code.Line($"            {Schemes(rule)},");
            code.Line($"            {CodeWriter.Texts(rule.Methods)},");
            code.Line($"            AllowPrivateTargets: {Bool(rule.AllowPrivateTargets)},");
            code.Line($"            Resolve: {Bool(rule.Resolve)},");
            code.Line($"            Expires: {(rule.Expires == 0 ? "null" : $"new System.DateTimeOffset({CodeWriter.Number(rule.Expires)}L, System.TimeSpan.Zero)")}),");
        }

        code.Line("    ],");
        code.Line("    [");
        foreach (var rule in egress.Deny)
        {
            code.Line($"        new EgressDenyRule({CodeWriter.Text(rule.Name)}, {Hosts(rule.Hosts)}, {Cidrs(rule.Cidrs)}, {CodeWriter.Number(rule.Status)}, {CodeWriter.Text(rule.Message)}),");
        }

        code.Line("    ],");
        code.Line($"    AllowLearning: {Bool(egress.AllowLearning)},");
        code.Line($"    new EgressLimits({CodeWriter.Number(egress.RequestBytes)}, {CodeWriter.Number(egress.ResponseBytes)}, {CodeWriter.Number(egress.ConnectMs)}, {CodeWriter.Number(egress.RequestMs)})),");
    }

    private static string Hosts(ImmutableEquatableArray<HostModel> hosts) =>
        "[" + string.Join(", ", hosts.Select(static h => $"new HostPattern(HostPatternKind.{h.Kind}, {CodeWriter.Text(h.Value)})")) + "]";

    private static string Cidrs(ImmutableEquatableArray<CidrModel> cidrs) =>
        "[" + string.Join(", ", cidrs.Select(static c => $"new Cidr(new System.Net.IPAddress({HexBytes.Of(c.AddressHex)}), {CodeWriter.Number(c.PrefixLength)})")) + "]";

    private static string Schemes(AllowModel rule) => (rule.Https, rule.Http) switch
    {
        (true, true) => $"EgressSchemes.Https | EgressSchemes.Http",
        (true, false) => $"EgressSchemes.Https",
        _ => $"EgressSchemes.Http",
    };

    private static string Bool(bool value) => value ? "true" : "false";
}
