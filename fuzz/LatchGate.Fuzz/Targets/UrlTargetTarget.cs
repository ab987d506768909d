using System.Net;
using System.Text;
using LatchGate.Egress;
using LatchGate.Fuzz.Engine;

namespace LatchGate.Fuzz.Targets;

/// <summary>URLs. What is accepted has one reading, whoever reads it.</summary>
internal sealed class UrlTargetTarget : FuzzTarget
{
    internal override string Name => "url-target";

    internal override string Property =>
        "the parsed host and port are those that would be connected; the canonical form reads as itself; other spellings of it read the same";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Egress.Target", "LatchGate.Egress.UrlText", "LatchGate.Egress.CanonicalHost", "LatchGate.Egress.Idna"];

    internal override int MaxLength => 512;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!Target.Parse(text, out var target, out var reason))
        {
            Check.Holds(reason != EgressReason.Allowed && target is null, "a refusal has a reason and no target");
            return;
        }

        Check.Holds(reason == EgressReason.Allowed, "an accepted target has no reason");
        AgreesWithClient(text, target);
        Same(target, target.Origin + target.PathAndQuery, "the canonical form");
        if (target.Address is null)
        {
            Same(target, $"{target.RequestUri.Scheme}://{target.Host}.:{target.Port}{target.PathAndQuery}", "a dot at the end");
        }

        Same(target, target.Origin.ToUpperInvariant() + target.PathAndQuery, "upper case");
        Same(target, target.Origin + target.PathAndQuery + "#fragment", "a fragment");
    }

    // The client dials what Uri says; the literal address is dialled as it is.
    private static void AgreesWithClient(string text, Target target)
    {
        var client = target.RequestUri;
        Check.Equal((int)target.Port, client.Port, "port of the client");
        Check.Equal(target.Scheme == EgressSchemes.Https ? "https" : "http", client.Scheme, "scheme of the client");
        Check.Equal(target.Host, client.IdnHost, "host of the client");
        Check.Equal(target.PathAndQuery, client.PathAndQuery, "path of the client");
        Check.Holds(client.UserInfo.Length == 0, "no user info");
        Check.Equal(target.Address is not null, IPAddress.TryParse(target.Host, out var literal), "whether the host is an address");
        Check.Holds(literal is null || literal.Equals(target.Address), "the address is the host's text");

        // Another parser of the raw text, where it reads it at all, sees the same place.
        if (Ascii.IsValid(text) && Uri.TryCreate(text, UriKind.Absolute, out var other))
        {
            var host = other.IdnHost.TrimEnd('.');
            var seen = IPAddress.TryParse(host, out var address) && address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString() : host;
            Check.Equal(target.Host, seen, "host of another parser");
            Check.Equal((int)target.Port, other.Port, "port of another parser");
        }
    }

    private static void Same(Target target, string spelling, string how)
    {
        // The longest URLs have no room for another spelling.
        if (spelling.Length > Target.MaxLength)
        {
            return;
        }

        Check.Holds(Target.Parse(spelling, out var again, out var reason), $"{how} is refused: {reason}");
        Check.Equal(target.Origin, again.Origin, $"origin of {how}");
        Check.Equal(target.Host, again.Host, $"host of {how}");
        Check.Equal(target.Address, again.Address, $"address of {how}");
        Check.Equal(target.PathAndQuery, again.PathAndQuery, $"path of {how}");
    }
}
