using Microsoft.CodeAnalysis;

namespace LatchGate.Generators.Diagnostics;

/// <summary>
/// Everything that can be wrong with a manifest; each message says how to mend it.
/// Ids are stable: an id is never given a second meaning (docs/diagnostics.md).
/// </summary>
internal static partial class Descriptors
{
    public static readonly DiagnosticDescriptor Syntax = Error(
        "LGM001",
        "The file cannot be read",
        "The file is not {0}: {1}. Mend the text at this place.");

    public static readonly DiagnosticDescriptor YamlFeature = Error(
        "LGM002",
        "A YAML feature is refused",
        "A manifest cannot hold {0}. Write the value out plainly, in quotes if it is text.");

    public static readonly DiagnosticDescriptor DuplicateKey = Error(
        "LGM003",
        "A key stands twice",
        "The key '{0}' stands twice in this mapping. Remove one of them.");

    public static readonly DiagnosticDescriptor UnknownKey = Error(
        "LGM004",
        "A key is unknown",
        "'{0}' is not a key of {1}. {2}.");

    public static readonly DiagnosticDescriptor MissingKey = Error(
        "LGM005",
        "A key is missing",
        "{0} needs the key '{1}'. Add it.");

    public static readonly DiagnosticDescriptor WrongKind = Error(
        "LGM006",
        "A value is of the wrong kind",
        "'{0}' must be {1}, not {2}. Change the value.");

    public static readonly DiagnosticDescriptor OutOfRange = Error(
        "LGM007",
        "A number is out of range",
        "'{0}' must be a whole number from {1} to {2}, not {3}. Choose one in that range.");

    public static readonly DiagnosticDescriptor NotOneOf = Error(
        "LGM008",
        "A value is not one of those allowed",
        "'{0}' cannot be '{1}'. Use one of: {2}.");

    public static readonly DiagnosticDescriptor BadFormat = Error(
        "LGM009",
        "A value is malformed",
        "'{0}' cannot be '{1}'. It must be {2}.");

    public static readonly DiagnosticDescriptor DuplicateAction = Error(
        "LGM010",
        "Two manifests have one id",
        "The action_id '{0}' is already that of {1}. Give each action its own id.");

    public static readonly DiagnosticDescriptor ProviderReference = Error(
        "LGM011",
        "A provider reference is malformed",
        "provider_module_digest cannot be '{0}'. Write builtin:NAME, or sha256: with 64 lower-case hexadecimal digits and "
        + "provider_source: NAME.");

    public static readonly DiagnosticDescriptor UnknownModule = Error(
        "LGM012",
        "A provider module is unknown",
        "There is no provider module '{0}'. Modules in modules.lock: {1}.");

    public static readonly DiagnosticDescriptor DigestMismatch = Error(
        "LGM013",
        "A digest does not match",
        "{0} has the digest {1}, but modules.lock pins {2}. Build the providers from the pinned sources, or review the change "
        + "and pin the new digest.");

    public static readonly DiagnosticDescriptor UndeclaredImport = Error(
        "LGM014",
        "A module imports more than the manifest grants",
        "The module '{0}' imports {1}, which required_imports does not list. Add it, or use a module that does without.");

    public static readonly DiagnosticDescriptor ModuleList = Error(
        "LGM015",
        "A module list is malformed",
        "A line of this file must be: NAME sha256:HEX IMPORTS, with IMPORTS a comma list of host interfaces. Produce the file "
        + "with the provider build.");

    public static readonly DiagnosticDescriptor BadScope = Error(
        "LGM016",
        "A scope is malformed",
        "The scope '{0}' is malformed: {1}. Write namespace:name, 4 to 64 characters of a-z, 0-9, ':', '_', '-', and begin with "
        + "a letter.");

    public static readonly DiagnosticDescriptor BaseScope = Error(
        "LGM017",
        "The base scope is missing",
        "required_scopes must include tools:call, the right to execute at all. Add it, or leave required_scopes out.");

    public static readonly DiagnosticDescriptor UnboundSecret = Error(
        "LGM018",
        "A secret has no binding",
        "The secret '{0}' is bound to no header or query member, so it would never be used. Remove it.");

    public static readonly DiagnosticDescriptor VerifierRequired = Error(
        "LGM020",
        "A high-risk action needs a verifier",
        "A {0} risk action must be verified. Set verifier_kind: http_status.");

    public static readonly DiagnosticDescriptor ResponseSchemaRequired = Error(
        "LGM021",
        "A high-risk action needs a response schema",
        "A {0} risk action must check the answer. Add io.response_schema.");

    public static readonly DiagnosticDescriptor RequiredFieldsRequired = Error(
        "LGM022",
        "A high-risk write needs more than a status",
        "A {0} risk write must check more than the status. Add body, headers, body_sha256, body_schema or required_fields to "
        + "verification_config, or declare only side effects that end in _read.");

    public static readonly DiagnosticDescriptor VerificationConfig = Error(
        "LGM023",
        "A verifier configuration has no verifier",
        "verification_config is used by verifier_kind: http_status alone. Set that, or remove the configuration.");

    public static readonly DiagnosticDescriptor SchemaFile = Error(
        "LGM030",
        "A schema file cannot be used",
        "The schema file '{0}' {1}. Name a .json file below the folder of the manifest.");

    public static readonly DiagnosticDescriptor UnsupportedKeyword = Error(
        "LGM031",
        "A schema keyword is not supported",
        "The schema keyword '{0}' is not supported, and ignoring it would let through what it forbids. {1}.");

    public static readonly DiagnosticDescriptor BadKeyword = Error(
        "LGM032",
        "A schema keyword has a bad value",
        "The schema keyword '{0}' must be {1}. Change its value.");

    public static readonly DiagnosticDescriptor BadPattern = Error(
        "LGM033",
        "A pattern cannot be compiled",
        "The pattern cannot be compiled: {0}. Patterns may use literals, classes, \\d \\w \\s, groups, alternation, quantifiers, "
        + "^ and $.");

    public static readonly DiagnosticDescriptor BadReference = Error(
        "LGM034",
        "A schema reference cannot be resolved",
        "The reference '{0}' names no schema here. Use #, #/$defs/NAME, an $anchor or the $id of a schema in this document; nothing is fetched.");

    public static readonly DiagnosticDescriptor EndlessSchema = Error(
        "LGM035",
        "A schema refers to itself without end",
        "This schema refers to itself for the same value, so checking it would never end. Put the reference below properties or items.");

    public static readonly DiagnosticDescriptor BadDefault = Error(
        "LGM036",
        "A default does not fit its schema",
        "This default is not a value that its own schema takes. Change one of them.");

    public static readonly DiagnosticDescriptor Contradiction = Error(
        "LGM037",
        "A schema contradicts itself",
        "No value can fit this schema: {0}. Change one of them.");

    public static readonly DiagnosticDescriptor UndeclaredPlaceholder = Error(
        "LGM040",
        "A placeholder is not declared",
        "The request schema declares no property '{0}'. {1}.");

    public static readonly DiagnosticDescriptor UnusedProperty = Error(
        "LGM041",
        "A declared property is never used",
        "The template never uses the property '{0}', so its value would be lost. Use it, or remove it from the request schema.");

    public static readonly DiagnosticDescriptor PlaceholderSyntax = Error(
        "LGM042",
        "A placeholder is malformed",
        "This text has a malformed placeholder. Write {{name}}, {{object.name}} or {{name:mode}}, and a closing brace pair elsewhere as } }.");

    public static readonly DiagnosticDescriptor PlaceholderType = Error(
        "LGM043",
        "A placeholder has an unusable type",
        "'{0}' stands in {1}, which takes {2}. Give the property such a type, or move the placeholder.");

    public static readonly DiagnosticDescriptor OptionalPlaceholder = Error(
        "LGM044",
        "A placeholder may have no value",
        "'{0}' stands in {1}, which needs a value, but the request may leave it out. Make it required or give it a default.");

    public static readonly DiagnosticDescriptor BadUrlTemplate = Error(
        "LGM045",
        "A URL template is malformed",
        "The URL template {0}. Write http:// or https://, a host, a path and a query, or one placeholder alone.");

    public static readonly DiagnosticDescriptor BadBodyTemplate = Error(
        "LGM046",
        "A body template is malformed",
        "The body template {0}. Change body_template, body_mode or method.");

    public static readonly DiagnosticDescriptor BadHeader = Error(
        "LGM047",
        "A header is malformed",
        "The header '{0}' {1}. Rename or remove it.");

    public static readonly DiagnosticDescriptor TemplateProvider = Error(
        "LGM048",
        "A template needs a built-in provider",
        "A template makes the task of a built-in provider. Write provider_module_digest: builtin:NAME.");

    public static readonly DiagnosticDescriptor TemplateSchema = Error(
        "LGM049",
        "A template needs a request schema",
        "A template with placeholders needs io.request_schema, of type object with additionalProperties: false. Add it.");

    private static DiagnosticDescriptor Error(string id, string title, string message) =>
        new(id, title, message, "LatchGate.Manifest", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
