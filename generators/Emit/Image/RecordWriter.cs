using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit.Image;

/// <summary>Writes the members of a record; the gate's <c>ImageReader</c> has a method for each.</summary>
internal sealed class RecordWriter(CodeBuffer code, ImageWriter image)
{
    public void Number(long value) => code.Number(value);

    public void Flag(bool value) => code.Flag(value);

    public void Text(string text) => code.Number(image.Text(text));

    public void OptionalText(string? text) => code.Number(text is null ? 0 : image.Text(text) + 1);

    public void Texts(ImmutableEquatableArray<string> texts)
    {
        code.Number(texts.Count);
        foreach (var text in texts)
        {
            Text(text);
        }
    }

    /// <summary>A digest, given in hexadecimal.</summary>
    public void Digest(string hex) => Text(HexBytes.ToBase64(hex));

    /// <summary>A validator, or none.</summary>
    public void Schema(SchemaDocument? schema) => code.Number(schema is null ? 0 : image.Schema(schema) + 1);

    /// <summary>A pattern, or none.</summary>
    public void Pattern(DfaModel? pattern) => code.Number(pattern is null ? 0 : image.Pattern(pattern) + 1);

    /// <summary>What fills in the defaults of a request.</summary>
    public void Defaults(SchemaDocument? schema, bool nested) => code.Number(schema is null ? 0 : image.Defaults(schema, nested));
}
