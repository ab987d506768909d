namespace LatchGate.Generators.Model;

/// <summary>A compiled template: the code that the gate's TaskRenderer runs (grammar: gate/Actions/TemplateCode.cs).</summary>
/// <param name="Code">The code, as text.</param>
internal sealed record TemplateModel(string Code);

/// <summary>A property of the request that the template uses.</summary>
/// <param name="Path">The names that lead to it.</param>
/// <param name="MayBeAbsent">Whether a valid request may lack it, with no default to stand in.</param>
/// <param name="Types">The types that its schema allows.</param>
/// <param name="Default">What stands in when it is absent.</param>
internal sealed record VariableModel(ImmutableEquatableArray<string> Path, bool MayBeAbsent, JsonTypes Types, JsonLiteral? Default);

/// <summary>Where a URL template leads.</summary>
/// <param name="Https">Whether the scheme is https.</param>
/// <param name="Host">The host, with NUL for what a placeholder stands for; null where all of it is open.</param>
/// <param name="Port">The port; null where it is open.</param>
internal sealed record UrlOrigin(bool Https, string? Host, int? Port);
