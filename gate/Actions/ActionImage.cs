using System.Collections.Immutable;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>The bytes of the compiled actions, which stay where the program has them.</summary>
internal delegate ReadOnlySpan<byte> ImageSource();

/// <summary>
/// All actions of a build as one read-only table in the binary: starting the gate makes objects of the enabled actions only. Texts, patterns and sub-schemas that several actions share are there once.
/// </summary>
/// <remarks>
/// <code>
/// image  = 6number(4) texts patterns schemas records index     ; the count of actions, and where each section begins
/// index  = *number(4)                                          ; the offset of each record, in order of the ids (ordinal)
/// </code>
/// A number(4) is four bytes of seven bits, lowest first. The generator's <c>ImageWriter</c> writes all this.
/// </remarks>
internal sealed class ActionImage
{
    private const int Fixed = 4;

    private readonly ImageSource _source;
    private readonly int _texts;
    private readonly int _patterns;
    private readonly int _schemas;
    private readonly int _records;
    private readonly int _index;
    private ImmutableArray<ActionSpec> _all;

    /// <summary>Reads the header.</summary>
    /// <param name="source">Gives the bytes.</param>
    public ActionImage(ImageSource source)
    {
        _source = source;
        var bytes = source();
        Count = Read(bytes, 0);
        _texts = Read(bytes, 1);
        _patterns = Read(bytes, 2);
        _schemas = Read(bytes, 3);
        _records = Read(bytes, 4);
        _index = Read(bytes, 5);
    }

    /// <summary>How many actions there are.</summary>
    public int Count { get; }

    /// <summary>All actions, sorted by id (ordinal); made at the first question.</summary>
    public ImmutableArray<ActionSpec> All
    {
        get
        {
            if (_all.IsDefault)
            {
                ImmutableInterlocked.InterlockedInitialize(ref _all, Read(null));
            }

            return _all;
        }
    }

    /// <summary>The texts, each after its length.</summary>
    public ReadOnlySpan<byte> Texts => _source()[_texts.._patterns];

    /// <summary>The automata.</summary>
    public ReadOnlySpan<byte> Patterns => _source()[_patterns.._schemas];

    /// <summary>The compiled schemas.</summary>
    public ReadOnlySpan<byte> Schemas => _source()[_schemas.._records];

    /// <summary>The actions of the given ids; each that is found is taken out of the set.</summary>
    /// <param name="wanted">The ids; null for all.</param>
    public ImmutableArray<ActionSpec> Read(HashSet<string>? wanted)
    {
        var found = ImmutableArray.CreateBuilder<ActionSpec>(wanted is null ? Count : Math.Min(Count, wanted.Count));
        for (var index = 0; index < Count; index++)
        {
            if (wanted is null || wanted.Remove(Record(index).Text()))
            {
                found.Add(SpecReader.Read(this, Record(index)));
            }
        }

        return found.DrainToImmutable();
    }

    /// <summary>A validator of the schema at an offset plus one; null for zero.</summary>
    public SchemaValidator? Validator(int reference) => reference == 0 ? null : new CompiledSchema(this, reference - 1).Check;

    /// <summary>The pattern at an offset plus one; null for zero.</summary>
    public HeaderPattern? Pattern(int reference) => reference == 0 ? null : new CompiledPattern(this, reference - 1).Matches;

    /// <summary>What makes tasks by the template whose code is the text at an offset plus one; null for zero.</summary>
    public TaskTemplate? Template(int reference) => reference == 0 ? null : new CompiledTemplate(this, reference - 1).Render;

    private ImageReader Record(int index) => new(_source()[_records..], Texts, Read(_source()[_index..], index));

    private static int Read(ReadOnlySpan<byte> bytes, int number)
    {
        var four = bytes.Slice(number * Fixed, Fixed);
        return four[0] | four[1] << 7 | four[2] << 14 | four[3] << 21;
    }

    // What a pattern refers to.
    private sealed class CompiledPattern(ActionImage image, int at)
    {
        public bool Matches(string value) => new PatternTables(image.Patterns, at).Matches(value);
    }

    // What a template refers to.
    private sealed class CompiledTemplate(ActionImage image, int at)
    {
        private JsonElement[]? _defaults;

        public TemplateRefusal? Render(JsonElement request, Utf8JsonWriter task)
        {
            var code = ImageReader.Utf8(image.Texts, at);
            return TaskRenderer.Render(code, _defaults ??= TemplateInput.DefaultsOf(code), request, task);
        }
    }

    // What a validator refers to.
    private sealed class CompiledSchema(ActionImage image, int at)
    {
        public void Check(JsonElement value, ref SchemaErrors errors) => SchemaWalk.Check(image, at, value, ref errors);
    }
}
