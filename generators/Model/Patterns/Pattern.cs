using System;
using System.Collections.Generic;

namespace LatchGate.Generators.Model.Patterns;

/// <summary>A parsed pattern.</summary>
internal abstract record Pattern;

/// <summary>One code point of a set.</summary>
internal sealed record SetPattern(CodePointSet Set) : Pattern;

/// <summary>One after another; empty matches the empty text.</summary>
internal sealed record SequencePattern(List<Pattern> Items) : Pattern;

/// <summary>Any one of them.</summary>
internal sealed record ChoicePattern(List<Pattern> Options) : Pattern;

/// <summary>A repetition; <paramref name="Maximum"/> is -1 where there is none.</summary>
internal sealed record RepeatPattern(Pattern Item, int Minimum, int Maximum) : Pattern;

/// <summary>The beginning of the text, or its end.</summary>
internal sealed record AnchorPattern(bool AtEnd) : Pattern;

/// <summary>The pattern is outside the supported subset; the message says how.</summary>
internal sealed class PatternException(string message) : Exception(message);
