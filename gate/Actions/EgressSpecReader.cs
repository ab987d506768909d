using System.Net;
using System.Runtime.InteropServices;
using LatchGate.Egress;

namespace LatchGate.Actions;

/// <summary>Makes an action's rule set of its record; the generator's <c>EgressWriter</c> writes the same members in that order.</summary>
internal static class EgressSpecReader
{
    public static EgressRuleSet Read(ref ImageReader record)
    {
        if (!record.Flag())
        {
            return EgressRuleSet.Closed;
        }

        var allow = new EgressAllowRule[record.Number()];
        for (var i = 0; i < allow.Length; i++)
        {
            allow[i] = Allow(ref record);
        }

        var deny = new EgressDenyRule[record.Number()];
        for (var i = 0; i < deny.Length; i++)
        {
            deny[i] = Deny(ref record);
        }

        var learns = record.Flag();
        var limits = new EgressLimits(record.Number(), record.Number(), record.Number(), record.Number())
        {
            OnOverflow = (OverflowPolicy)record.Number(),
        };
        return new EgressRuleSet(
            EgressProfile.ProxyAllowlist,
            ImmutableCollectionsMarshal.AsImmutableArray(allow),
            ImmutableCollectionsMarshal.AsImmutableArray(deny),
            learns,
            limits)
        {
            Mode = (EgressMode)record.Number(),
            AuditUntil = Time(ref record),
            Default = (EgressDefault)record.Number(),
            MaxRedirects = record.Number(),
            ContentTypes = record.Texts(),
            RequestHeaders = record.Texts(),
        };
    }

    private static EgressAllowRule Allow(ref ImageReader record) => new(
        record.Text(),
        ImmutableCollectionsMarshal.AsImmutableArray(Hosts(ref record)),
        ImmutableCollectionsMarshal.AsImmutableArray(Cidrs(ref record)),
        ImmutableCollectionsMarshal.AsImmutableArray(Ports(ref record)),
        (EgressSchemes)record.Number(),
        record.Texts(),
        AllowPrivateTargets: record.Flag(),
        Resolve: record.Flag(),
        Expires: Time(ref record))
    {
        Any = record.Flag(),
        Protocol = (EgressProtocol)record.Number(),
        Principals = ImmutableCollectionsMarshal.AsImmutableArray(Principals(ref record)),
        Credentials = ImmutableCollectionsMarshal.AsImmutableArray(Credentials(ref record)),
        Bandwidth = record.Flag() ? new BandwidthCap(Bound(ref record), Bound(ref record), Bound(ref record), Bound(ref record)) : null,
        Spend = record.Flag() ? new SpendCap(Bound(ref record), Bound(ref record), Bound(ref record), Bound(ref record)) : null,
        CaFile = record.OptionalText(),
    };

    private static EgressDenyRule Deny(ref ImageReader record) => new(
        record.Text(),
        ImmutableCollectionsMarshal.AsImmutableArray(Hosts(ref record)),
        ImmutableCollectionsMarshal.AsImmutableArray(Cidrs(ref record)),
        record.Number(),
        record.Text())
    {
        Ports = ImmutableCollectionsMarshal.AsImmutableArray(Ports(ref record)),
        Principals = ImmutableCollectionsMarshal.AsImmutableArray(Principals(ref record)),
    };

    private static HostPattern[] Hosts(ref ImageReader record)
    {
        var hosts = new HostPattern[record.Number()];
        for (var i = 0; i < hosts.Length; i++)
        {
            hosts[i] = new HostPattern((HostPatternKind)record.Number(), record.Text());
        }

        return hosts;
    }

    private static Cidr[] Cidrs(ref ImageReader record)
    {
        var cidrs = new Cidr[record.Number()];
        for (var i = 0; i < cidrs.Length; i++)
        {
            cidrs[i] = new Cidr(new IPAddress(Convert.FromHexString(record.Text())), record.Number());
        }

        return cidrs;
    }

    private static PortRange[] Ports(ref ImageReader record)
    {
        var ports = new PortRange[record.Number()];
        for (var i = 0; i < ports.Length; i++)
        {
            ports[i] = new PortRange((ushort)record.Number(), (ushort)record.Number());
        }

        return ports;
    }

    private static PrincipalSelector[] Principals(ref ImageReader record)
    {
        var principals = new PrincipalSelector[record.Number()];
        for (var i = 0; i < principals.Length; i++)
        {
            var name = record.OptionalText();
            var labels = new PrincipalLabel[record.Number()];
            for (var j = 0; j < labels.Length; j++)
            {
                labels[j] = new PrincipalLabel(record.Text(), record.Text());
            }

            principals[i] = new PrincipalSelector(name, ImmutableCollectionsMarshal.AsImmutableArray(labels));
        }

        return principals;
    }

    private static CredentialBinding[] Credentials(ref ImageReader record)
    {
        var credentials = new CredentialBinding[record.Number()];
        for (var i = 0; i < credentials.Length; i++)
        {
            var credential = new CredentialBinding((CredentialTarget)record.Number(), record.Text());
            credentials[i] = credential with
            {
                Name = record.OptionalText() ?? credential.Name,
                Prefix = record.OptionalText() ?? credential.Prefix,
                Username = record.OptionalText(),
                UsernameSecret = record.OptionalText(),
                Service = record.OptionalText(),
                Region = record.OptionalText(),
                AccessKeySecret = record.OptionalText(),
                SessionTokenSecret = record.OptionalText(),
                TimestampHeader = record.OptionalText(),
                Required = record.Flag(),
                OnCollision = (CredentialCollision)record.Number(),
            };
        }

        return credentials;
    }

    private static long? Bound(ref ImageReader record) => record.Long() is > 0 and var bound ? bound : null;

    private static DateTimeOffset? Time(ref ImageReader record) =>
        record.Long() is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
}
