using System.Collections.Generic;
using System.Linq;
using LatchGate.Actions;

namespace LatchGate.Generators.Model;

/// <summary>A mode that a placeholder can have in a place.</summary>
/// <param name="Name">As in <c>{{name:mode}}</c>; empty for a placeholder without one.</param>
/// <param name="Types">What it takes.</param>
/// <param name="Text">How it is written.</param>
internal sealed record PlaceMode(string Name, JsonTypes Types, TextMode Text);

/// <summary>A kind of place in a template: what may stand there, and how it is written (docs/manifests.md "Templates").</summary>
internal sealed class TemplatePlace(string name, bool needsValue, params PlaceMode[] modes)
{
    private const JsonTypes Plain = JsonTypes.String | JsonTypes.Integer | JsonTypes.Number;
    private const JsonTypes Scalar = Plain | JsonTypes.Boolean;
    private const JsonTypes Every = Scalar | JsonTypes.Null | JsonTypes.Array | JsonTypes.Object;

    /// <summary>What a message calls it.</summary>
    public string Name { get; } = name;

    /// <summary>Whether a placeholder must have a value here.</summary>
    public bool NeedsValue { get; } = needsValue;

    /// <summary>The mode of that name, or null.</summary>
    public PlaceMode? Find(string mode) => modes.FirstOrDefault(candidate => candidate.Name == mode);

    /// <summary>The names of its modes.</summary>
    public IReadOnlyList<string> ModeNames => [.. modes.Select(static mode => mode.Name).Where(static mode => mode.Length > 0)];

    public static readonly TemplatePlace WholeUrl = new("the place of the whole URL", true, new PlaceMode("", JsonTypes.String, TextMode.Plain));

    public static readonly TemplatePlace HostLabel = new("a host label", true, new PlaceMode("", JsonTypes.String, TextMode.HostLabel));

    public static readonly TemplatePlace WholeHost = new(
        "a host", true, new PlaceMode("", JsonTypes.String, TextMode.HostLabel), new PlaceMode("host", JsonTypes.String, TextMode.Host));

    public static readonly TemplatePlace Port = new("a port", true, new PlaceMode("", JsonTypes.Integer, TextMode.Port));

    public static readonly TemplatePlace Segment = new("a path segment", true, new PlaceMode("", Plain, TextMode.Percent));

    public static readonly TemplatePlace WholeSegment = new(
        "a path segment", true, new PlaceMode("", Plain, TextMode.Percent), new PlaceMode("path", JsonTypes.String, TextMode.Segments));

    public static readonly TemplatePlace Query = Pair("a query value", new PlaceMode("", Plain, TextMode.Percent));

    public static readonly TemplatePlace Form = Pair("a form field", new PlaceMode("", Scalar, TextMode.Percent));

    public static readonly TemplatePlace Header = new(
        "a header",
        false,
        new PlaceMode("", Scalar, TextMode.Header),
        new PlaceMode("csv", JsonTypes.Array, TextMode.HeaderCsv),
        new PlaceMode("base64", JsonTypes.String, TextMode.Base64));

    public static readonly TemplatePlace BodyText = Text("text of the body", needsValue: false);

    public static readonly TemplatePlace TextBody = Text("a text body", needsValue: true);

    public static readonly TemplatePlace Part = Text("a part of the body", needsValue: false);

    public static readonly TemplatePlace FileName = new("a file name", false, new PlaceMode("", JsonTypes.String, TextMode.FileName));

    public static readonly TemplatePlace PartType = new("the type of a part", false, new PlaceMode("", JsonTypes.String, TextMode.Header));

    public static readonly TemplatePlace FileTask = new("a file task", false, new PlaceMode("", Plain, TextMode.Plain));

    public static readonly TemplatePlace WholeFileTask = new("a file task", true, new PlaceMode("", Plain, TextMode.Plain));

    // Where the value itself goes, and no text is written.
    public static readonly TemplatePlace BodyValue = new("the body", false, new PlaceMode("", Every, TextMode.Plain));

    public static readonly TemplatePlace WholeBody = new("the place of the whole body", true, new PlaceMode("", JsonTypes.Array | JsonTypes.Object, TextMode.Plain));

    public static readonly TemplatePlace Bytes = new("the bytes of the body", true, new PlaceMode("", JsonTypes.String, TextMode.Plain));

    public static readonly TemplatePlace PartBytes = new("the bytes of a part", false, new PlaceMode("", JsonTypes.String, TextMode.Plain));

    public static readonly TemplatePlace Spread = new("the place of members", false, new PlaceMode("", JsonTypes.Object, TextMode.Plain));

    private static TemplatePlace Pair(string name, PlaceMode plain) => new(
        name,
        false,
        plain,
        new PlaceMode("bool", JsonTypes.Boolean, TextMode.Percent),
        new PlaceMode("csv", JsonTypes.Array, TextMode.PercentCsv),
        new PlaceMode("json", Every, TextMode.PercentJson),
        new PlaceMode("base64", JsonTypes.String, TextMode.PercentBase64),
        new PlaceMode("base64url", JsonTypes.String, TextMode.Base64Url),
        new PlaceMode("repeat", JsonTypes.Array, TextMode.Percent),
        new PlaceMode("deep", JsonTypes.Array | JsonTypes.Object, TextMode.Percent));

    private static TemplatePlace Text(string name, bool needsValue) => new(
        name,
        needsValue,
        new PlaceMode("", Scalar, TextMode.Plain),
        new PlaceMode("json", Every, TextMode.Json),
        new PlaceMode("base64", JsonTypes.String, TextMode.Base64),
        new PlaceMode("base64url", JsonTypes.String, TextMode.Base64Url),
        new PlaceMode("line", Scalar, TextMode.Line),
        new PlaceMode("word", JsonTypes.String, TextMode.Word),
        new PlaceMode("xml", Scalar, TextMode.Xml));
}
