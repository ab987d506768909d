using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit.Image;

/// <summary>Writes the verifier of an action; the gate's <c>VerificationSpecReader</c> reads the same members in the same order.</summary>
internal static class VerificationWriter
{
    public static void Write(RecordWriter record, VerificationModel verification)
    {
        record.Number(EnumNames.Number(EnumNames.VerifierKind, verification.Kind));
        record.Number(verification.ExpectedStatus.Count);
        foreach (var status in verification.ExpectedStatus)
        {
            record.Number(status);
        }

        record.Texts(verification.RequiredFields);
        var effect = verification.Effect;
        record.Flag(!effect.IsEmpty);
        if (effect.IsEmpty)
        {
            return;
        }

        record.Number(effect.Body.Count);
        foreach (var rule in effect.Body)
        {
            record.Text(rule.Pointer);
            record.Schema(rule.Check);
            record.OptionalText(rule.EqualsRequest);
            record.Flag(rule.Absent);
            record.Flag(rule.WhenRequested);
        }

        record.Number(effect.Headers.Count);
        foreach (var rule in effect.Headers)
        {
            record.Text(rule.Name);
            record.OptionalText(rule.Text);
            record.Pattern(rule.Pattern);
            record.OptionalText(rule.EqualsRequest);
            record.Flag(rule.WhenRequested);
        }

        record.Flag(effect.Hash is not null);
        if (effect.Hash is { } hash)
        {
            record.OptionalText(hash.Hex is null ? null : HexBytes.ToBase64(hash.Hex));
            record.OptionalText(hash.EqualsRequest);
            record.OptionalText(hash.EqualsHeader);
        }

        record.Schema(effect.Schema);
        record.Number(effect.RequestFields.Count);
        foreach (var field in effect.RequestFields)
        {
            record.Text(field.Name);
            record.Text(field.Default?.ToJson() ?? "");
        }
    }
}
