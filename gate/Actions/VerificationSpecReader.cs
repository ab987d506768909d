using System.Runtime.InteropServices;
using LatchGate.Crypto;

namespace LatchGate.Actions;

/// <summary>Makes an action's verifier of its record; the generator's <c>VerificationWriter</c> writes the same members in the same order.</summary>
internal static class VerificationSpecReader
{
    public static VerificationSpec Read(ActionImage image, ref ImageReader record)
    {
        var kind = (VerifierKind)record.Number();
        var statuses = new int[record.Number()];
        for (var i = 0; i < statuses.Length; i++)
        {
            statuses[i] = record.Number();
        }

        var spec = new VerificationSpec(kind, ImmutableCollectionsMarshal.AsImmutableArray(statuses), record.Texts());
        return !record.Flag() ? spec : spec with
        {
            Body = ImmutableCollectionsMarshal.AsImmutableArray(Body(image, ref record)),
            Headers = ImmutableCollectionsMarshal.AsImmutableArray(Headers(image, ref record)),
            BodyHash = record.Flag() ? Hash(ref record) : null,
            BodySchema = image.Validator(record.Number()),
            RequestFields = ImmutableCollectionsMarshal.AsImmutableArray(Fields(ref record)),
        };
    }

    private static BodyRule[] Body(ActionImage image, ref ImageReader record)
    {
        var rules = new BodyRule[record.Number()];
        for (var i = 0; i < rules.Length; i++)
        {
            rules[i] = new BodyRule(record.Text())
            {
                Check = image.Validator(record.Number()),
                EqualsRequest = record.OptionalText(),
                Absent = record.Flag(),
                WhenRequested = record.Flag(),
            };
        }

        return rules;
    }

    private static HeaderRule[] Headers(ActionImage image, ref ImageReader record)
    {
        var rules = new HeaderRule[record.Number()];
        for (var i = 0; i < rules.Length; i++)
        {
            rules[i] = new HeaderRule(record.Text())
            {
                Text = record.OptionalText(),
                Matches = image.Pattern(record.Number()),
                EqualsRequest = record.OptionalText(),
                WhenRequested = record.Flag(),
            };
        }

        return rules;
    }

    private static BodyHashRule Hash(ref ImageReader record)
    {
        var digest = record.Number();
        Sha256Digest? expected = digest == 0 ? null : record.Digest(digest - 1);
        return new BodyHashRule(expected, record.OptionalText(), record.OptionalText());
    }

    private static RequestField[] Fields(ref ImageReader record)
    {
        var fields = new RequestField[record.Number()];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = new RequestField(record.Text(), record.Utf8().ToArray());
        }

        return fields;
    }
}
