using System.Text;
using LatchGate.Fuzz.Engine;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Emit;
using LatchGate.Generators.Model;

namespace LatchGate.Fuzz.Targets;

/// <summary>Manifests, as the generator reads them.</summary>
internal sealed class ManifestTarget : FuzzTarget
{
    private static readonly ModulePins _pins = Pins();

    internal override string Name => "manifest";

    internal override string Property => "a manifest becomes an action or diagnostics, never an exception; the same one the same each time, and code for every action";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Generators."];

    internal override int MaxLength => 4096;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var file = new SourceFile("manifests/fuzz/action.yaml", Encoding.UTF8.GetString(input));
        var result = Read(file);
        Check.Equal(result.Action is null, result.Diagnostics.Count > 0, "an action, or diagnostics");

        // Reading is slow, and determinism seldom in doubt: a part of the inputs is enough.
        if (result.Action is not null || input.Length % 8 == 0)
        {
            Check.Equal(result, Read(file), "the result of a second reading");
        }

        foreach (var diagnostic in result.Diagnostics)
        {
            Check.Holds(diagnostic.ToDiagnostic().GetMessage(System.Globalization.CultureInfo.InvariantCulture).Length > 0, "a diagnostic has a message");
        }

        if (result.Action is { } action)
        {
            Check.Equal(RegistryEmitter.Emit([action]), RegistryEmitter.Emit([action]), "the code of a second emission");
        }
    }

    private static ManifestResult Read(SourceFile file) => ManifestReader.Read(file, ImmutableEquatableArray<SourceFile>.Empty, _pins);

    private static ModulePins Pins()
    {
        const string Digest = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        var list = new SourceFile("providers/modules.lock", $"http_api sha256:{Digest} latchgate:io/http,latchgate:io/log\n");
        var diagnostics = new DiagnosticBag();
        var modules = ModuleListReader.Read(list, diagnostics);
        return new ModulePins(modules, modules);
    }
}
