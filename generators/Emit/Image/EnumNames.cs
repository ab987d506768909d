using System;

namespace LatchGate.Generators.Emit.Image;

/// <summary>Enums of the gate that models name by member: a record holds the number, which is the place here.</summary>
internal static class EnumNames
{
    public static readonly string[] RiskLevel = ["Low", "Medium", "High", "Critical"];

    public static readonly string[] VerifierKind = ["None", "HttpStatus", "FsHash"];

    public static readonly string[] HostPatternKind = ["Exact", "Suffix", "OneLabel"];

    public static readonly string[] CredentialTarget = ["Header", "Query", "Path", "Basic", "AwsSigV4", "HmacSha256"];

    /// <summary>The number of a member.</summary>
    public static int Number(string[] names, string name)
    {
        var number = Array.FindIndex(names, known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase));
        return number >= 0 ? number : throw new InvalidOperationException($"'{name}' is not one of {string.Join(", ", names)}.");
    }
}
