using System.Collections.Immutable;
using System.Globalization;
using LatchGate.Egress;
using LatchGate.Identity;

namespace LatchGate.Config;

/// <summary><c>[identity]</c>: how a caller of the agents' socket becomes a principal.</summary>
/// <param name="AllowUnmapped">
/// <c>peercred.allow_unmapped</c>: whether a uid without entry becomes the principal <c>uid:N</c> with <c>tools:call</c>; it still
/// may do only what the policy grants. Default false.
/// </param>
/// <param name="Principals"><c>peercred.principals.UID</c>, by uid.</param>
public sealed record IdentityConfig(bool AllowUnmapped, IReadOnlyDictionary<uint, PrincipalMapping> Principals)
{
    internal static IdentityConfig Read(ConfigTable table)
    {
        if (table.Text("provider") is { } provider && provider.Value != "peercred")
        {
            throw provider.Refuse($"is '{provider.Value}', which is no identity provider", "Give \"peercred\": the kernel tells the gate the caller's uid.");
        }

        var peercred = table.Table("peercred");
        var allowUnmapped = peercred.Boolean("allow_unmapped") ?? false;
        var principals = new Dictionary<uint, PrincipalMapping>();
        foreach (var (uid, entry) in peercred.Table("principals").Children())
        {
            // One spelling for a uid: "01000" would look like another user.
            if (!uint.TryParse(uid.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number == uint.MaxValue || number.ToString(CultureInfo.InvariantCulture) != uid.Value)
            {
                throw uid.Refuse("is not a uid", "Name the table by the decimal uid, such as [identity.peercred.principals.1000].");
            }

            var mapping = PrincipalMapping.Read(entry);
            foreach (var (other, earlier) in principals)
            {
                if (earlier.Principal == mapping.Principal && !earlier.Labels.AsSpan().SequenceEqual(mapping.Labels.AsSpan()))
                {
                    throw uid.Refuse(
                        $"gives '{mapping.Principal}' other labels than uid {other} does",
                        "Give every uid of one principal the same labels: rules know the principal, not the uid.");
                }
            }

            principals.Add(number, mapping);
        }

        peercred.RefuseUnknownKeys();
        table.RefuseUnknownKeys();
        return new IdentityConfig(allowUnmapped, principals);
    }
}

/// <summary><c>[identity.peercred.principals.UID]</c>: who a user of this machine is to the gate.</summary>
/// <param name="Principal"><c>principal</c>: 1 to 253 characters of <c>[A-Za-z0-9._:@/-]</c>, not beginning with <c>uid:</c> or <c>dev:</c>; policy and receipts use it.</param>
/// <param name="Scopes"><c>scopes</c>: what a lease may carry at most. Default <c>["tools:call"]</c>.</param>
/// <param name="Owner"><c>owner</c>: the human behind it, for the record; null when not given.</param>
/// <param name="Labels"><c>labels</c>: what egress rules may select it by, sorted by key. Default none.</param>
public sealed record PrincipalMapping(string Principal, ImmutableArray<string> Scopes, string? Owner, ImmutableArray<PrincipalLabel> Labels)
{
    internal static PrincipalMapping Read(ConfigTable table)
    {
        var principal = table.Text("principal") ?? throw table.Missing("principal", "Name the principal, such as \"agent:builder\".");
        if (!PrincipalName.IsWellFormed(principal.Value))
        {
            throw principal.Refuse("is not a principal's name", "Use 1 to 253 of the characters A-Z a-z 0-9 . _ : @ / -");
        }

        // The gate gives these out itself: uid:N to users without entry.
        if (principal.Value.StartsWith("uid:", StringComparison.Ordinal) || principal.Value.StartsWith("dev:", StringComparison.Ordinal))
        {
            throw principal.Refuse($"is '{principal.Value}', whose prefix is reserved", "Choose another prefix, such as \"agent:\".");
        }

        ImmutableArray<string> scopes = ["tools:call"];
        if (table.Texts("scopes") is { } given)
        {
            foreach (var scope in given)
            {
                if (!LatchGate.Identity.Scopes.IsWellFormed(scope.Value))
                {
                    throw scope.Refuse(
                        $"holds '{scope.Value}', which is not a scope",
                        "Write scopes as namespace:name, 4 to 64 of a-z 0-9 : _ - beginning with a letter, such as \"tools:call\".");
                }
            }

            scopes = [.. given.Select(scope => scope.Value).Distinct(StringComparer.Ordinal)];
        }

        var owner = table.Text("owner");
        if (owner is { Value.Length: 0 or > 253 } || owner is { } o && o.Value.Any(char.IsControl))
        {
            throw owner.Refuse("is not a name", "Use 1 to 253 printable characters, or leave it out.");
        }

        var labels = ReadLabels(table.Table("labels"));
        table.RefuseUnknownKeys();
        return new PrincipalMapping(principal.Value, scopes, owner?.Value, labels);
    }

    private static ImmutableArray<PrincipalLabel> ReadLabels(ConfigTable table)
    {
        var labels = ImmutableArray.CreateBuilder<PrincipalLabel>();
        foreach (var key in table.Keys())
        {
            var value = table.Text(key.Value)!;
            if (key.Value.Length > 64 || key.Value.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789._/-"))
            {
                throw key.Refuse("is not a label's key", "Use 1 to 64 of the characters a-z 0-9 . _ / -");
            }

            if (value.Value.Length > 64 || !PrincipalName.IsWellFormed(value.Value))
            {
                throw value.Refuse("is not a label's value", "Use 1 to 64 of the characters A-Z a-z 0-9 . _ : @ / -");
            }

            labels.Add(new PrincipalLabel(key.Value, value.Value));
        }

        labels.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return labels.DrainToImmutable();
    }
}
