using System.Collections.Generic;
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
            code.Line($"            Expires: {Time(rule.Expires)})" + Close(Extras(rule)));
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
            code.Line($"            {CodeWriter.Text(rule.Message)})" + Close(Extras(rule)));
        }

        code.Line("    ],");
        code.Line($"    AllowLearning: {Bool(egress.AllowLearning)},");
        var limits = CodeWriter.Arguments(egress.RequestBytes, egress.ResponseBytes, egress.ConnectMs, egress.RequestMs);
        var overflow = egress.Truncate ? " { OnOverflow = OverflowPolicy.Truncate }" : "";
        code.Line($"    new EgressLimits({limits}){overflow})" + Close(Extras(egress)));
    }

    private static string Close(List<string> extras) => extras.Count == 0 ? "," : $" {{ {string.Join(", ", extras)} }},";

    private static List<string> Extras(EgressModel egress)
    {
        var extras = new List<string>();
        AddIf(extras, egress.Audit, "Mode = EgressMode.Audit");
        AddIf(extras, egress.AuditUntil != 0, $"AuditUntil = {Time(egress.AuditUntil)}");
        AddIf(extras, egress.DefaultAllow, "Default = EgressDefault.Allow");
        AddIf(extras, egress.MaxRedirects > 0, $"MaxRedirects = {CodeWriter.Number(egress.MaxRedirects)}");
        AddIf(extras, egress.ContentTypes.Count > 0, $"ContentTypes = {CodeWriter.Texts(egress.ContentTypes)}");
        AddIf(extras, egress.RequestHeaders.Count > 0, $"RequestHeaders = {CodeWriter.Texts(egress.RequestHeaders)}");
        return extras;
    }

    private static List<string> Extras(AllowModel rule)
    {
        var extras = new List<string>();
        AddIf(extras, rule.Any, "Any = true");
        AddIf(extras, rule.Udp, "Protocol = EgressProtocol.Udp");
        AddIf(extras, rule.Principals.Count > 0, $"Principals = {Principals(rule.Principals)}");
        AddIf(extras, rule.Credentials.Count > 0, $"Credentials = [{string.Join(", ", rule.Credentials.Select(Credential))}]");
        if (rule.Bandwidth is { } b)
        {
            extras.Add($"Bandwidth = new BandwidthCap({Bound(b.BytesPerSecond)}, {Bound(b.Burst)}, {Bound(b.BytesPerExecution)}, {Bound(b.BytesPerDay)})");
        }

        if (rule.Spend is { } s)
        {
            extras.Add($"Spend = new SpendCap({Bound(s.TokensPerExecution)}, {Bound(s.TokensPerDay)}, {Bound(s.MaxOutputTokens)}, {Bound(s.UsdMicrosPerDay)})");
        }

        AddIf(extras, rule.CaFile is not null, $"CaFile = {CodeWriter.Text(rule.CaFile ?? "")}");
        return extras;
    }

    private static List<string> Extras(DenyModel rule)
    {
        var extras = new List<string>();
        AddIf(extras, rule.Ports.Count > 0, $"Ports = {Ports(rule.Ports)}");
        AddIf(extras, rule.Principals.Count > 0, $"Principals = {Principals(rule.Principals)}");
        return extras;
    }

    private static string Principals(ImmutableEquatableArray<PrincipalModel> principals) =>
        "[" + string.Join(", ", principals.Select(static p => $"new PrincipalSelector({(p.Name is null ? "null" : CodeWriter.Text(p.Name))}, {Labels(p.Labels)})")) + "]";

    private static string Labels(ImmutableEquatableArray<LabelModel> labels) =>
        "[" + string.Join(", ", labels.Select(static l => $"new PrincipalLabel({CodeWriter.Text(l.Key)}, {CodeWriter.Text(l.Value)})")) + "]";

    private static string Credential(CredentialModel credential)
    {
        var members = new List<string>();
        foreach (var (name, value) in new (string, string?)[]
        {
            ("Name", credential.Name), ("Prefix", credential.Prefix), ("Username", credential.Username), ("UsernameSecret", credential.UsernameSecret),
            ("Service", credential.Service), ("Region", credential.Region), ("AccessKeySecret", credential.AccessKeySecret),
            ("SessionTokenSecret", credential.SessionTokenSecret),
        })
        {
            AddIf(members, value is not null, $"{name} = {CodeWriter.Text(value ?? "")}");
        }

        AddIf(members, !credential.Required, "Required = false");
        AddIf(members, credential.DenyCollision, "OnCollision = CredentialCollision.Deny");
        return $"new CredentialBinding(CredentialTarget.{credential.Target}, {CodeWriter.Text(credential.Secret)}) {{ {string.Join(", ", members)} }}";
    }

    private static string Bound(long value) => value == 0 ? "null" : CodeWriter.Number(value) + "L";

    private static void AddIf(List<string> members, bool condition, string member)
    {
        if (condition)
        {
            members.Add(member);
        }
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
