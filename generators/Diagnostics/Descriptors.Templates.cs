using Microsoft.CodeAnalysis;

namespace LatchGate.Generators.Diagnostics;

/// <summary>What is wrong with a template beyond its syntax, and what does not fit its egress rules.</summary>
internal static partial class Descriptors
{
    public static readonly DiagnosticDescriptor HostNotListed = Error(
        "LGM110",
        "No rule opens the template's host",
        "No allow rule opens {0}, so each call would be refused. Add the host, port, scheme and method to a rule, or mend the URL.");

    public static readonly DiagnosticDescriptor PlaceholderMode = Error(
        "LGM111",
        "A placeholder's mode does not fit its place",
        "'{0}' has the mode '{1}', which does not go with {2}. {3}.");

    public static readonly DiagnosticDescriptor SecretPlaceholder = Error(
        "LGM112",
        "A secret has no place, or a place no secret",
        "The secret '{0}' {1}.");

    public static readonly DiagnosticDescriptor OpenObject = Error(
        "LGM113",
        "A dotted name goes into an open object",
        "'{0}' is not closed, so members beside the named one would be lost. Give it type: object and additionalProperties: false.");

    public static readonly DiagnosticDescriptor BadSpread = Error(
        "LGM114",
        "A spread is malformed",
        "The key '...' takes one placeholder of an object, such as \"...\": \"{{fields}}\". Change its value.");

    public static readonly DiagnosticDescriptor HostDenied = Error(
        "LGM115",
        "A deny rule closes the template's host",
        "The deny rule '{0}' covers {1}, so each call would be refused. Narrow the rule, or mend the URL.");

    public static readonly DiagnosticDescriptor QueryTwice = Error(
        "LGM116",
        "A query name stands in the URL and in query",
        "The query of url_template sets '{0}' already, so it would be sent twice. Remove one of them.");
}
