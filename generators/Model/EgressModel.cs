namespace LatchGate.Generators.Model;

/// <summary>The ways out. Times count 100 ns ticks from year 1 in UTC; zero means none.</summary>
internal sealed record EgressModel(
    bool Open,
    ImmutableEquatableArray<AllowModel> Allow,
    ImmutableEquatableArray<DenyModel> Deny,
    bool AllowLearning,
    long RequestBytes,
    long ResponseBytes,
    long ConnectMs,
    long RequestMs)
{
    public bool Truncate { get; init; }

    public bool Audit { get; init; }

    public long AuditUntil { get; init; }

    public bool DefaultAllow { get; init; }

    public int MaxRedirects { get; init; }

    public ImmutableEquatableArray<string> ContentTypes { get; init; } = ImmutableEquatableArray<string>.Empty;

    public ImmutableEquatableArray<string> RequestHeaders { get; init; } = ImmutableEquatableArray<string>.Empty;
}

/// <summary>One opening. <paramref name="Expires"/> is a time.</summary>
internal sealed record AllowModel(
    string Name,
    ImmutableEquatableArray<HostModel> Hosts,
    ImmutableEquatableArray<CidrModel> Cidrs,
    ImmutableEquatableArray<PortsModel> Ports,
    bool Http,
    bool Https,
    ImmutableEquatableArray<string> Methods,
    bool AllowPrivateTargets,
    bool Resolve,
    long Expires)
{
    public bool Any { get; init; }

    public bool Udp { get; init; }

    public ImmutableEquatableArray<PrincipalModel> Principals { get; init; } = ImmutableEquatableArray<PrincipalModel>.Empty;

    public ImmutableEquatableArray<CredentialModel> Credentials { get; init; } = ImmutableEquatableArray<CredentialModel>.Empty;

    public BandwidthModel? Bandwidth { get; init; }

    public SpendModel? Spend { get; init; }

    public string? CaFile { get; init; }
}

/// <summary>One refusal.</summary>
internal sealed record DenyModel(string Name, ImmutableEquatableArray<HostModel> Hosts, ImmutableEquatableArray<CidrModel> Cidrs, long Status, string Message)
{
    public ImmutableEquatableArray<PortsModel> Ports { get; init; } = ImmutableEquatableArray<PortsModel>.Empty;

    public ImmutableEquatableArray<PrincipalModel> Principals { get; init; } = ImmutableEquatableArray<PrincipalModel>.Empty;
}

/// <summary>A host pattern: <paramref name="Kind"/> is a member of the gate's HostPatternKind.</summary>
internal sealed record HostModel(string Kind, string Value);

/// <summary>A network: the bytes of the address in hexadecimal, and the prefix length.</summary>
internal sealed record CidrModel(string AddressHex, int PrefixLength);

/// <summary>An inclusive range of ports.</summary>
internal sealed record PortsModel(int From, int To);

/// <summary>A principal by name, or by labels where the name is null.</summary>
internal sealed record PrincipalModel(string? Name, ImmutableEquatableArray<LabelModel> Labels);

/// <summary>A label of a principal.</summary>
internal sealed record LabelModel(string Key, string Value);

/// <summary>A credential: <paramref name="Target"/> is a member of the gate's CredentialTarget; null fields keep their defaults.</summary>
internal sealed record CredentialModel(string Target, string Secret, bool Required, bool DenyCollision)
{
    public string? Name { get; init; }

    public string? Prefix { get; init; }

    public string? Username { get; init; }

    public string? UsernameSecret { get; init; }

    public string? Service { get; init; }

    public string? Region { get; init; }

    public string? AccessKeySecret { get; init; }

    public string? SessionTokenSecret { get; init; }

    public string? TimestampHeader { get; init; }
}

/// <summary>Bounds of bytes; zero is none.</summary>
internal sealed record BandwidthModel(long BytesPerSecond, long Burst, long BytesPerExecution, long BytesPerDay);

/// <summary>Bounds of tokens and money; zero is none.</summary>
internal sealed record SpendModel(long TokensPerExecution, long TokensPerDay, long MaxOutputTokens, long UsdMicrosPerDay);

/// <summary>A secret that some credential of the action names.</summary>
internal sealed record SecretModel(string Name, bool Required);
