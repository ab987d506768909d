using System.Collections.Immutable;
using System.Runtime.InteropServices;
using LatchGate.Sandbox;

namespace LatchGate.Actions;

/// <summary>Makes an action of its record; the generator's <c>SpecWriter</c> writes the same members in the same order.</summary>
internal static class SpecReader
{
    public static ActionSpec Read(ActionImage image, ImageReader record) => new()
    {
        Id = record.Text(),
        Version = record.Text(),
        Description = record.Text(),
        Risk = (RiskLevel)record.Number(),
        ProviderReference = record.Text(),
        ProviderName = record.Text(),
        ModuleDigest = record.Digest(record.Number()),
        Digest = record.Digest(record.Number()),
        Imports = (HostImports)record.Number(),
        Limits = new ResourceLimits(record.Long(), record.Number(), record.Number(), record.Number(), record.Number()),
        Io = new IoLimits(record.Number(), record.Number()),
        Verification = VerificationSpecReader.Read(image, ref record),
        Egress = EgressSpecReader.Read(ref record),
        Files = record.Flag() ? Files(ref record) : null,
        Secrets = Secrets(ref record),
        SideEffects = record.Texts(),
        RequiredScopes = record.Texts(),
        Tags = record.Texts(),
        RequestSchema = record.Utf8().ToArray(),
        ValidateRequest = image.Validator(record.Number()),
        ValidateResponse = image.Validator(record.Number()),
        Defaults = RequestDefaults.Of(image, record.Number()),
        Template = image.Template(record.Number()),
    };

    private static FileSpec Files(ref ImageReader record) => new(
        (FileOperations)record.Number(),
        record.Texts(),
        record.Texts(),
        record.Long(),
        record.Long(),
        createParents: record.Flag(),
        allowLearning: record.Flag());

    private static ImmutableArray<SecretSpec> Secrets(ref ImageReader record)
    {
        var secrets = new SecretSpec[record.Number()];
        for (var i = 0; i < secrets.Length; i++)
        {
            secrets[i] = new SecretSpec(record.Text(), record.Flag());
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(secrets);
    }
}
