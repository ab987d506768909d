using System;
using System.Linq;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit.Image;

/// <summary>Writes the record of an action; the gate's <c>SpecReader</c> reads the same members in the same order.</summary>
internal static class SpecWriter
{
    public static void Write(RecordWriter record, ActionModel action)
    {
        var limits = action.Limits;
        record.Text(action.Id);
        record.Text(action.Version);
        record.Text(action.Description);
        record.Number(EnumNames.Number(EnumNames.RiskLevel, action.Risk));
        record.Text(action.ProviderReference);
        record.Text(action.ProviderName);
        record.Digest(action.ModuleDigest);
        record.Digest(action.Digest);
        record.Number(action.Imports.Sum(Import));
        foreach (var limit in new[]
        {
            limits.Fuel, limits.MemoryMb, limits.TimeoutSeconds, limits.MaxIoCalls, limits.MaxHostResponseBytes, limits.MaxRequestBytes,
            limits.MaxResponseBytes,
        })
        {
            record.Number(limit);
        }

        VerificationWriter.Write(record, action.Verification);
        EgressWriter.Write(record, action.Egress);
        record.Flag(action.Files is not null);
        if (action.Files is { } files)
        {
            Files(record, files);
        }

        record.Number(action.Secrets.Count);
        foreach (var secret in action.Secrets)
        {
            record.Text(secret.Name);
            record.Flag(secret.Required);
        }

        record.Texts(action.SideEffects);
        record.Texts(action.RequiredScopes);
        record.Texts(action.Tags);
        record.Text(action.Request?.Json ?? "");
        record.Schema(action.Request);
        record.Schema(action.Response);
        record.Defaults(action.Request, nested: action.Template is not null);
        record.OptionalText(action.Template?.Code);
    }

    private static int Import(string name) => name switch
    {
        "latchgate:io/http" => 1,
        "latchgate:io/fs" => 2,
        "latchgate:io/log" => 4,
        _ => throw new InvalidOperationException($"The import '{name}' has no number."),
    };

    private static void Files(RecordWriter record, FilesModel files)
    {
        record.Number(files.Operations.Sum(static operation => operation switch
        {
            "read" => 1,
            "create" => 2,
            "overwrite" => 4,
            "delete" => 8,
            _ => throw new InvalidOperationException($"The operation '{operation}' has no number."),
        }));
        record.Texts(files.AllowedPaths);
        record.Texts(files.DeniedPaths);
        record.Number(files.MaxFileBytes);
        record.Number(files.MaxTotalBytes);
        record.Flag(files.CreateParents);
        record.Flag(files.AllowLearning);
    }
}
