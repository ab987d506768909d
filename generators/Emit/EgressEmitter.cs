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
            code.Line($"            {Ports(rule.Ports)},");
            code.Line($"            {Schemes(rule)},");
            code.Line($"            {CodeWriter.Texts(rule.Methods)},");
            code.Line($"            AllowPrivateTargets: {Bool(rule.AllowPrivateTargets)},");
            code.Line($"            Resolve: {Bool(rule.Resolve)},");
            code.Line($"            Expires: {Time(rule.Expires)}),");
        }

        code.Line("    ],");
        code.Line("    [");
        foreach (var rule in egress.Deny)
        {
            code.Line("        new EgressDenyRule(");
            code.Line($"            {CodeWriter.Text(rule.Name)},");
            code.Line($"            {Hosts(rule.Hosts)},");
            code.Line($"            {Cidrs(rule.Cidrs)},");
            code.Line($"            {CodeWriter.Number(rule.Status)},");
            code.Line($"            {CodeWriter.Text(rule.Message)}),");
        }

        code.Line("    ],");
        code.Line($"    AllowLearning: {Bool(egress.AllowLearning)},");
        var limits = CodeWriter.Arguments(egress.RequestBytes, egress.ResponseBytes, egress.ConnectMs, egress.RequestMs);
        code.Line($"    new EgressLimits({limits})),");
    }

    private static string Hosts(ImmutableEquatableArray<HostModel> hosts) =>
        "[" + string.Join(", ", hosts.Select(static h => $"new HostPattern(HostPatternKind.{h.Kind}, {CodeWriter.Text(h.Value)})")) + "]";

    private static string Cidrs(ImmutableEquatableArray<CidrModel> cidrs) =>
        "[" + string.Join(", ", cidrs.Select(static c => $"new Cidr({Address(c)}, {CodeWriter.Number(c.PrefixLength)})")) + "]";

    private static string Address(CidrModel cidr) => $"new System.Net.IPAddress({HexBytes.Of(cidr.AddressHex)})";

    private static string Ports(ImmutableEquatableArray<PortsModel> ports) =>
        "[" + string.Join(", ", ports.Select(static p => $"new PortRange({CodeWriter.Arguments(p.From, p.To)})")) + "]";

    private static string Time(long ticks) =>
        ticks == 0 ? "null" : $"new System.DateTimeOffset({CodeWriter.Number(ticks)}L, System.TimeSpan.Zero)";

    private static string Schemes(AllowModel rule) => (rule.Https, rule.Http) switch
    {
        (true, true) => $"EgressSchemes.Https | EgressSchemes.Http",
        (true, false) => $"EgressSchemes.Https",
        _ => $"EgressSchemes.Http",
    };

    private static string Bool(bool value) => value ? "true" : "false";
}
