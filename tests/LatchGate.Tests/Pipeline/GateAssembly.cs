using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Pipeline;

/// <summary>The gate's assembly as compiled: what each method body calls (ECMA-335 §III).</summary>
internal sealed class GateAssembly : IDisposable
{
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

    private readonly PEReader _file;

    internal GateAssembly()
    {
        _file = new PEReader(File.OpenRead(typeof(GateHost).Assembly.Location));
        Metadata = _file.GetMetadataReader();
    }

    internal MetadataReader Metadata { get; }

    public void Dispose() => _file.Dispose();

    /// <summary>Every type named in the assembly's references, as <c>Namespace.Name</c>.</summary>
    internal IEnumerable<string> ReferencedTypes => Metadata.TypeReferences.Select(NameOf);

    /// <summary>Every member of another assembly that the gate names, as <c>Namespace.Type::Member</c>.</summary>
    internal IEnumerable<string> ReferencedMembers => Metadata.MemberReferences
        .Select(handle => Metadata.GetMemberReference(handle))
        .Where(member => member.Parent.Kind == HandleKind.TypeReference)
        .Select(member => $"{NameOf((TypeReferenceHandle)member.Parent)}::{Metadata.GetString(member.Name)}");

    /// <summary>
    /// The methods, as <c>Type.Method</c>, whose bodies name <paramref name="type"/>'s <paramref name="method"/>, to call it or to make
    /// a delegate of it. The state machine of an async method counts as the method.
    /// </summary>
    internal ImmutableSortedSet<string> CallersOf(string type, string method)
    {
        var wanted = Metadata.MethodDefinitions
            .Where(handle => NameOf(Metadata.GetMethodDefinition(handle).GetDeclaringType()) == type && Metadata.GetString(Metadata.GetMethodDefinition(handle).Name) == method)
            .Select(handle => MetadataTokens.GetToken(handle))
            .ToHashSet();
        Assert.NotEmpty(wanted);
        var callers = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var handle in Metadata.MethodDefinitions)
        {
            if (Body(handle) is { } body && MethodTokens(body.GetILReader()).Any(token => wanted.Contains(DefinitionOf(token))))
            {
                callers.Add(SourceName(handle));
            }
        }

        return callers.ToImmutable();
    }

    /// <summary>Methods with a handler that catches everything, without a filter, and does nothing at all.</summary>
    internal IEnumerable<string> EmptyCatches()
    {
        foreach (var handle in Metadata.MethodDefinitions)
        {
            foreach (var region in Body(handle)?.ExceptionRegions ?? [])
            {
                var catchesAll = region.Kind == ExceptionRegionKind.Catch && region.CatchType.Kind == HandleKind.TypeReference
                    && NameOf((TypeReferenceHandle)region.CatchType) is "System.Object" or "System.Exception";

                // pop (1 byte) and leave.s (2) or leave (5): the exception is dropped and nothing else happens.
                if (catchesAll && region.HandlerLength is 3 or 6 && Body(handle)!.GetILBytes()![region.HandlerOffset] == OpCodes.Pop.Value)
                {
                    yield return SourceName(handle);
                }
            }
        }
    }

    private MethodBodyBlock? Body(MethodDefinitionHandle handle) =>
        Metadata.GetMethodDefinition(handle).RelativeVirtualAddress is var address && address != 0 ? _file.GetMethodBody(address) : null;

    private int DefinitionOf(int token)
    {
        var handle = MetadataTokens.EntityHandle(token);
        return handle.Kind == HandleKind.MethodSpecification
            ? MetadataTokens.GetToken(Metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method)
            : token;
    }

    private static IEnumerable<int> MethodTokens(BlobReader il)
    {
        var tokens = new List<int>();
        while (il.RemainingBytes > 0)
        {
            int value = il.ReadByte();
            var code = OpCodesByValue[value == 0xFE ? 0xFE00 | il.ReadByte() : value];
            switch (code.OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    il.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    il.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    il.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    var branches = il.ReadInt32();
                    il.Offset += 4 * branches;
                    break;
                case OperandType.InlineMethod or OperandType.InlineTok:
                    tokens.Add(il.ReadInt32());
                    break;
                default:
                    il.Offset += 4;
                    break;
            }
        }

        return tokens;
    }

    /// <summary><c>Dispatch.RunAsync</c> for <c>Dispatch.&lt;RunAsync&gt;d__5.MoveNext</c>.</summary>
    private string SourceName(MethodDefinitionHandle handle)
    {
        var method = Metadata.GetMethodDefinition(handle);
        var type = Metadata.GetTypeDefinition(method.GetDeclaringType());
        var name = Metadata.GetString(type.Name);
        return name.StartsWith('<') && name.IndexOf('>', StringComparison.Ordinal) is > 1 and var end
            ? $"{NameOf(type.GetDeclaringType())}.{name[1..end]}"
            : $"{NameOf(method.GetDeclaringType())}.{Metadata.GetString(method.Name)}";
    }

    private string NameOf(TypeDefinitionHandle handle)
    {
        var type = Metadata.GetTypeDefinition(handle);
        var outer = type.GetDeclaringType();
        return outer.IsNil ? $"{Metadata.GetString(type.Namespace)}.{Metadata.GetString(type.Name)}" : $"{NameOf(outer)}.{Metadata.GetString(type.Name)}";
    }

    private string NameOf(TypeReferenceHandle handle)
    {
        var type = Metadata.GetTypeReference(handle);
        var scope = type.ResolutionScope;
        return scope.Kind == HandleKind.TypeReference
            ? $"{NameOf((TypeReferenceHandle)scope)}.{Metadata.GetString(type.Name)}"
            : $"{Metadata.GetString(type.Namespace)}.{Metadata.GetString(type.Name)}";
    }
}
