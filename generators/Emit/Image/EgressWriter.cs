using System.Collections.Generic;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit.Image;

/// <summary>Writes an action's rule set; the gate's <c>EgressSpecReader</c> reads the same members in the same order.</summary>
internal static class EgressWriter
{
    public static void Write(RecordWriter record, EgressModel egress)
    {
        record.Flag(egress.Open);
        if (!egress.Open)
        {
            return;
        }

        record.Number(egress.Allow.Count);
        foreach (var rule in egress.Allow)
        {
            Allow(record, rule);
        }

        record.Number(egress.Deny.Count);
        foreach (var rule in egress.Deny)
        {
            Deny(record, rule);
        }

        record.Flag(egress.AllowLearning);
        record.Number(egress.RequestBytes);
        record.Number(egress.ResponseBytes);
        record.Number(egress.ConnectMs);
        record.Number(egress.RequestMs);
        record.Flag(egress.Truncate);
        record.Flag(egress.Audit);
        record.Number(egress.AuditUntil);
        record.Flag(egress.DefaultAllow);
        record.Number(egress.MaxRedirects);
        record.Texts(egress.ContentTypes);
        record.Texts(egress.RequestHeaders);
    }

    private static void Allow(RecordWriter record, AllowModel rule)
    {
        record.Text(rule.Name);
        Hosts(record, rule.Hosts);
        Cidrs(record, rule.Cidrs);
        Ports(record, rule.Ports);
        record.Number((rule.Https ? 1 : 0) | (rule.Http ? 2 : 0));
        record.Texts(rule.Methods);
        record.Flag(rule.AllowPrivateTargets);
        record.Flag(rule.Resolve);
        record.Number(rule.Expires);
        record.Flag(rule.Any);
        record.Flag(rule.Udp);
        Principals(record, rule.Principals);
        record.Number(rule.Credentials.Count);
        foreach (var credential in rule.Credentials)
        {
            Credential(record, credential);
        }

        record.Flag(rule.Bandwidth is not null);
        if (rule.Bandwidth is { } bytes)
        {
            Numbers(record, [bytes.BytesPerSecond, bytes.Burst, bytes.BytesPerExecution, bytes.BytesPerDay]);
        }

        record.Flag(rule.Spend is not null);
        if (rule.Spend is { } spend)
        {
            Numbers(record, [spend.TokensPerExecution, spend.TokensPerDay, spend.MaxOutputTokens, spend.UsdMicrosPerDay]);
        }

        record.OptionalText(rule.CaFile);
    }

    private static void Deny(RecordWriter record, DenyModel rule)
    {
        record.Text(rule.Name);
        Hosts(record, rule.Hosts);
        Cidrs(record, rule.Cidrs);
        record.Number(rule.Status);
        record.Text(rule.Message);
        Ports(record, rule.Ports);
        Principals(record, rule.Principals);
    }

    private static void Hosts(RecordWriter record, ImmutableEquatableArray<HostModel> hosts)
    {
        record.Number(hosts.Count);
        foreach (var host in hosts)
        {
            record.Number(EnumNames.Number(EnumNames.HostPatternKind, host.Kind));
            record.Text(host.Value);
        }
    }

    private static void Cidrs(RecordWriter record, ImmutableEquatableArray<CidrModel> cidrs)
    {
        record.Number(cidrs.Count);
        foreach (var cidr in cidrs)
        {
            record.Text(cidr.AddressHex);
            record.Number(cidr.PrefixLength);
        }
    }

    private static void Ports(RecordWriter record, ImmutableEquatableArray<PortsModel> ports)
    {
        record.Number(ports.Count);
        foreach (var range in ports)
        {
            record.Number(range.From);
            record.Number(range.To);
        }
    }

    private static void Principals(RecordWriter record, ImmutableEquatableArray<PrincipalModel> principals)
    {
        record.Number(principals.Count);
        foreach (var principal in principals)
        {
            record.OptionalText(principal.Name);
            record.Number(principal.Labels.Count);
            foreach (var label in principal.Labels)
            {
                record.Text(label.Key);
                record.Text(label.Value);
            }
        }
    }

    private static void Credential(RecordWriter record, CredentialModel credential)
    {
        record.Number(EnumNames.Number(EnumNames.CredentialTarget, credential.Target));
        record.Text(credential.Secret);
        foreach (var text in new[]
        {
            credential.Name, credential.Prefix, credential.Username, credential.UsernameSecret, credential.Service, credential.Region,
            credential.AccessKeySecret, credential.SessionTokenSecret, credential.TimestampHeader,
        })
        {
            record.OptionalText(text);
        }

        record.Flag(credential.Required);
        record.Flag(credential.DenyCollision);
    }

    private static void Numbers(RecordWriter record, IEnumerable<long> numbers)
    {
        foreach (var number in numbers)
        {
            record.Number(number);
        }
    }
}
