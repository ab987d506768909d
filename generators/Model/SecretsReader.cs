using System;
using System.Collections.Generic;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>
/// The secrets of an action: those that the credentials of its allow rules name. The list <c>secrets</c> may repeat them; one that no
/// credential names is refused, for it would never be used.
/// </summary>
internal static class SecretsReader
{
    public static ImmutableEquatableArray<SecretModel> Read(Fields manifest, EgressModel egress, DiagnosticBag diagnostics)
    {
        var required = new SortedDictionary<string, bool>(StringComparer.Ordinal);
        foreach (var rule in egress.Allow)
        {
            foreach (var credential in rule.Credentials)
            {
                foreach (var name in new[] { credential.Secret, credential.UsernameSecret, credential.AccessKeySecret, credential.SessionTokenSecret })
                {
                    if (name is { Length: > 0 })
                    {
                        required[name] = credential.Required || (required.TryGetValue(name, out var already) && already);
                    }
                }
            }
        }

        foreach (var item in manifest.List("secrets")?.Items ?? [])
        {
            if (Fields.Of(item, "a secret", diagnostics, Descriptors.UnknownKey, "name", "required") is not { } secret)
            {
                continue;
            }

            var isRequired = secret.Flag("required", false);
            if (secret.RequireText("name") is not { } name)
            {
                continue;
            }

            if (required.TryGetValue(name.Value, out var already))
            {
                required[name.Value] = already || isRequired;
            }
            else
            {
                diagnostics.Add(Descriptors.UnboundSecret, name.Location, ManifestReader.Shown(name.Value));
            }
        }

        var secrets = new List<SecretModel>();
        foreach (var entry in required)
        {
            secrets.Add(new SecretModel(entry.Key, entry.Value));
        }

        return secrets.ToEquatableArray();
    }
}
