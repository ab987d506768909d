using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

// What one allow rule says.
internal sealed partial class EgressReader
{
    private AllowModel? ReadAllow(Node node)
    {
        if ((node as MapNode)?.Entries.FirstOrDefault(static entry => entry.Key == "response") is { } response)
        {
            diagnostics.Add(Descriptors.ResponseOnAllow, response.KeyLocation);
            return null;
        }

        if (Take(node, "an allow rule", AllowKeys) is not { } fields)
        {
            return null;
        }

        var name = Name(fields);
        var privately = fields.Flag("allow_private_targets", false);
        var hosts = Hosts(fields, "hosts");
        var cidrs = Cidrs(fields, privately);
        var any = ReadAny(fields, name);
        var (http, https) = Schemes(fields);
        return new AllowModel(
            name,
            hosts,
            cidrs,
            PortsReader.Read(fields.Find("ports"), diagnostics),
            http,
            https,
            Methods(fields, "methods"),
            privately,
            fields.Flag("resolve", false),
            Time(fields, "expires"))
        {
            Any = any,
            Udp = ReadProtocol(fields),
            Principals = PrincipalsReader.Read(fields.Find("principals"), diagnostics),
            Credentials = CredentialReader.Read(fields, fields.Find("hosts") is not null, http && fields.Find("schemes") is not null, diagnostics),
            Bandwidth = CapsReader.ReadBandwidth(fields.Find("bandwidth"), diagnostics),
            Spend = CapsReader.ReadSpend(fields.Find("spend"), diagnostics),
            CaFile = ReadCaFile(fields),
        };
    }

    private bool ReadAny(Fields fields, string name)
    {
        var constrained = fields.Find("hosts") is not null || fields.Find("cidrs") is not null;
        if (!fields.Flag("any", false))
        {
            if (!constrained)
            {
                diagnostics.Add(Descriptors.UnconstrainedAllow, fields.Location, name);
            }

            return false;
        }

        var node = fields.Find("any")!;
        if (constrained)
        {
            diagnostics.Add(Descriptors.AnyWithConstraint, node.Location);
        }
        else
        {
            RefuseOpening(node, "any: true");
        }

        return true;
    }

    private bool ReadProtocol(Fields fields)
    {
        if (fields.Find("protocol") is { } protocol and not TextNode { Value: "tcp" or "udp" })
        {
            diagnostics.Add(Descriptors.BadProtocol, protocol.Location);
        }

        return fields.Find("protocol") is TextNode { Value: "udp" };
    }

    private string? ReadCaFile(Fields fields)
    {
        if (fields.Find("upstream_tls") is not { } node || Take(node, "upstream_tls", "ca_file") is not { } tls || tls.RequireText("ca_file") is not { } file)
        {
            return null;
        }

        if (file.Value.Length is < 2 or > 1024 || file.Value[0] != '/' || file.Value.Any(char.IsControl))
        {
            diagnostics.Add(Descriptors.BadFormat, file.Location, "ca_file", ManifestReader.Shown(file.Value), "an absolute path");
        }

        return file.Value;
    }
}
